"""What rules of `upturn.toml` tell to be internal stays out of every rate, from intake on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.support.ingesting import stage_records
from upturn.cli.app import app
from upturn.domain.errors import ConfigurationError
from upturn.home import Home
from upturn.internal_rules import InternalRule
from upturn.settings import load_settings

RULES = r"""
[[internal]]
name = "monitor"
user_id = "monitor-*"
channel = "api"

[[internal]]
name = "staff"
email_domain = "acme.example"

[[internal]]
name = "staging"
metadata = {env = "staging", "is dry" = true}

[[internal]]
name = "ping"
first_message = '^(?i)ping \d+$'
"""


def conversation(number: int, *, text: str = "Where is it?", **fields: Any) -> dict[str, Any]:
    when = f"2026-03-16T09:{number:02d}:00Z"
    turns = [
        {"role": "assistant", "content": "ping 1", "created_at": when},
        {"role": "user", "content": text, "created_at": when},
        {"role": "user", "content": "ping 2", "created_at": when},
    ]
    return {"conversation_id": f"c-{number}", "turns": turns, "ended_at": when, **fields}


RECORDS = [
    conversation(1, user_id="monitor-7", channel="api"),  # internal
    conversation(2, user_id="monitor-7", channel="web"),
    conversation(3, user_id="Monitor-7", channel="api"),
    conversation(4, user_id="ann@Acme.example"),  # internal
    conversation(5, user_id="ann@mail.acme.example"),  # internal
    conversation(6, user_id="ann@notacme.example"),
    conversation(7, metadata={"env": "staging", "is dry": True, "x": 1}),  # internal
    conversation(8, metadata={"env": "staging"}),
    conversation(9, text="PING 12"),  # internal
    conversation(10, text="ping 12 please"),
    conversation(11, is_internal=True),  # the record says so
    conversation(12, user_id="ann@acme.example", is_internal=False),  # internal: the rule is ours
    conversation(13),
]
INTERNAL = ["c-1", "c-11", "c-12", "c-4", "c-5", "c-7", "c-9"]


def run(home: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.slow
def test_internal_traffic_is_marked_counted_and_left_out(tmp_path: Path) -> None:
    home, logs = tmp_path / "home", tmp_path / "logs.jsonl"
    logs.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")
    run(home, "init", "--start", "2026-03-01")
    run(home, "ingest", str(logs))
    run(home, "run")
    names = "select conversation_id from conversations where is_internal order by 1"
    assert [row["conversation_id"] for row in run(home, "sql", names)] == ["c-11"]

    with (home / "upturn.toml").open("a", encoding="utf-8") as settings:
        settings.write(RULES)
    # a rule changes what is ingested from now on; the same file again brings the six conversations that rules tell
    assert run(home, "ingest", str(logs))["append"]["appended"] == 6 + 6  # a start and an end each
    run(home, "run")
    assert [row["conversation_id"] for row in run(home, "sql", names)] == INTERNAL
    left = run(home, "sql", "select count(*) as n from production_conversations")
    assert left == [{"n": len(RECORDS) - len(INTERNAL)}]
    (state,) = run(home, "status")["warehouse"]
    assert (state["internal_count"], state["conversation_count"]) == (7, 13)
    said = {finding["check"]: finding["finding"] for finding in run(home, "doctor")}
    assert "7 of 13 conversations internal" in said["published warehouse"]
    assert "4 rule(s) of internal traffic" in said["settings"]
    assert run(home, "ingest", str(logs))["append"]["appended"] == 0


def test_a_home_without_rules_marks_what_records_say(tmp_path: Path) -> None:
    rows = stage_records(tmp_path, *RECORDS).rows("conversations")
    marked = {row["conversation_id"]: row["is_internal"] for row in rows}
    assert {name: flag for name, flag in marked.items() if flag is not None} == {"c-11": True, "c-12": False}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('name = "a"', "holds no condition"),
        ('name = "a"\nfirst_message = "(?=x)"', "no RE2 expression"),
        ('name = "a"\nemail_domain = "@acme"', "email_domain"),
        ('name = "a"\nmood = "bad"', "mood"),
        ('name = "a"\nchannel = "x"\n[[internal]]\nname = "a"\nchannel = "y"', "two rules of internal traffic"),
        ("channel = 'x'", "name"),
    ],
)
def test_a_rule_that_makes_no_sense_is_a_clear_error(tmp_path: Path, rule: str, said: str) -> None:
    home = Home(tmp_path).create()
    home.configuration.write_text(f"[[internal]]\n{rule}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        load_settings(home)


def test_a_rule_that_does_not_ask_leaves_nothing_of_the_rule_before() -> None:
    one = InternalRule(name="a", channel="x", metadata={"k": 1}).variables()
    other = InternalRule(name="b", user_id="y").variables()
    assert one.keys() == other.keys()
    assert {name for name, value in other.items() if value} == {"internal_user_id"}
