"""Homes whose conversations wait to be judged; run as a module, it judges one (to be killed)."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from upturn.domain.events import NewEvent
from upturn.domain.payloads import ConversationStarted, TurnLogged
from upturn.home import Home
from upturn.judge_settings import JudgeSettings
from upturn.log.delta import DeltaLog
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.log.port import EventLog
from upturn.settings import Settings
from upturn.stages.judging import judge_day
from upturn.stages.stage import StageContext
from upturn.warehouse import Warehouse

DAY = date(2026, 11, 3)
START = datetime(2026, 11, 3, 9, tzinfo=UTC)


def judging_context(folder: Path, log: EventLog | None = None, **judge: Any) -> StageContext:
    """Give the context of the home `FOLDER/home`, made where it is not; default: a log in memory."""
    settings = Settings(judge=JudgeSettings(**judge))
    home = Home(folder / "home").create()
    chosen = log if log is not None else MemoryLog()
    warehouse = Warehouse(home, settings, log=chosen)
    return StageContext(home=home, settings=settings, log=chosen, warehouse=warehouse, clock=lambda: START)


def append(context: StageContext, events: list[NewEvent]) -> None:
    """Append and project."""
    context.log.append(event_table(events, recordedtime=START))
    context.warehouse.catch_up(context.log)


def spoken(conversation_id: str, *said: str, start: datetime = START, channel: str = "web") -> list[NewEvent]:
    """Give a conversation's events: user and assistant in turn."""

    def event(kind: Any, keys: tuple[str, ...], payload: Any) -> NewEvent:
        return NewEvent(kind, "chat", (conversation_id, *keys), "1", conversation_id, start, payload)

    return [
        event("conversation.started", (), _started(conversation_id, start, channel)),
        *(
            event("turn.logged", (f"t{index}",), _turn(conversation_id, index, text, start))
            for index, text in enumerate(said)
        ),
    ]


def _started(conversation_id: str, start: datetime, channel: str) -> ConversationStarted:
    return ConversationStarted(
        conversation_id=conversation_id,
        assistant_id="shop",
        assistant_version="1",
        config_version=None,
        channel=channel,
        user_key=None,
        origin="production",
        is_internal=False,
        persona=None,
        started_at=start,
        metadata=None,
        updated_at=None,
        record_digest="d",
    )


def _turn(conversation_id: str, index: int, content: str, start: datetime) -> TurnLogged:
    return TurnLogged(
        conversation_id=conversation_id,
        turn_key=f"t{index}",
        position=index,
        role="assistant" if index % 2 else "user",
        content=content,
        parts=None,
        occurred_at=start + timedelta(seconds=index),
        latency_ms=None,
        error_type=None,
        input_tokens=None,
        output_tokens=None,
        tool_calls=None,
        tool_call_id=None,
        tool_name=None,
        updated_at=None,
        record_digest=f"d{index}",
    )


def judged(context: StageContext) -> list[tuple[Any, ...]]:
    """Give the judge's rows: ids, metric, score, reason, version, probability, cost."""
    with context.warehouse.connect() as connection:
        return connection.execute(
            "select conversation_id, turn_index, metric, score, unscored_reason, scorer_version, "
            "inclusion_probability, cost_usd from response_scores where scorer = 'judge' order by all"
        ).fetchall()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    judge_day(
        judging_context(
            folder,
            log=DeltaLog(folder / "home" / "events"),
            base_url=sys.argv[2],
            sample_rate=1.0,
            max_concurrency=4,
            metrics=["helpfulness"],
        ),
        date.fromisoformat(sys.argv[3]),
    )
