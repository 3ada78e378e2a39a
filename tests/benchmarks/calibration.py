"""Coverage and width of corrected rates: on XSTest's labelled replies, and where feedback is volunteered."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.support.xstest import LabelledReplies, labelled_replies
from upturn.calibration.correction import CorrectedMean, LabelledPopulation, corrected_mean

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "xstest"
LABELS: Final = 100
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Covered:
    """What the intervals of many resamples did."""

    coverage: float
    """Share that held the truth."""
    width: float
    """Mean, 0..1."""
    error: float
    """Mean of estimate − truth."""


def covered(draws: list[CorrectedMean], truth: float) -> Covered:
    """Count how often the truth was inside."""
    inside = [one.low is not None and one.high is not None and one.low <= truth <= one.high for one in draws]
    width = [(one.high or 0.0) - (one.low or 0.0) for one in draws]
    return Covered(
        float(np.mean(inside)), float(np.mean(width)), float(np.mean([one.estimate - truth for one in draws]))
    )


def inclusion(judge: Floats, *, is_unequal: bool) -> Floats:
    """Give each reply's probability of being labelled: alike, or twice as high where the judge saw a refusal."""
    need = np.where(judge < 1, 2.0, 1.0) if is_unequal else np.ones(len(judge))
    return np.minimum(1.0, LABELS * need / need.sum())


def labels_drawn(
    replies: LabelledReplies, places: NDArray[np.int64], cluster: NDArray[np.int64], chance: Floats, seed: list[int]
) -> LabelledPopulation:
    """Give the replies at `places` with a Poisson sample of their labels."""
    is_drawn = np.random.default_rng(seed).random(len(places)) < chance[places]
    return LabelledPopulation(
        score=replies.judge[places],
        label=np.where(is_drawn, replies.people[places], np.nan),
        score_weight=np.ones(len(places)),
        label_weight=1 / chance[places],
        cluster=cluster,
    )


def same_replies(replies: LabelledReplies, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the replies there are, each its own cluster: the truth is about them, only the draw is chance."""
    return np.arange(len(replies.judge)), np.arange(len(replies.judge))


def other_prompts(replies: LabelledReplies, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the replies to prompts drawn with replacement, each drawn prompt a cluster: the truth is about all alike."""
    count = int(replies.prompt.max()) + 1
    drawn = np.random.default_rng([seed, 1]).integers(0, count, count)
    order = np.argsort(replies.prompt, kind="stable")
    starts = np.searchsorted(replies.prompt[order], np.arange(count + 1))
    members = [order[starts[prompt] : starts[prompt + 1]] for prompt in drawn]
    return np.concatenate(members), np.repeat(np.arange(count), [len(one) for one in members])


POPULATIONS: Final[dict[str, Callable[[LabelledReplies, int], tuple[NDArray[np.int64], NDArray[np.int64]]]]] = {
    "these replies": same_replies,
    "replies to prompts like these": other_prompts,
}


def xstest(resamples: int, seed: int = 5) -> dict[str, dict[str, Covered]]:
    """Give coverage and width by population and design, of corrected rates and of the labels alone."""
    replies = labelled_replies(DATA)
    truth = float(replies.people.mean())
    found = {}
    for population, drawn in POPULATIONS.items():
        for design, is_unequal in (("equal", False), ("more where the judge saw a refusal", True)):
            chance = inclusion(replies.judge, is_unequal=is_unequal)
            ours, alone = [], []
            for number in range(resamples):
                places, cluster = drawn(replies, seed * 100_000 + number)
                sample = labels_drawn(replies, places, cluster, chance, [seed, number])
                is_all = drawn is same_replies
                ours += [one for one in (corrected_mean(sample, is_all=is_all),) if one]
                alone += [one for one in (corrected_mean(sample, power=0.0, is_all=is_all),) if one]
            found[f"{population}, {design}"] = {"corrected": covered(ours, truth), "labels": covered(alone, truth)}
    return found


def volunteered(resamples: int, seed: int = 9) -> dict[str, Covered]:
    """Give what feedback does to a rate when the unhappy answer three times as often, and what labels drawn do.

    2,000 conversations, 70 % of them good, a model that is right in 85 %; 5 % of the happy and 15 % of the unhappy
    volunteer; 100 labels are drawn. `naive`: the mean of the volunteered with its interval; `fed`: the volunteered
    taken for labels in the correction; `ours`: the drawn labels.
    """
    size, draws = 2_000, {"naive": [], "fed": [], "ours": []}
    for number in range(resamples):
        generator = np.random.default_rng([seed, number])
        truth = (generator.random(size) < 0.7).astype(float)
        score = np.where(generator.random(size) < 0.85, truth, 1 - truth)
        spoke = generator.random(size) < np.where(truth > 0, 0.05, 0.15)
        asked = generator.random(size) < LABELS / size
        every, one = np.arange(size), np.ones(size)
        heard = LabelledPopulation(score, np.where(spoke, truth, np.nan), one, one, every)
        drawn = LabelledPopulation(score, np.where(asked, truth, np.nan), one, one * size / LABELS, every)
        for name, population, power in (("naive", heard, 0.0), ("fed", heard, None), ("ours", drawn, None)):
            draws[name] += [found for found in (corrected_mean(population, power=power),) if found]
    return {name: covered(found, 0.7) for name, found in draws.items()}


def main(resamples: int) -> None:
    """Print what both found, as JSON."""
    replies = labelled_replies(DATA)
    print(
        json.dumps(
            {
                "replies": len(replies.people),
                "agreement": float((replies.people == replies.judge).mean()),
                "people": float(replies.people.mean()),
                "judge": float(replies.judge.mean()),
                "resamples": resamples,
                "xstest": {name: {by: vars(one) for by, one in row.items()} for name, row in xstest(resamples).items()},
                "volunteered": {name: vars(one) for name, one in volunteered(3 * resamples).items()},
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
