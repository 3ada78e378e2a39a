"""Which canonical fields each format keeps, as its fixtures show, and the table of the reference that says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from upturn.formats.canonical import CanonicalRecord, Feedback, Turn
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import Place, SkippedRecord, formats

FIXTURES: Final = Path(__file__).parents[1] / "fixtures" / "formats"
_BESIDE: Final = ("turns", "feedback", "tool_name")
"""Fields of the models that are no rows: what has rows of its own, and another spelling of `name`."""
FIELDS: Final = tuple(
    f"{level}.{name}"
    for level, model in (("conversation", CanonicalRecord), ("turn", Turn), ("feedback", Feedback))
    for name in model.model_fields
    if name not in _BESIDE
)
"""Every canonical field, `conversation.channel` and so on: the rows."""
FROM: Final = {
    ("otel_genai", "conversation.conversation_id"): "or trace",
    ("openinference", "conversation.conversation_id"): "or trace",
    ("langfuse", "conversation.conversation_id"): "or trace",
    ("langsmith", "conversation.conversation_id"): "or trace",
    ("openai_chat", "conversation.conversation_id"): "or digest",
    ("sharegpt", "conversation.conversation_id"): "or digest",
    ("rasa", "conversation.conversation_id"): "digest",
    ("rasa", "conversation.started_at"): "first turn",
    ("amazon_connect", "conversation.started_at"): "first turn",
    ("otel_genai", "conversation.started_at"): "first span",
    ("openinference", "conversation.started_at"): "first span",
    ("langsmith", "conversation.started_at"): "first run",
    ("openai_chat", "conversation.config_version"): "or model",
    ("sharegpt", "conversation.config_version"): "model",
    ("claude_sessions", "conversation.config_version"): "model",
    ("otel_genai", "conversation.config_version"): "or model",
    ("openinference", "conversation.config_version"): "or model",
    ("langfuse", "conversation.config_version"): "or model",
    ("langsmith", "conversation.config_version"): "or model",
    ("sharegpt", "turn.message_id"): "place",
    ("otel_genai", "turn.message_id"): "or span",
    ("openinference", "turn.message_id"): "or span",
    ("langfuse", "turn.message_id"): "or span",
    ("langsmith", "turn.message_id"): "or run",
    ("otel_genai", "turn.created_at"): "span",
    ("openinference", "turn.created_at"): "span",
    ("langfuse", "turn.created_at"): "span",
    ("langsmith", "turn.created_at"): "run",
    ("otel_genai", "turn.latency_ms"): "span",
    ("openinference", "turn.latency_ms"): "span",
    ("langfuse", "turn.latency_ms"): "span",
    ("langsmith", "turn.latency_ms"): "run",
    ("claude_sessions", "turn.latency_ms"): "events",
    ("rasa", "turn.tool_calls"): "actions",
    ("openinference", "feedback.channel"): "name",
    ("langfuse", "feedback.channel"): "name",
    ("langsmith", "feedback.channel"): "name",
    ("openinference", "feedback.author"): "name",
    ("langfuse", "feedback.author"): "source",
    ("langsmith", "feedback.author"): "source",
    ("intercom", "feedback.feedback_id"): "made",
    ("table", "feedback.turn_index"): "or row",
}
"""Where a field comes from that is not simply one of the source's; each of them must be shown by a fixture."""
_HEAD: Final = """\
# Fields by format

Which fields of [the canonical record](formats.md#the-canonical-record) each format keeps. `make reference` writes this
page from what becomes of the records in `tests/fixtures/formats`; tests hold it to them.

- **kept**: it is a field of the source.
- **a word**: where it comes from instead. *span*, *run*, *events*: their times; *digest*: of what identifies it;
  *or …*: where the source has none.
- **–**: never. [Ingest](formats.md#rules) fills some of these: without an author it is the user, a turn without a time
  has that of the turn before.

`table` and `upturn` keep a field where they have a column or field of its name. What `metadata` holds is in
[Log formats](formats.md).
"""


def fixture_files(name: str) -> list[Path]:
    """Give the fixtures of a format."""
    return [path for path in sorted((FIXTURES / name).glob("*.json*")) if path.suffix != ".counts"]


def shown_fields(name: str) -> frozenset[str]:
    """Give the fields that hold something in any canonical record made of a format's fixtures."""
    return frozenset(
        field for path in fixture_files(name) for record in canonical(name, path) for field in held(record)
    )


def canonical(name: str, path: Path) -> Iterator[dict[str, Any]]:
    """Give the canonical records that a fixture becomes."""
    form = formats()[name]
    for chunk in raw_chunks(path):
        for line, text in zip(chunk.lines, chunk.texts, strict=True):
            try:
                yield from form.canonical(orjson.loads(text), Place(path.name, line))
            except SkippedRecord:
                continue


def held(record: dict[str, Any]) -> Iterator[str]:
    """Give the fields of a canonical record that hold something; typed parts as content are parts and text."""
    others = record.keys() - CanonicalRecord.model_fields.keys()
    yield from ("conversation.metadata" for name in others if _is_something(record[name]))
    yield from _named("conversation", record)
    for turn in record.get("turns") or ():
        content = turn.get("content")
        yield from _named("turn", turn)
        yield from (["turn.parts"] if isinstance(content, list) else [])
        yield from (["turn.name"] if turn.get("tool_name") else [])
    for piece in record.get("feedback") or ():
        yield from _named("feedback", piece)


def _named(level: str, part: dict[str, Any]) -> Iterator[str]:
    yield from (name for key, value in part.items() if (name := f"{level}.{key}") in FIELDS and _is_something(value))


def _is_something(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def format_fields() -> str:
    """Give `docs/reference/format-fields.md`."""
    shown = {name: shown_fields(name) for name in formats()}
    lines = [_HEAD]
    for level in ("conversation", "turn", "feedback"):
        lines += [f"## {level.title()}\n", _row([level, *(f"`{name}`" for name in shown)])]
        lines.append(_row(["---"] * (len(shown) + 1)))
        lines += [
            _row([f"`{field.partition('.')[2]}`", *(_cell(name, field, fields) for name, fields in shown.items())])
            for field in FIELDS
            if field.startswith(f"{level}.")
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(name: str, field: str, fields: frozenset[str]) -> str:
    return FROM.get((name, field), "kept") if field in fields else "–"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
