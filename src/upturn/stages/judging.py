"""The judge's part of scoring: draw the day's sample, ask about what nobody judged, append verdicts as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from upturn.judge.daily import draw, judged_event, pending, sample_event, total_cost
from upturn.judge.openai import OpenAIJudge
from upturn.judge.prompting import helpfulness_prompt
from upturn.stages.recording import record
from upturn.stages.stage import as_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from upturn.judge.port import Judge, Verdict
    from upturn.settings import JudgeSettings
    from upturn.stages.stage import StageContext

__all__ = ["JudgingCounts", "judge_day"]

_CHUNK: Final = 200
"""Verdicts per append: a killed run loses at most so many paid answers."""


@dataclass(frozen=True)
class JudgingCounts:
    """What the judge did for one day."""

    appended: int = 0
    skipped: int = 0
    notes: dict[str, int | float | str] = field(default_factory=dict)


def judge_day(
    context: StageContext, day: date, make_judge: Callable[[JudgeSettings], Judge] = OpenAIJudge
) -> JudgingCounts:
    """Judge the sample of the responses given on `day`; the judge is made only where there is something to ask."""
    settings, timezone = context.settings.judge, context.settings.timezone
    over = as_of(day, timezone)
    with context.warehouse.connect() as connection:
        sample = draw(connection, settings, since=as_of(day - timedelta(days=1), timezone), until=over)
        waiting = pending(connection, sample)
    drawn = record(context, [sample_event(sample, settings, day, over)])
    appended, skipped = drawn.appended, drawn.skipped + len(sample.responses) - len(waiting)
    verdicts: list[Verdict] = []
    judge = make_judge(settings) if waiting else None
    for start in range(0, len(waiting), _CHUNK):
        assert judge is not None  # noqa: S101  (something waits)
        chunk = waiting[start : start + _CHUNK]
        given = judge.grade([helpfulness_prompt(response) for response in chunk])
        events = [
            judged_event(response, verdict, settings, over) for response, verdict in zip(chunk, given, strict=True)
        ]
        result = record(context, events)
        appended, skipped = appended + result.appended, skipped + result.skipped
        verdicts.extend(given)
        context.progress(len(verdicts), len(waiting), "responses judged")
    unscored = sum(verdict.score is None for verdict in verdicts)
    cost = total_cost(verdicts, settings)
    structlog.get_logger().info(
        "judge.done", day=day.isoformat(), judged=len(verdicts), unscored=unscored, cost_usd=cost
    )
    return JudgingCounts(
        appended,
        skipped,
        {"sampled": len(sample.responses), "judged": len(verdicts), "judge_unscored": unscored, "cost_usd": cost},
    )
