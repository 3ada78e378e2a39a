"""What ingest stages holds no personal data, whatever becomes of the record; and identity does not depend on it."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.homes import upturn
from tests.support.ingesting import context, stage_records, staged
from upturn.formats.staged import staged_schemas
from upturn.home import Home
from upturn.stages.append import append_batch
from upturn.stages.ingest import ingest_paths
from upturn.stages.redacting import JSON_COLUMNS, TEXT_COLUMNS
from upturn.stages.validate import validate_batch
from upturn.wiring import open_context

START, LATER = "2026-11-02T09:00:00Z", "2026-11-02T09:00:09Z"
CARD, EMAIL, KEY = "4111111111111111", "zora.quill@example.com", "sk-proj-abcdefghij0123456789ABCD"
URL = "https://x.example/a.png?token=9f8e7d6c5b&w=1"
SECRETS = (CARD, EMAIL, KEY, "9f8e7d6c5b")

KEPT = {
    "conversations": {"source_name", "file", "record_digest", "conversation_id", "assistant_id", "assistant_version"}
    | {"config_version", "channel", "user_key", "origin", "outcome"},
    "turns": {
        "source_name",
        "file",
        "record_digest",
        "conversation_id",
        "turn_key",
        "role",
        "tool_call_id",
        "tool_name",
    },
    "feedback": {"source_name", "file", "record_digest", "conversation_id", "feedback_key", "kind", "channel", "value"}
    | {"scale", "author", "turn_key"},
    "rejected": {"source_name", "file", "rule", "record_digest", "conversation_id"},
}
"""Ids and words of closed lists."""


def conversation(**fields):
    turns = [
        {"role": "user", "content": f"my card is {CARD}, mail {EMAIL}", "created_at": START},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": f"key {KEY}"}, {"type": "image_url", "image_url": {"url": URL}}],
            "tool_calls": [{"id": "t", "name": "pay", "arguments": {"number": int(CARD), EMAIL: KEY}}],
            "error_type": f"Refused({EMAIL})",
            "created_at": LATER,
        },
    ]
    feedback = [{"kind": "comment", "comment": f"write to {EMAIL}", "created_at": LATER}]
    told = {"conversation_id": "c-1", "user_id": EMAIL, "persona": f"friend of {EMAIL}", "metadata": {EMAIL: [KEY]}}
    return {**told, "turns": turns, "feedback": feedback, **fields}


BAD = {
    "broken JSON": json.dumps(conversation()).encode()[:-5],
    "no UTF-8": json.dumps(conversation()).encode().replace(b"my card", b"my \xff card"),
    "refused by type": conversation(turns=[{"role": "robot", "content": f"{CARD} {EMAIL} {KEY}"}]),
    "secrets as values of fields": conversation(outcome=EMAIL, origin=KEY, started_at=CARD),
    "secrets as wrong types": conversation(metadata=f"{CARD} {EMAIL}", turns=KEY, feedback={EMAIL: CARD}),
    "secrets as times and roles": conversation(turns=[{"role": EMAIL, "created_at": KEY, "latency_ms": CARD + "x"}]),
    "no object": [CARD, EMAIL, KEY],
    "a bare number": int(CARD),
    "refused by a check": conversation(started_at="2026-11-02T09:00:05Z", ended_at="2026-11-01T09:00:00Z"),
    "escaped": json.dumps(conversation()).replace("@", "\\u0040").replace('"c-1"', '""').encode(),
}


def texts_of(table: pa.Table) -> str:
    return json.dumps(table.to_pylist(), default=str)


def test_every_text_column_is_redacted_or_kept_on_purpose() -> None:
    for name, schema in staged_schemas().items():
        texts = {field.name for field in schema if field.type == pa.string()}
        assert texts == KEPT[name] | {*TEXT_COLUMNS.get(name, ()), *JSON_COLUMNS.get(name, ())}, name


def test_what_is_staged_is_redacted_and_counted(tmp_path: Path) -> None:
    result = stage_records(tmp_path, conversation())
    everything = "".join(map(texts_of, result.tables.values()))
    assert not [secret for secret in SECRETS if secret in everything]
    user, assistant = result.rows("turns")
    assert user["content"] == "my card is <CARD>, mail <EMAIL>"
    assert "https://x.example/a.png?token=<URL_SECRET>&w=1" in assistant["parts"]
    assert json.loads(assistant["tool_calls"])[0]["arguments"] == {"number": "<CARD>", "<EMAIL>": "<API_KEY>"}
    assert json.loads(result.rows("conversations")[0]["metadata"]) == {"<EMAIL>": ["<API_KEY>"]}
    # e-mail: content, error_type, a key of tool_calls, comment, persona, a key of metadata; card: content, tool_calls;
    # API key: content and parts of one turn, tool_calls, metadata
    notes = {name: count for name, count in result.counts.notes.items() if name.startswith("redacted")}
    assert notes == {"redacted_api_key": 4, "redacted_card": 2, "redacted_email": 6, "redacted_url_secret": 1}


@pytest.mark.parametrize("name", BAD)
def test_a_refused_record_keeps_no_secret_in_staging_or_reason(name: str, tmp_path: Path) -> None:
    result = stage_records(tmp_path, BAD[name])
    everything = "".join(map(texts_of, result.tables.values()))
    assert not [secret for secret in SECRETS if secret in everything]


def test_ids_are_identities_and_those_like_addresses_are_counted(tmp_path: Path) -> None:
    result = stage_records(tmp_path, conversation(conversation_id=EMAIL))
    assert result.rows("conversations")[0]["conversation_id"] == EMAIL
    assert result.counts.notes["ids_like_email"] == 1


@pytest.mark.slow
def test_no_secret_reaches_a_log_line_a_file_or_the_terminal(tmp_path: Path) -> None:
    home, logs = tmp_path / "home", tmp_path / "logs.jsonl"
    lines = [bad if isinstance(bad, bytes) else json.dumps(bad).encode() for bad in BAD.values()]
    logs.write_bytes(b"\n".join([*lines, json.dumps(conversation(conversation_id="c-2")).encode()]) + b"\n")
    upturn("init", home=home)
    command = [sys.executable, "-c", "from upturn.cli import main; main()", "ingest", str(logs), "--json"]
    environment = {**os.environ, "UPTURN_LOG_LEVEL": "DEBUG", "UPTURN_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ingest"]["redacted_email"] > 0
    shown = upturn("status", home=home) + done.stdout + done.stderr
    stored = "".join(texts_of(pq.read_table(path)) for path in sorted(home.rglob("*.parquet")))
    assert "<EMAIL>" in stored
    for secret in SECRETS:
        assert secret not in shown
        assert secret not in stored


def take_in(root: Path, logs: Path, rules: str) -> tuple[dict[str, object], dict[str, object]]:
    """Ingest, validate and append under some rules of redaction; what ingest and append said."""
    Home(root).configuration.write_text(rules, encoding="utf-8")
    now = open_context(root)
    said = ingest_paths(now, [logs], batch="batch")
    validate_batch(now, now.home.staging / "batch", date(2026, 11, 2))
    return said.as_dict(), append_batch(now, now.home.staging / "batch").as_dict()


def test_new_rules_make_no_conflict_and_no_second_event(tmp_path: Path) -> None:
    Home(tmp_path / "home").create()
    logs = tmp_path / "logs.jsonl"
    lines = [bad if isinstance(bad, bytes) else json.dumps(bad).encode() for bad in BAD.values()]
    logs.write_bytes(b"\n".join([*lines, json.dumps(conversation(conversation_id="c-2")).encode()]) + b"\n")
    _, first = take_in(tmp_path / "home", logs, "[redaction]\nis_on = false\n")
    said, second = take_in(tmp_path / "home", logs, "[redaction]\n")
    assert first["appended"]
    assert said["redacted_email"]
    assert (second["appended"], second["conflicts"], second["quarantined"]) == (0, 0, 0)
    assert second["skipped"] == second["read"]


def test_digests_and_keys_are_those_of_the_text_before(tmp_path: Path) -> None:
    logs = tmp_path / "logs.jsonl"
    logs.write_text(json.dumps(conversation()) + "\n", encoding="utf-8")
    identity = []
    for number, rules in enumerate(({"is_on": False}, {})):
        now = context(tmp_path / str(number))
        redaction = now.settings.redaction.model_copy(update=rules)
        object.__setattr__(now, "settings", now.settings.model_copy(update={"redaction": redaction}))
        ingest_paths(now, [logs], batch="batch", format="upturn")
        tables = staged(now.home.staging / "batch")
        identity.append([tables["turns"][name].to_pylist() for name in ("record_digest", "turn_key")])
        identity[-1] += [tables[name]["record_digest"].to_pylist() for name in ("conversations", "feedback")]
    assert identity[0] == identity[1]
