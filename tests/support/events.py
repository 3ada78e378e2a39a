"""Small events for tests of the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from upturn.domain.events import NewEvent
from upturn.domain.payloads import ResponseJudged, TurnLogged
from upturn.log.encode import event_table

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RECORDED = datetime(2026, 11, 24, 2, tzinfo=UTC)


def turn_logged(number: int, *, digest: str = "d", days: int = 0) -> NewEvent:
    """A fact with the id of `number`; `digest` stands for what its record says, `days` moves its time."""
    conversation = f"c{number // 10}"
    moment = NOON + timedelta(days=days, seconds=number)
    payload = TurnLogged(
        conversation_id=conversation,
        turn_key=str(number),
        position=number % 10,
        role="user",
        content=f"question {number}: où est ma commande ?",
        parts=None,
        occurred_at=moment,
        latency_ms=None,
        error_type=None,
        input_tokens=None,
        output_tokens=None,
        tool_calls=None,
        tool_call_id=None,
        tool_name=None,
        updated_at=None,
        record_digest=digest,
    )
    return NewEvent(
        type="turn.logged",
        source="chat",
        native_ids=(conversation, str(number)),
        revision="r",
        subject=conversation,
        time=moment,
        payload=payload,
    )


def response_judged(number: int, *, score: float = 0.5) -> NewEvent:
    """A result of our own with the id of `number`."""
    payload = ResponseJudged(
        conversation_id=f"c{number}",
        turn_index=1,
        metric="helpfulness",
        score=score,
        unscored_reason=None,
        rationale=None,
        model="m",
        prompt_version="p1",
        inclusion_probability=0.05,
        input_tokens=None,
        output_tokens=None,
        cost_usd=None,
    )
    return NewEvent(
        type="response.judged",
        source="judge",
        native_ids=(f"c{number}", "1"),
        revision="2026-11-23",
        subject=f"c{number}",
        time=NOON,
        payload=payload,
    )


def table(*events: NewEvent) -> pa.Table:
    """The events as a log is given them."""
    return event_table(events, RECORDED)
