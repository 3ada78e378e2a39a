"""A dry run shows what ingest would make of the first records, hides what is personal, and writes nothing."""

import json
from pathlib import Path

import orjson
import pytest

from tests.support.homes import upturn, upturn_json
from tests.support.ingesting import stage_files

MAPPING = """name = "chats"
[conversation]
conversation_id = "id"
user_id = "customer.number"
started_at = "at"
[turns]
each = "log"
role = { path = "who", values = { c = "user", b = "assistant" } }
content = "said"
"""
AT = "2026-11-02T09:00:00Z"
RECORDS = [
    {"id": 1, "customer": {"number": "77"}, "at": AT, "log": [{"who": "c", "said": "I am ann@example.com \x1b[31m"}]},
    {"id": 2, "customer": {"number": "78"}, "at": AT, "log": [{"who": "x", "said": "Card 4111 1111 1111 1111"}]},
    {"id": 3, "log": []},
    {"id": 4, "at": AT, "log": [{"who": "b", "said": f"{place} {'word ' * 60}"} for place in range(20)]},
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(orjson.dumps, RECORDS)) + b"\n{broken\n")
    return tmp_path / "a.jsonl", tmp_path / "m.toml"


def test_each_record_stands_beside_what_it_becomes(files: tuple[Path, Path], tmp_path: Path) -> None:
    logs, mapping = map(str, files)
    home = tmp_path / "home"
    shown = upturn_json("ingest", logs, "--mapping", mapping, "--dry-run", "--records", "5", home=home)
    assert [(one["line"], len(one["canonical"]), one["refusal"] is None, one["skipped"]) for one in shown] == [
        (1, 1, True, None),
        (2, 0, False, None),
        (3, 0, True, "no turn, no feedback and no start"),
        (4, 1, True, None),
        (5, 0, False, None),
    ]
    assert shown[0]["raw"]["customer"] == {"number": "<USER>"}
    assert shown[0]["canonical"] == [
        {
            "conversation_id": "1",
            "user_id": "<USER>",
            "started_at": "2026-11-02T09:00:00+00:00",
            "turns": [{"role": "user", "content": "I am <EMAIL> \x1b[31m", "created_at": "2026-11-02T09:00:00+00:00"}],
        }
    ]
    assert shown[1]["refusal"] == "turns[0].role: a value that the mapping does not know; it knows c, b"
    assert "4111" not in json.dumps(shown)
    long = shown[3]["raw"]["log"]
    assert (len(long), long[-1]) == (7, "… (14 more)")
    assert all(len(one["said"]) < 160 for one in long[:-1])
    assert not home.exists()


@pytest.mark.slow
def test_on_a_terminal_nothing_of_a_customer_is_obeyed(files: tuple[Path, Path], tmp_path: Path) -> None:
    logs, mapping = map(str, files)
    for columns in ("150", "60"):
        arguments = ("ingest", logs, "--mapping", mapping, "--dry-run")
        text = upturn(*arguments, home=tmp_path / "home", COLUMNS=columns)
        assert "dry run: 1 taken, 1 refused, 1 skipped; nothing was written" in text
        assert "a.jsonl, record 2 · chats · refused" in text
        assert "\x1b" not in text
        assert "ann@example.com" not in text
        assert max(map(len, text.splitlines())) <= int(columns)


def test_a_dry_run_and_the_ingest_agree(files: tuple[Path, Path], tmp_path: Path) -> None:
    logs, mapping = files
    shown = upturn_json(
        "ingest", str(logs), "--mapping", str(mapping), "--dry-run", "--records", "9", home=tmp_path / "none"
    )
    result = stage_files(tmp_path / "home", logs, mapping=mapping)
    refused = {row["line"]: row["reason"] for row in result.rows("rejected")}
    assert {one["line"]: one["refusal"] for one in shown if one["refusal"]} == refused
    assert sum(len(one["canonical"]) for one in shown) == result.counts.notes["conversations"]
    assert sum(one["skipped"] is not None for one in shown) == result.counts.skipped


def test_a_format_and_a_mapping_are_one_too_many(files: tuple[Path, Path], tmp_path: Path) -> None:
    logs, mapping = map(str, files)
    arguments = ("ingest", logs, "--mapping", mapping, "--format", "upturn", "--dry-run")
    assert "both a format and a mapping" in upturn(*arguments, home=tmp_path, expect=2)


def test_a_refused_record_hides_the_user_whom_only_the_mapping_knows(files: tuple[Path, Path], tmp_path: Path) -> None:
    logs, mapping = files
    refused = stage_files(tmp_path / "home", logs, mapping=mapping).rows("rejected")[0]["record"]
    assert orjson.loads(refused)["customer"]["number"] not in ("78", 78)
