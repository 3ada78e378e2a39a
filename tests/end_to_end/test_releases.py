"""Release markers through the program: once each, all of a file or nothing, and honest exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from upturn.cli.app import app
from upturn.domain.errors import InputError

SHOP = ("--assistant", "shop", "--kind", "prompt", "--version", "2.4.0", "--at", "2026-03-16T14:00:00+01:00")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    run(tmp_path / "home", "init", "--start", "2026-03-01")
    return tmp_path / "home"


def run(home: Path, *arguments: str, expect: int = 0) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home), "--json"])
    if isinstance(done.exception, InputError):
        raise done.exception
    assert done.exit_code == expect, done.output
    return json.loads(done.stdout) if not expect else done.output


def test_a_release_is_marked_once_and_listed_in_utc(home: Path) -> None:
    assert run(home, "release", "list") == []
    assert run(home, "release", *SHOP, "--note", "shorter answers") == {"marked": 1, "known": 0}
    same = [*SHOP[:-1], "2026-03-16T13:00:00Z"]
    assert run(home, "release", *same, "--note", "shorter answers") == {"marked": 0, "known": 1}
    (row,) = run(home, "release", "list")
    assert row == {
        "assistant_id": "shop",
        "kind": "prompt",
        "assistant_version": "2.4.0",
        "released_at": "2026-03-16 13:00:00+00:00",
        "note": "shorter answers",
    }
    published = run(home, "sql", "select assistant_version, note from releases")
    assert published == [{"assistant_version": "2.4.0", "note": "shorter answers"}]


def test_another_version_at_the_same_time_is_an_error_and_changes_nothing(home: Path) -> None:
    run(home, "release", *SHOP)
    with pytest.raises(InputError, match=r"marked already, with version 2\.4\.0"):
        run(home, "release", *SHOP[:5], "2.5.0", *SHOP[6:])
    assert [row["assistant_version"] for row in run(home, "release", "list")] == ["2.4.0"]


def test_a_release_that_lies_ahead_is_an_error(home: Path) -> None:
    with pytest.raises(InputError, match="lies ahead"):
        run(home, "release", *SHOP[:-1], "2099-01-01")


@pytest.mark.parametrize("name", ["releases.csv", "releases.jsonl"])
def test_a_file_marks_each_of_its_lines_once(home: Path, tmp_path: Path, name: str) -> None:
    rows = [
        {"assistant": "shop", "kind": "model", "at": "2026-03-01", "version": "m2", "note": ""},
        {"assistant": "bank", "kind": "knowledge_base", "at": "2026-03-02T08:00:00Z", "version": "", "note": "fees"},
    ]
    lines = ["assistant,kind,at,version,note", *(",".join(row.values()) for row in rows)]
    text = "\n".join(lines if name.endswith(".csv") else map(json.dumps, rows))
    (tmp_path / name).write_text(text + "\n\n", encoding="utf-8")
    assert run(home, "release", "--file", str(tmp_path / name)) == {"marked": 2, "known": 0}
    assert run(home, "release", "--file", str(tmp_path / name)) == {"marked": 0, "known": 2}
    found = [(row["assistant_id"], row["assistant_version"], row["note"]) for row in run(home, "release", "list")]
    assert found == [("shop", "m2", None), ("bank", None, "fees")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"assistant": "shop", "kind": "colour", "at": "2026-03-01"}', "kind: input should be"),
        ('{"assistant": "shop", "kind": "code", "at": "last week"}', "at: expected a time"),
        ('{"assistant": "shop", "kind": "code"}', "at is missing"),
        ('{"assistant": "", "kind": "code", "at": "2026-03-01"}', "assistant: field required"),
        ('{"assistant": "s", "kind": "code", "at": "2026-03-01", "mood": "good"}', "mood: extra inputs"),
        ('{"at": "2026-03-01", "released_at": "2026-03-01"}', "holds a field under two names"),
        ("[1]", "expected an object"),
        ("{", "expected an object"),
    ],
)
def test_one_wrong_line_refuses_the_file_and_names_line_and_field(
    home: Path, tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "releases.jsonl"
    path.write_text('{"assistant": "shop", "kind": "code", "at": "2026-03-01"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="nothing was marked") as caught:
        run(home, "release", "--file", str(path))
    assert f"line 2: {said}" in str(caught.value)
    assert run(home, "release", "list") == []


@pytest.mark.parametrize(
    "arguments",
    [("--assistant", "shop"), (*SHOP[:-1], "soon"), ("--file", "a.csv", "--kind", "code"), ("list", *SHOP)],
)
def test_a_release_that_is_not_told_whole_is_a_usage_error(home: Path, arguments: tuple[str, ...]) -> None:
    run(home, "release", *arguments, expect=2)
