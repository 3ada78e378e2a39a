"""A day's sample and its judgements, as events: decided here, appended by the stage."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from upturn.domain.events import NewEvent
from upturn.domain.payloads import ResponseJudged, SampleDrawn, SampleStratum
from upturn.judge.reading import Verdict
from upturn.judge.sampling import Candidate, Drawn, drawn_in_order

if TYPE_CHECKING:
    from upturn.judge.pricing import Charge
    from upturn.judge_settings import JudgeSettings

__all__ = ["PASSING_REASONS", "Judgement", "Sample", "draw", "judged_event", "sample_event", "shares"]

PASSING_REASONS: Final = ("rate_limited", "timeout", "server_error", "unreachable", "rejected", "budget")
"""Reasons that may pass: such a response is asked about again by the next run of its day."""


@dataclass(frozen=True)
class Sample:
    """The responses of one day that were chosen, in the order of asking."""

    day: date
    drawn: tuple[Drawn, ...]
    strata: tuple[SampleStratum, ...]
    """Of the population, sorted."""

    @property
    def population(self) -> int:
        """How many responses could have been chosen."""
        return sum(stratum.population for stratum in self.strata)


@dataclass(frozen=True)
class Judgement:
    """A verdict on one metric of one response, and what it cost."""

    conversation_id: str
    turn_index: int
    metric: str
    prompt_version: str
    drawn_probability: float
    verdict: Verdict
    content_key: str | None
    charged: Charge
    cost_usd: float | None = None
    """As far as the server said; None: it did not say."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    is_reused: bool = False
    tries: int = 0
    """Judgements of this metric and prompt that failed before for passing reasons."""


def draw(candidates: Sequence[Candidate], settings: JudgeSettings, day: date) -> Sample:
    """Draw the sample of a day's responses; the same again every time."""
    counts, weights = Counter(one.stratum for one in candidates), defaultdict[tuple[str, str, str], float](float)
    for one in sorted(candidates, key=lambda one: (one.conversation_id, one.turn_index)):
        weights[one.stratum] += 1 / one.response_count
    strata = [
        SampleStratum(
            assistant_id=assistant,
            channel=channel,
            band=band,
            population=counts[assistant, channel, band],
            conversation_weight=round(weights[assistant, channel, band], 6),
        )
        for assistant, channel, band in sorted(counts)
    ]
    drawn = drawn_in_order(candidates, seed=settings.seed, rate=settings.sample_rate, minimum=settings.minimum_rate)
    return Sample(day=day, drawn=tuple(drawn), strata=tuple(strata))


def sample_event(sample: Sample, settings: JudgeSettings, time: datetime, cutoff: float | None = None) -> NewEvent:
    """Give the event of a draw, or of its closing at `cutoff`: then it holds what was before the cut.

    Late data add a draw to the day's: the revision is a digest of what the event says.
    """
    places = {(one.assistant_id, one.channel, one.band): place for place, one in enumerate(sample.strata)}
    kept = [one for one in sample.drawn if cutoff is None or one.rank < cutoff]
    payload = SampleDrawn(
        day=sample.day,
        metric="all",
        seed=settings.seed,
        rate=settings.sample_rate,
        population=sample.population,
        responses=[
            (
                one.candidate.conversation_id,
                one.candidate.turn_index,
                round(one.probability, 12),
                places[one.candidate.stratum],
            )
            for one in kept
        ],
        strata=list(sample.strata),
        cutoff=cutoff,
    )
    return NewEvent(
        type="sample.drawn",
        source="upturn",
        native_ids=(sample.day.isoformat(), "all"),
        revision=hashlib.sha256(payload.model_dump_json().encode()).hexdigest()[:16],
        subject=f"all/{sample.day.isoformat()}",
        time=time,
        payload=payload,
    )


def judged_event(judgement: Judgement, settings: JudgeSettings, day: date, time: datetime) -> NewEvent:
    """Give the event of a judgement. One that failed for a passing reason leaves the place of the real one free."""
    verdict = judgement.verdict
    revision = f"{settings.model}/{judgement.prompt_version}"
    if verdict.unscored_reason in PASSING_REASONS:
        revision = f"{revision}/{verdict.unscored_reason}/{judgement.tries}"
    return NewEvent(
        type="response.judged",
        source="upturn",
        native_ids=(judgement.conversation_id, str(judgement.turn_index), judgement.metric),
        revision=revision,
        subject=judgement.conversation_id,
        time=time,
        payload=ResponseJudged(
            conversation_id=judgement.conversation_id,
            turn_index=judgement.turn_index,
            metric=judgement.metric,
            score=verdict.score,
            unscored_reason=verdict.unscored_reason,
            rationale=verdict.rationale,
            model=settings.model,
            prompt_version=judgement.prompt_version,
            inclusion_probability=round(judgement.drawn_probability, 12),
            input_tokens=judgement.input_tokens,
            output_tokens=judgement.output_tokens,
            cost_usd=judgement.cost_usd,
            day=day,
            content_key=judgement.content_key,
            is_reused=judgement.is_reused,
            charged_tokens=judgement.charged.tokens,
            charged_usd=judgement.charged.usd,
            votes=list(verdict.votes) if settings.votes > 1 else None,
            spread=verdict.spread,
        ),
    )


def shares(total: int | None, parts: int) -> list[int | None]:
    """Give a whole number dealt to `parts` as evenly as whole numbers go; the first get the rest.

    >>> shares(11, 3)
    [4, 4, 3]
    """
    if total is None:
        return [None] * parts
    return [total // parts + (index < total % parts) for index in range(parts)]
