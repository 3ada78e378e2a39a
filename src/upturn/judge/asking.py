"""Asks a judge many questions at once: within its pace, within the budget, again where a failure may pass."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from upturn.judge.port import CallFailedError, Judge, Prompt, Reply
from upturn.judge.pricing import NOTHING, Charge, charge, worst_charge
from upturn.judge.reading import Verdict, Vote, combined, read_reply, without_grades

if TYPE_CHECKING:
    from upturn.judge.budget import Budget
    from upturn.judge.pacing import Pacer
    from upturn.judge_settings import JudgeSettings

__all__ = ["Answered", "Asking", "Question", "backoff_seconds"]

_FIRST_PAUSE: Final = 0.5
_HOPELESS: Final = 10
"""Questions in a row, none of them answered after all their tries, after which the server is left alone."""
_QUEUED: Final = 2
"""Questions handed to the threads for each thread: the next lies ready while answers are being stored."""


@dataclass(frozen=True)
class Question:
    """One response and what it is graded by."""

    key: str
    """Names the question to whoever asked."""
    prompt: Prompt


@dataclass(frozen=True)
class Answered:
    """What came of a question."""

    key: str
    verdicts: dict[str, Verdict]
    """By metric."""
    input_tokens: int | None
    """None: no reply came, or the server did not say."""
    output_tokens: int | None
    charged: Charge
    """What budgets count: what the server said, and the worst case where it did not say."""


@dataclass
class _Bill:
    """What the calls of one question came to."""

    reserved: Charge
    charged: Charge = NOTHING
    input_tokens: list[int] = field(default_factory=list)
    output_tokens: list[int] = field(default_factory=list)


class Asking:
    """One run of questions.

    Parameters
    ----------
    judge : answers one call.
    budget : what may be spent; questions end where the next one's worst case does not fit.
    pacer : when the next call may start.
    sleep : pauses between tries, seconds.
    """

    def __init__(
        self,
        judge: Judge,
        settings: JudgeSettings,
        *,
        budget: Budget,
        pacer: Pacer,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._judge, self._settings, self._budget, self._pacer = judge, settings, budget, pacer
        self._sleep = sleep
        self._given_up = 0
        """Questions given up since the last reply."""
        self._counting = threading.Lock()
        self.stopped_by: str | None = None
        """Why questions were left: `budget`, or the reason for which every further call would fail; None: none were."""

    def ask(self, questions: Iterable[Question]) -> Iterator[Answered]:
        """Give answers as they come. Questions start in their order, and those left are a tail of it.

        A question whose worst case does not fit waits until calls under way are settled; where it does not fit then,
        it and all after it are left, also smaller ones: picking those would favour short conversations.
        """
        running: set[Future[Answered]] = set()
        pool = ThreadPoolExecutor(self._settings.max_concurrency, thread_name_prefix="judge")
        try:
            for question in questions:
                worst = self._worst(question)
                while self.stopped_by is None and not self._budget.reserve(worst):
                    if not running:
                        self.stopped_by = "budget"
                        break
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
                if self.stopped_by is not None:
                    break
                running.add(pool.submit(self._answer, question, worst))
                while len(running) >= _QUEUED * self._settings.max_concurrency:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _worst(self, question: Question) -> Charge:
        return worst_charge(question.prompt, self._settings).times(self._settings.votes)

    def _answer(self, question: Question, worst: Charge) -> Answered:
        """Ask for all votes; what was reserved is settled however this ends."""
        bill = _Bill(worst)
        try:
            votes = [self._vote(question, number, bill) for number in range(self._settings.votes)]
        finally:
            self._budget.settle(bill.reserved, bill.charged)
        return Answered(
            key=question.key,
            verdicts={metric: combined([vote[metric] for vote in votes]) for metric in question.prompt.metrics},
            input_tokens=sum(bill.input_tokens) if bill.input_tokens else None,
            output_tokens=sum(bill.output_tokens) if bill.output_tokens else None,
            charged=bill.charged,
        )

    def _vote(self, question: Question, number: int, bill: _Bill) -> dict[str, Vote]:
        """Call until a reply comes, or until the failure is one that does not pass in time."""
        metrics, worst = question.prompt.metrics, worst_charge(question.prompt, self._settings)
        for attempt in range(self._settings.max_retries + 1):
            if self.stopped_by not in (None, "budget"):
                return without_grades(self.stopped_by or "", metrics)
            sent = self._pacer.wait_for_turn(worst.tokens)
            try:
                reply = self._judge.ask(question.prompt)
            except CallFailedError as failure:
                lost = worst if failure.may_cost else NOTHING
                self._pacer.settle(sent, lost.tokens)
                bill.charged += lost
                if failure.is_for_all:
                    self.stopped_by = failure.reason
                pause = self._pause(failure, attempt, f"{question.key} {number}")
                if pause is None:
                    self._give_up(failure)
                    return without_grades(failure.reason, metrics)
                if lost is not NOTHING and not self._reserved_again(worst, bill):
                    return without_grades("budget", metrics)
                self._sleep(pause)
                continue
            except BaseException:
                self._pacer.settle(sent, worst.tokens)
                raise
            with self._counting:
                self._given_up = 0
            charged = self._charged(reply, worst, bill)
            self._pacer.settle(sent, charged.tokens)
            return read_reply(reply, metrics)
        raise AssertionError("the last attempt gives a pause of None")

    def _pause(self, failure: CallFailedError, attempt: int, name: str) -> float | None:
        """Give the seconds until the next try; None: there is none."""
        if not failure.may_pass or attempt == self._settings.max_retries:
            return None
        pause = backoff_seconds(attempt, name)
        if failure.retry_after is not None:
            pause = max(pause, failure.retry_after)
        if pause > self._settings.longest_wait_seconds:
            return None
        if failure.retry_after is not None:
            self._pacer.pause(failure.retry_after)
        return pause

    def _give_up(self, failure: CallFailedError) -> None:
        """End the run where the next question would fare no better: the server is down, or asked for a long pause."""
        if not failure.may_pass:
            return
        with self._counting:
            self._given_up += 1
            is_hopeless = self._given_up >= _HOPELESS
        is_told_off = failure.retry_after is not None and failure.retry_after > self._settings.longest_wait_seconds
        if is_told_off or is_hopeless:
            self.stopped_by = failure.reason

    def _reserved_again(self, worst: Charge, bill: _Bill) -> bool:
        """Whether another try fits; what was reserved for the one that was lost is used up."""
        if not self._budget.reserve(worst):
            return False
        bill.reserved += worst
        return True

    def _charged(self, reply: Reply, worst: Charge, bill: _Bill) -> Charge:
        if reply.input_tokens is None or reply.output_tokens is None:
            charged = worst
        else:
            charged = charge(reply.input_tokens, reply.output_tokens, self._settings)
            bill.input_tokens.append(reply.input_tokens)
            bill.output_tokens.append(reply.output_tokens)
        bill.charged += charged
        return charged


def backoff_seconds(attempt: int, name: str) -> float:
    """Give the pause after try number `attempt` (from 0): 0.5 s doubled each time, spread by up to half by the name.

    So calls that failed together do not come back together, and the same run pauses the same again.

    >>> 1.0 <= backoff_seconds(1, "c1 0") < 1.5
    True
    """
    digest = hashlib.sha256(f"{name} {attempt}".encode()).digest()
    spread = int.from_bytes(digest[:4], "big") / 2**32
    return float(_FIRST_PAUSE * 2**attempt * (1 + 0.5 * spread))
