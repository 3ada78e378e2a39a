"""Traces and log events of OpenTelemetry in the GenAI conventions: OTLP's JSON, or one span an object.

Source: OpenTelemetry semantic conventions for generative AI (spans, agent spans, events), OpenTelemetry Protocol 1.x.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from upturn.formats.registry import log_format
from upturn.formats.span_conversations import conversations_of
from upturn.formats.span_logs import gathered
from upturn.formats.spans import Span, attribute_names, is_openinference

__all__ = ["otel_genai"]

Record = dict[str, Any]

_EVALUATION: Final = "gen_ai.evaluation.result"
_KEPT: Final = {
    "gen_ai.evaluation.name": "name",
    "gen_ai.evaluation.score.value": "value",
    "gen_ai.evaluation.score.label": "label",
    "gen_ai.evaluation.explanation": "explanation",
    "gen_ai.response.id": "response_id",
    "error.type": "error_type",
}


def _looks_like_genai(record: Record) -> bool:
    """Whether spans or log events are named by the GenAI conventions, and not by OpenInference's."""
    names = attribute_names(record)
    return not is_openinference(names) and any(
        name.startswith(("gen_ai.", "event:gen_ai.", "traceloop.")) or name == "llm.request.type" for name in names
    )


@log_format(
    "otel_genai",
    description="OpenTelemetry spans or log events, OTLP's JSON or one span an object, with gen_ai.* attributes",
    sniff=_looks_like_genai,
    is_trace=True,
    gather=gathered,
    user_fields=("user.id", "enduser.id"),
)
def otel_genai(record: Record) -> Iterable[Record]:
    """Give what a batch of spans or one span tells of each conversation.

    An evaluation (`gen_ai.evaluation.result`) names no person as its author: it is no feedback, and is kept in
    `metadata` under `evaluations.` and the id of its span.

    Raises
    ------
    RefusedRecordError
        If it holds no span that can be read, or its messages can't be.
    SkippedRecord
        If nothing was said in it and it names no conversation.
    """
    return conversations_of(record, beside=_evaluations)


def _evaluations(spans: list[Span], _: dict[str, int]) -> Record:
    """Give the evaluations that events of these spans record."""
    found: dict[str, list[Record]] = {}
    for span in spans:
        for event in span.events:
            if event.name == _EVALUATION:
                kept = {ours: event.attributes[key] for key, ours in _KEPT.items() if key in event.attributes}
                found.setdefault(f"evaluations.{span.span_id}", []).append(kept)
    return {"metadata": found} if found else {}
