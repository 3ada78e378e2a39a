"""What is left to ask about a day's sample, in order: questions, verdicts to reuse, and what it would cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upturn.judge.asking import Question
from upturn.judge.budget import Budget, budget_left
from upturn.judge.pricing import NOTHING, Charge, likely_charge, worst_charge
from upturn.judge.prompting import Judgeable, Limits, content_key, judge_prompt
from upturn.judge.rubrics import Rubric, groups, prompt_version

if TYPE_CHECKING:
    from upturn.judge.budget import Spent
    from upturn.judge.gathering import Tried
    from upturn.judge.reading import Verdict
    from upturn.judge.sampling import Drawn
    from upturn.judge_settings import JudgeSettings

__all__ = ["Estimate", "Item", "Plan", "estimate", "plan_day", "versions", "waiting"]


@dataclass(frozen=True)
class Item:
    """One call's worth of one response: what is graded together, and what is known of it."""

    place: int
    """Of its response in the sample."""
    drawn: Drawn
    group: tuple[Rubric, ...]
    question: Question
    """Its key is the content key: the same content is asked about once."""
    tries: Mapping[str, int]
    """Metric -> judgements that failed before."""


@dataclass(frozen=True)
class Plan:
    """What is left to do about a sample."""

    items: tuple[Item, ...]
    """In the order of asking."""
    is_tried: tuple[bool, ...]
    """For each response of the sample: whether all its groups were answered, or tried, in an earlier run."""
    known: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    """Content key -> metric -> verdict given before."""

    def is_known(self, item: Item) -> bool:
        """Whether every grade of the item was given before on the same content."""
        verdicts = self.known.get(item.question.key, {})
        return all(rubric.metric in verdicts for rubric in item.group)


def versions(settings: JudgeSettings) -> list[str]:
    """Give the prompt versions of all metrics that are judged."""
    return [
        prompt_version(rubric, group)
        for group in groups(settings.metrics, together=settings.together)
        for rubric in group
    ]


def waiting(
    drawn: Sequence[Drawn], tried: Mapping[tuple[str, int], Mapping[str, Tried]], settings: JudgeSettings
) -> list[Drawn]:
    """Give those of which some metric has no final answer."""
    return [
        one
        for one in drawn
        if not all(
            (found := tried.get(_id(one), {}).get(metric)) is not None and found.is_final for metric in settings.metrics
        )
    ]


def plan_day(
    drawn: Sequence[Drawn],
    tried: Mapping[tuple[str, int], Mapping[str, Tried]],
    texts: Mapping[tuple[str, int], Judgeable],
    settings: JudgeSettings,
) -> Plan:
    """Give what is to be asked, in the sample's order. Texts: of every response that waits."""
    limits = Limits(settings.context_turns, settings.context_characters)
    asked = groups(settings.metrics, together=settings.together)
    parameters = json.dumps([settings.model, settings.temperature_used, settings.votes])
    items, is_tried = [], []
    for place, one in enumerate(drawn):
        found = tried.get(_id(one), {})
        is_tried.append(all(metric in found for metric in settings.metrics))
        for group in asked:
            if all((was := found.get(rubric.metric)) is not None and was.is_final for rubric in group):
                continue
            response = texts[_id(one)]
            key = content_key(response, group, limits, parameters)
            question = Question(key, judge_prompt(response, group, limits))
            items.append(Item(place, one, group, question, {metric: was.count for metric, was in found.items()}))
    return Plan(items=tuple(items), is_tried=tuple(is_tried))


def _id(one: Drawn) -> tuple[str, int]:
    return (one.candidate.conversation_id, one.candidate.turn_index)


@dataclass(frozen=True)
class Estimate:
    """What a day's judging would come to."""

    sampled: int
    """Responses in the sample."""
    answered: int
    """Of them: answered before, or known from the same content."""
    calls: int
    likely: Charge
    worst: Charge
    affordable_calls: int
    """Calls that fit the budget at their likely cost, in their order."""
    usd_left: float | None
    """Least that run and month leave, US dollars; None: no limit."""
    tokens_left: float | None


def estimate(plan: Plan, spent: Spent, settings: JudgeSettings) -> Estimate:
    """Give what the plan would cost if nothing fails, without asking anything."""
    tokens, usd = budget_left(settings, spent)
    budget, likely, worst, calls, affordable, is_over = Budget(tokens, usd), NOTHING, NOTHING, 0, 0, False
    seen: set[str] = set()
    for item in plan.items:
        if plan.is_known(item) or item.question.key in seen:
            continue
        seen.add(item.question.key)
        calls += settings.votes
        one = likely_charge(item.question.prompt, settings).times(settings.votes)
        most = worst_charge(item.question.prompt, settings).times(settings.votes)
        likely, worst = likely + one, worst + most
        is_over = is_over or not budget.reserve(most)
        if not is_over:
            budget.settle(most, one)
            affordable += settings.votes
    return Estimate(
        sampled=len(plan.is_tried),
        answered=len(plan.is_tried) - len({item.place for item in plan.items if not plan.is_known(item)}),
        calls=calls,
        likely=likely,
        worst=worst,
        affordable_calls=affordable,
        usd_left=usd,
        tokens_left=tokens,
    )
