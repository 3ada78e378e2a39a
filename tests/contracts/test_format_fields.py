"""What the reference says that a format keeps, its fixtures show, and it arrives in the staged rows."""

import re
from pathlib import Path

import pytest

from tests.support.format_fields import FIELDS, FROM, canonical, fixture_files, format_fields, held, shown_fields
from tests.support.ingesting import stage_files
from upturn.formats.registry import formats

ROOT = Path(__file__).parents[2]
SHOWN = {name: shown_fields(name) for name in formats()}
TABLES = {"conversation": "conversations", "turn": "turns", "feedback": "feedback"}
STAGED_AS = {
    "conversation.user_id": "user_key",
    "turn.message_id": "turn_key",
    "turn.created_at": "occurred_at",
    "turn.name": "tool_name",
    "feedback.feedback_id": "feedback_key",
    "feedback.created_at": "received_at",
}
"""Columns of other names than their fields."""
BY_HAND = {
    "conversation_id": ("conversation.conversation_id",),
    "user_id": ("conversation.user_id",),
    "assistant_id": ("conversation.assistant_id",),
    "assistant_version": ("conversation.assistant_version",),
    "config_version": ("conversation.config_version",),
    "started_at": ("conversation.started_at",),
    "ended_at": ("conversation.ended_at",),
    "outcome": ("conversation.outcome",),
    "channel": ("conversation.channel",),
    "turns[].created_at": ("turn.created_at",),
    "turns[].latency_ms": ("turn.latency_ms",),
    "turns[].input_tokens, output_tokens": ("turn.input_tokens", "turn.output_tokens"),
    "turns[].error_type": ("turn.error_type",),
    "turns[].message_id": ("turn.message_id",),
    "message_id": ("turn.message_id",),
    "tool calls": ("turn.tool_calls",),
    "feedback": ("feedback.kind",),
}
"""Rows of the tables written by hand in the reference of the formats."""


def test_the_page_is_current():
    page = ROOT / "docs" / "reference" / "format-fields.md"
    assert page.read_text(encoding="utf-8") == format_fields(), "a format keeps other fields: `make reference`"


def test_the_canonical_format_shows_every_field():
    assert SHOWN["upturn"] == set(FIELDS)


def test_where_a_field_comes_from_is_said_of_shown_fields_only():
    assert [key for key in FROM if key[1] not in SHOWN[key[0]]] == []


@pytest.mark.parametrize("name", list(formats()))
def test_what_a_format_keeps_arrives_in_the_staged_rows(name, tmp_path):
    for path in fixture_files(name):
        result = stage_files(tmp_path / path.stem, path, format=name)
        for field in {field for record in canonical(name, path) for field in held(record)}:
            level, _, column = field.partition(".")
            rows = result.rows(TABLES[level])
            assert any(row[STAGED_AS.get(field, column)] is not None for row in rows), f"{path.name}: {field} is lost"


def test_the_tables_by_hand_say_none_of_the_fields_that_are_not_kept():
    text = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    seen = 0
    for table in re.findall(r"^\| canonical \|.*?\n\n", text, re.MULTILINE | re.DOTALL):
        head, _, *rows = [
            [cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.strip().split("\n")
        ]
        for label, *cells in rows:
            for name, cell in zip(head[1:], cells, strict=True):
                fields = BY_HAND.get(label, ())
                seen += bool(fields)
                is_none = cell.startswith("none")
                wrong = [field for field in fields if (field in SHOWN[name]) == is_none]
                assert wrong == [], f"{name}: the table says {cell!r}"
    # Rows named above x formats: 5 x 2 (upturn, openai_chat), 11 x 4 (traces), 9 x 5 (desks and bots).
    assert seen == 5 * 2 + 11 * 4 + 9 * 5
