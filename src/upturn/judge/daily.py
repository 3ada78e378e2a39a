"""A day's sample and its judgements, as events: decided here, appended by the stage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from upturn.domain.events import NewEvent
from upturn.domain.payloads import ResponseJudged, SampleDrawn
from upturn.judge.prompting import PROMPT_VERSION, Judgeable
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

    from upturn.judge.port import Verdict
    from upturn.settings import JudgeSettings

__all__ = [
    "METRIC",
    "PASSING_REASONS",
    "Sample",
    "cost_usd",
    "draw",
    "judged_event",
    "pending",
    "sample_event",
    "total_cost",
]

METRIC: Final = "helpfulness"
PASSING_REASONS: Final = ("rate_limited", "judge_unreachable", "judge_error")
"""Reasons that may pass: such a response is asked about again by the next run that draws it."""


@dataclass(frozen=True)
class Sample:
    """The responses of one day that were chosen."""

    responses: tuple[tuple[str, int, float], ...]
    """(conversation_id, turn_index, inclusion_probability), ordered."""
    population: int


def draw(connection: duckdb.DuckDBPyConnection, settings: JudgeSettings, since: datetime, until: datetime) -> Sample:
    """Draw the sample of the responses given from `since` up to and without `until`; the same again every time."""
    parameters: dict[str, object] = {
        "seed": settings.seed,
        "rate": settings.sample_rate,
        "since": since,
        "until": until,
    }
    rows = connection.execute(load_sql("judge/sample"), parameters).fetchall()
    return Sample(
        responses=tuple((conversation, turn, settings.sample_rate) for conversation, turn, _ in rows),
        population=rows[0][2] if rows else 0,
    )


def pending(connection: duckdb.DuckDBPyConnection, sample: Sample) -> list[Judgeable]:
    """Give what of `sample` nobody has judged under this prompt, with the texts."""
    import pyarrow as pa

    names = ("conversation_id", "turn_index", "inclusion_probability")
    columns = zip(*sample.responses, strict=True) if sample.responses else ((), (), ())
    kinds = (pa.string(), pa.int32(), pa.float64())
    sampled = pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})
    connection.register("sampled", sampled)
    try:
        rows = connection.execute(
            load_sql("judge/pending"),
            {"metric": METRIC, "prompt_version": PROMPT_VERSION, "passing_reasons": list(PASSING_REASONS)},
        ).fetchall()
    finally:
        connection.unregister("sampled")
    return [Judgeable(*row) for row in rows]


def sample_event(sample: Sample, settings: JudgeSettings, day: date, time: datetime) -> NewEvent:
    """Give the event of a draw. Late data add a draw to the day's: the revision is a digest of who was drawn."""
    chosen = "\x1f".join(f"{conversation}\x1e{turn}" for conversation, turn, _ in sample.responses)
    return NewEvent(
        type="sample.drawn",
        source="upturn",
        native_ids=(day.isoformat(), METRIC),
        revision=hashlib.sha256(f"{settings.seed} {settings.sample_rate} {chosen}".encode()).hexdigest()[:16],
        subject=f"{METRIC}/{day.isoformat()}",
        time=time,
        payload=SampleDrawn(
            day=day,
            metric=METRIC,
            seed=settings.seed,
            rate=settings.sample_rate,
            population=sample.population,
            responses=list(sample.responses),
        ),
    )


def judged_event(response: Judgeable, verdict: Verdict, settings: JudgeSettings, time: datetime) -> NewEvent:
    """Give the event of a verdict. One that failed for a passing reason leaves the place of the real one free."""
    is_passing = verdict.unscored_reason in PASSING_REASONS
    return NewEvent(
        type="response.judged",
        source="upturn",
        native_ids=(response.conversation_id, str(response.turn_index), METRIC),
        revision=f"{PROMPT_VERSION}/{verdict.unscored_reason}" if is_passing else PROMPT_VERSION,
        subject=response.conversation_id,
        time=time,
        payload=ResponseJudged(
            conversation_id=response.conversation_id,
            turn_index=response.turn_index,
            metric=METRIC,
            score=verdict.score,
            unscored_reason=verdict.unscored_reason,
            rationale=verdict.rationale,
            model=settings.model,
            prompt_version=PROMPT_VERSION,
            inclusion_probability=response.inclusion_probability,
            input_tokens=verdict.input_tokens,
            output_tokens=verdict.output_tokens,
            cost_usd=cost_usd(verdict, settings),
        ),
    )


def cost_usd(verdict: Verdict, settings: JudgeSettings) -> float | None:
    """Give what a verdict cost, in US dollars; None where the server did not say how many tokens it used."""
    if verdict.input_tokens is None or verdict.output_tokens is None:
        return None
    micros = (
        verdict.input_tokens * settings.usd_per_million_input_tokens
        + verdict.output_tokens * settings.usd_per_million_output_tokens
    )
    return round(micros / 1_000_000, 9)


def total_cost(verdicts: Sequence[Verdict], settings: JudgeSettings) -> float:
    """Give the sum of the known costs, in US dollars."""
    return round(sum(cost_usd(verdict, settings) or 0.0 for verdict in verdicts), 9)
