"""The stage scores what changed, judges a sample once, and adds nothing when it runs again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.judge_server import Answer, JudgeServer, judge_server
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ConversationStarted, TurnLogged
from upturn.home import Home
from upturn.judge_settings import JudgeSettings
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.stages.score import score, score_changed
from upturn.stages.stage import StageContext
from upturn.warehouse import Warehouse

DAY = date(2026, 11, 3)
START = datetime(2026, 11, 3, 9, tzinfo=UTC)


def _context(tmp_path: Path, **judge: Any) -> StageContext:
    settings = Settings(judge=JudgeSettings(**judge))
    home = Home(tmp_path / "home").create()
    return StageContext(
        home=home, settings=settings, log=MemoryLog(), warehouse=Warehouse(home, settings), clock=lambda: START
    )


def _say(context: StageContext, conversation_id: str, *said: str, first: int = 0) -> None:
    """Append a conversation's turns, user and assistant in turn, and project them."""
    _append(context, _spoken(conversation_id, *said, first=first))


def _append(context: StageContext, events: list[NewEvent]) -> None:
    context.log.append(event_table(events, recordedtime=START))
    context.warehouse.catch_up(context.log)


def _spoken(conversation_id: str, *said: str, first: int = 0) -> list[NewEvent]:
    return [
        _event("conversation.started", conversation_id, (), _started(conversation_id)),
        *(
            _event("turn.logged", conversation_id, (f"t{index}",), _turn(conversation_id, index, content))
            for index, content in enumerate(said, first)
        ),
    ]


def _event(kind: Any, conversation_id: str, keys: tuple[str, ...], payload: Any) -> NewEvent:
    return NewEvent(kind, "chat", (conversation_id, *keys), "1", conversation_id, START, payload)


def _started(conversation_id: str) -> ConversationStarted:
    return ConversationStarted(
        conversation_id=conversation_id,
        assistant_id="shop",
        assistant_version="1",
        config_version=None,
        channel="web",
        user_key=None,
        origin="production",
        is_internal=False,
        persona=None,
        started_at=START,
        metadata=None,
        updated_at=None,
        record_digest="d",
    )


def _turn(conversation_id: str, index: int, content: str) -> TurnLogged:
    return TurnLogged(
        conversation_id=conversation_id,
        turn_key=f"t{index}",
        position=index,
        role="assistant" if index % 2 else "user",
        content=content,
        parts=None,
        occurred_at=START + timedelta(seconds=index),
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


def _rows(context: StageContext) -> list[tuple[Any, ...]]:
    with context.warehouse.connect() as connection:
        return connection.execute("select * from response_scores order by all").fetchall()


def _judged(context: StageContext) -> list[tuple[Any, ...]]:
    with context.warehouse.connect() as connection:
        return connection.execute(
            "select conversation_id, turn_index, score, unscored_reason, scorer_version, inclusion_probability, "
            "cost_usd from response_scores where scorer = 'judge' order by all"
        ).fetchall()


@contextmanager
def _judging(tmp_path: Path, answer: Answer | None, **judge: Any) -> Iterator[tuple[StageContext, JudgeServer]]:
    with judge_server(answer) as server:
        yield _context(tmp_path, base_url=server.url, max_retries=0, **judge), server


def test_only_changed_conversations_are_scored_again(tmp_path: Path) -> None:
    context = _context(tmp_path)
    _say(context, "c1", "Where is it?", "It arrives on Thursday.")
    _say(context, "c2", "Where is it?", "")
    first = score(context, DAY)
    assert (first.read, first.notes["conversations"], first.notes["unscored"], first.appended) == (2, 2, 1, 0)
    again = score(context, DAY)
    assert (again.read, again.notes["conversations"]) == (0, 0)
    _say(context, "c1", "And the other?", "It arrives on Friday.", first=2)
    assert score(context, DAY).read == 2  # both responses of c1, none of c2
    assert len(_rows(context)) == 3 * 7


@pytest.mark.slow
def test_scores_from_many_small_runs_equal_those_of_one_rebuild(tmp_path: Path) -> None:
    context = _context(tmp_path)
    for number in range(4):
        _say(context, "c1", "Where is it?", f"It arrives in {number} days.", first=2 * number)
        _say(context, f"d{number}", "hello", "Hello, how can I help?")
        score(context, DAY)
    stepwise = _rows(context)
    derive = partial(score_changed, thresholds=context.settings.thresholds)
    Warehouse(context.home, context.settings, derive=[derive]).rebuild(context.log)
    assert _rows(context) == stepwise
    assert score(context, DAY).read == 0


def test_without_url_or_key_nothing_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "there")
    context = _context(tmp_path)
    _say(context, "c1", "Where is it?", "It arrives on Thursday.")
    assert score(context, DAY).notes["judge"] == "off"
    assert context.log.read(types=["sample.drawn", "response.judged"]).num_rows == 0
