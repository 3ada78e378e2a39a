"""Spans in the OpenInference conventions, as OTLP's JSON, as one span an object, or as Arize Phoenix exports them.

Source: OpenInference semantic conventions of Arize; spans, data frame rows and annotations of Arize Phoenix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from upturn.formats.ratings import opinion
from upturn.formats.registry import log_format
from upturn.formats.span_conversations import conversations_of
from upturn.formats.spans import Span, attribute_names, is_openinference

__all__ = ["openinference"]

Record = dict[str, Any]


def _looks_like_openinference(record: Record) -> bool:
    """Whether spans are named by the OpenInference conventions."""
    return is_openinference(attribute_names(record))


@log_format(
    "openinference",
    description="OpenTelemetry spans with openinference.span.kind or llm.input_messages, also exports of Phoenix",
    sniff=_looks_like_openinference,
    is_trace=True,
    user_fields=("user.id", "enduser.id"),
)
def openinference(record: Record) -> Iterable[Record]:
    """Give what a batch of spans or one span tells of each conversation.

    Annotations of people are feedback, by users where their name says so, else by annotators; those of models and code
    are kept in `metadata` under `annotations.` and the id of their span.

    Raises
    ------
    RefusedRecordError
        If it holds no span that can be read, or its messages can't be.
    SkippedRecord
        If nothing was said in it and it names no conversation.
    """
    return conversations_of(record, beside=_annotated)


def _annotated(spans: list[Span], places: dict[str, int]) -> Record:
    feedback: list[Record] = []
    others: dict[str, list[Record]] = {}
    for span in spans:
        for raw in span.annotations:
            result = raw.get("result")
            score = result if isinstance(result, dict) else raw
            said = _said(raw, score) if raw.get("annotator_kind") == "HUMAN" else None
            if said is None:
                others.setdefault(f"annotations.{span.span_id}", []).append(dict(_kept(raw, score)))
            else:
                place = places.get(span.span_id)
                feedback.append(said | ({"turn_index": place} if place is not None else {}))
    found: Record = {"feedback": feedback} if feedback else {}
    return found | ({"metadata": others} if others else {})


def _said(raw: Record, score: Record) -> Record | None:
    name = raw.get("name")
    said = opinion(
        name, value=score.get("score"), label=score.get("label"), comment=score.get("explanation", raw.get("note"))
    )
    if said is None:
        return None
    by_user = isinstance(name, str) and "user" in name.lower()
    times = {key: raw[key] for key in ("created_at", "updated_at") if raw.get(key) is not None}
    return (
        said
        | times
        | ({"feedback_id": raw["id"]} if raw.get("id") else {})
        | {"author": "user" if by_user else "annotator"}
    )


def _kept(raw: Record, score: Record) -> Iterator[tuple[str, Any]]:
    for box, keys in ((raw, ("name", "annotator_kind")), (score, ("label", "score", "explanation"))):
        yield from ((key, box[key]) for key in keys if box.get(key) is not None)
