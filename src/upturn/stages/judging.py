"""The judge's part of scoring: draw the day's sample, ask about what nobody judged, append verdicts as they come."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from upturn.domain.errors import HomeBusyError
from upturn.judge.asking import Asking
from upturn.judge.budget import Budget, budget_left
from upturn.judge.conducting import Conducting
from upturn.judge.daily import Judgement, Sample, draw, judged_event, sample_event
from upturn.judge.gathering import candidates, is_closed_as, known_verdicts, spent_before, texts, tried
from upturn.judge.openai import OpenAIJudge
from upturn.judge.pacing import Pacer
from upturn.judge.planning import Estimate, Plan, estimate, plan_day, versions, waiting
from upturn.log.encode import event_table
from upturn.stages.recording import record
from upturn.stages.stage import as_of

if TYPE_CHECKING:
    from datetime import date

    from upturn.judge.budget import Spent
    from upturn.judge.port import Judge
    from upturn.judge_settings import JudgeSettings
    from upturn.stages.stage import StageContext

__all__ = ["JudgingCounts", "estimate_day", "judge_day"]

_CHUNK: Final = 16
"""Responses per append, at most; a killed run has paid in vain for so many answers and for those under way."""
_LONGEST_HELD_SECONDS: Final = 2.0
"""How long an answer waits for others to be appended with."""


@dataclass(frozen=True)
class JudgingCounts:
    """What the judge did for one day."""

    appended: int = 0
    skipped: int = 0
    notes: dict[str, int | float | str] = field(default_factory=dict)


def estimate_day(context: StageContext, day: date) -> Estimate:
    """Say what judging `day` would ask and cost; nothing is asked and nothing is written."""
    _, plan, spent = _gathered(context, day)
    return estimate(plan, spent, context.settings.judge)


def judge_day(
    context: StageContext, day: date, make_judge: Callable[[JudgeSettings], Judge] = OpenAIJudge
) -> JudgingCounts:
    """Judge the sample of the responses given on `day`; the judge is made only where there is something to ask.

    Raises
    ------
    HomeBusyError
        If another process judges for this home.
    """
    with _alone(context):
        return _judge(context, day, make_judge)


def _judge(context: StageContext, day: date, make_judge: Callable[[JudgeSettings], Judge]) -> JudgingCounts:
    settings, over = context.settings.judge, as_of(day, context.settings.timezone)
    context.warehouse.catch_up(context.log)  # what a killed run appended was paid for
    sample, plan, spent = _gathered(context, day)
    drawn = record(context, [sample_event(sample, settings, over)])
    counts = {"judged": 0, "judge_unscored": 0, "reused": 0}
    appended, skipped, cost, cut, stopped_by = drawn.appended, drawn.skipped, 0.0, 1.0, None
    if plan.items:
        asking = _asking(make_judge(settings), settings, spent)
        run = Conducting(plan, sample.drawn, asking, settings)
        for chunk in _chunks(run.judgements(), len(settings.metrics) * _CHUNK):
            events = [judged_event(one, settings, day, over) for one in chunk]
            result = context.log.append(event_table(events, recordedtime=context.clock()))
            appended, skipped = appended + result.appended, skipped + result.skipped
            counts["judged"] += len(chunk)
            counts["judge_unscored"] += sum(one.verdict.score is None for one in chunk)
            counts["reused"] += sum(one.is_reused for one in chunk)
            cost = round(cost + sum(one.charged.usd for one in chunk), 9)
            context.progress(counts["judged"], len(plan.items) * len(plan.items[0].group), "judgements")
        context.warehouse.catch_up(context.log)
        cut, stopped_by = run.cutoff, asking.stopped_by
    closed = _close(context, sample, day, cut)
    notes: dict[str, int | float | str] = {"sampled": len(sample.drawn), **counts, "cost_usd": cost}
    if stopped_by is not None:
        notes |= {"judge_stopped_by": stopped_by, "cutoff": round(cut, 6)}
    structlog.get_logger().info("judge.done", day=day.isoformat(), **notes)
    return JudgingCounts(appended + closed, skipped, notes)


def _gathered(context: StageContext, day: date) -> tuple[Sample, Plan, Spent]:
    settings, timezone = context.settings.judge, context.settings.timezone
    since, until = as_of(day - timedelta(days=1), timezone), as_of(day, timezone)
    with context.warehouse.connect() as connection:
        sample = draw(candidates(connection, since, until), settings, day)
        before = tried(connection, sample.drawn, model=settings.model, prompt_versions=versions(settings))
        shown = texts(connection, waiting(sample.drawn, before, settings), settings.context_turns)
        plan = plan_day(sample.drawn, before, shown, settings)
        known = known_verdicts(connection, (item.question.key for item in plan.items))
        return sample, replace(plan, known=known), spent_before(connection, day, context.clock())


def _asking(judge: Judge, settings: JudgeSettings, spent: Spent) -> Asking:
    pacer = Pacer(
        requests=settings.requests_per_minute, tokens=settings.tokens_per_minute, now=time.monotonic, sleep=time.sleep
    )
    return Asking(judge, settings, budget=Budget(*budget_left(settings, spent)), pacer=pacer)


def _close(context: StageContext, sample: Sample, day: date, cut: float) -> int:
    """Record the final probabilities where they are not those that the warehouse knows; the number of new events."""
    with context.warehouse.connect() as connection:
        if is_closed_as(connection, day, sample.drawn, cut):
            return 0
    over = as_of(day, context.settings.timezone)
    return record(context, [sample_event(sample, context.settings.judge, over, cutoff=cut)]).appended


def _chunks(judgements: Iterator[Judgement], size: int) -> Iterator[list[Judgement]]:
    """Give the judgements in small lists, each soon after its first came; those of one answer stay together."""
    chunk: list[Judgement] = []
    began = time.monotonic()
    for one in judgements:
        is_full = len(chunk) >= size or (chunk and time.monotonic() - began > _LONGEST_HELD_SECONDS)
        if is_full and (one.conversation_id, one.turn_index) != (chunk[-1].conversation_id, chunk[-1].turn_index):
            yield chunk
            chunk = []
        if not chunk:
            began = time.monotonic()
        chunk.append(one)
    if chunk:
        yield chunk


@contextmanager
def _alone(context: StageContext) -> Iterator[None]:
    """Hold the right to judge for this home: two processes would spend one budget twice."""
    path = context.home.judging
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:  # closing it lets go, also where the process is killed
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusyError(
                f"another process judges for {context.home.root}: expected one at a time, since both would spend "
                "the same budget; wait for it and run this again"
            ) from error
        yield
