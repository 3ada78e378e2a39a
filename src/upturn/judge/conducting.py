"""Carries out a day's plan: asks each content once, reuses what is known, and keeps track of where it stopped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upturn.judge.asking import Answered, Asking, Question
from upturn.judge.daily import Judgement, shares
from upturn.judge.pricing import NOTHING, Charge, charge
from upturn.judge.reading import Verdict
from upturn.judge.rubrics import prompt_version
from upturn.judge.sampling import cutoff

if TYPE_CHECKING:
    from upturn.judge.planning import Item, Plan
    from upturn.judge.sampling import Drawn
    from upturn.judge_settings import JudgeSettings

__all__ = ["Conducting"]


class Conducting:
    """One run over a plan. Items are passed in their order; the first one that can't be afforded ends it."""

    def __init__(self, plan: Plan, drawn: tuple[Drawn, ...], asking: Asking, settings: JudgeSettings) -> None:
        self._plan, self._drawn, self._asking, self._settings = plan, drawn, asking, settings
        self._items: dict[str, list[Item]] = defaultdict(list)
        """By content: the item that was asked about, then those that share its answer."""
        self._answers: dict[str, Answered] = {}
        self._ready: list[Judgement] = []
        self._passed: list[Item] = []

    def judgements(self) -> Iterator[Judgement]:
        """Give the judgements as answers come, then those left unscored that an earlier run went beyond."""
        for answer in self._asking.ask(self._questions()):
            self._answers[answer.key] = answer
            for number, item in enumerate(self._items[answer.key]):
                yield from self._of_answer(item, answer, is_first=number == 0)
            yield from self._taken()
        yield from self._taken()
        yield from self._left_behind()

    @property
    def cutoff(self) -> float:
        """The rank below which the sample is judged; 1: all of it is. Known when the judgements are at their end."""
        return cutoff(self._drawn, self._is_asked())

    def _is_asked(self) -> list[bool]:
        whole = [True] * len(self._drawn)
        passed = {(item.place, item.group) for item in self._passed}
        for item in self._plan.items:
            whole[item.place] &= (item.place, item.group) in passed
        return [done or was for done, was in zip(whole, self._plan.is_tried, strict=True)]

    def _questions(self) -> Iterator[Question]:
        """Pass item after item. `Asking` comes back once it took one: the one that it stops at is not passed."""
        for item in self._plan.items:
            key = item.question.key
            if self._plan.is_known(item):
                self._ready.extend(self._of_known(item))
            elif key in self._answers:
                self._ready.extend(self._of_answer(item, self._answers[key], is_first=False))
            elif key in self._items:
                self._items[key].append(item)
            else:
                self._items[key].append(item)
                yield item.question
            self._passed.append(item)

    def _taken(self) -> Iterator[Judgement]:
        ready, self._ready = self._ready, []
        yield from ready

    def _of_answer(self, item: Item, answer: Answered, *, is_first: bool) -> Iterator[Judgement]:
        """Give an item's judgements: the first one of its content bears the cost, dealt to the metrics."""
        parts = len(item.group)
        read = shares(answer.input_tokens if is_first else None, parts)
        written = shares(answer.output_tokens if is_first else None, parts)
        charged = self._dealt(answer.charged, parts) if is_first else [NOTHING] * parts
        for number, rubric in enumerate(item.group):
            tokens = (read[number], written[number])
            cost = None if tokens[0] is None or tokens[1] is None else charge(tokens[0], tokens[1], self._settings).usd
            yield Judgement(
                conversation_id=item.drawn.candidate.conversation_id,
                turn_index=item.drawn.candidate.turn_index,
                metric=rubric.metric,
                prompt_version=prompt_version(rubric, item.group),
                drawn_probability=item.drawn.probability,
                verdict=answer.verdicts[rubric.metric],
                content_key=item.question.key,
                charged=charged[number],
                cost_usd=cost if is_first else 0.0,
                input_tokens=read[number],
                output_tokens=written[number],
                is_reused=not is_first,
                tries=item.tries.get(rubric.metric, 0),
            )

    def _dealt(self, charged: Charge, parts: int) -> list[Charge]:
        """Deal a charge to `parts`; the first bears what does not divide, so that the parts sum up to it."""
        tokens = [number or 0 for number in shares(charged.tokens, parts)]
        each = round(charged.usd / parts, 9)
        return [
            Charge(tokens[number], each if number else round(charged.usd - each * (parts - 1), 9))
            for number in range(parts)
        ]

    def _of_known(self, item: Item) -> Iterator[Judgement]:
        for rubric in item.group:
            yield self._free(item, rubric.metric, self._plan.known[item.question.key][rubric.metric], is_reused=True)

    def _left_behind(self) -> Iterator[Judgement]:
        """Give those before the cut that this run could not ask about: part of the sample, and unscored."""
        cut, asked = self.cutoff, self._is_asked()
        reason = self._asking.stopped_by or "budget"
        for item in self._plan.items:
            if item.drawn.rank < cut and not asked[item.place]:
                for rubric in item.group:
                    verdict = Verdict(None, reason, None, (), None)
                    yield self._free(item, rubric.metric, verdict, is_reused=False)

    def _free(self, item: Item, metric: str, verdict: Verdict, *, is_reused: bool) -> Judgement:
        rubric = next(one for one in item.group if one.metric == metric)
        return Judgement(
            conversation_id=item.drawn.candidate.conversation_id,
            turn_index=item.drawn.candidate.turn_index,
            metric=metric,
            prompt_version=prompt_version(rubric, item.group),
            drawn_probability=item.drawn.probability,
            verdict=verdict,
            content_key=item.question.key,
            charged=NOTHING,
            cost_usd=0.0,
            is_reused=is_reused,
            tries=item.tries.get(metric, 0),
        )
