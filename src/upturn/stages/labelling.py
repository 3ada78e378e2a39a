"""`label`: draws what annotators are asked, gives what is still open to each, and records what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from upturn.calibration.drawing import Drawn, Target, draw
from upturn.domain.errors import NotFoundError, UpturnError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import LabelGiven, LabelRequested
from upturn.resources import load_sql
from upturn.stages.recording import record

if TYPE_CHECKING:
    import duckdb

    from upturn.stages.stage import StageContext

__all__ = ["METRICS", "SUCCESS", "Answer", "Question", "give", "open_questions", "request", "transcript"]

SUCCESS: Final = "success"
METRICS: Final = ("accuracy", "relevance", "coherence", "completeness", "helpfulness", "safety", "efficiency")
_SEED: Final = 20_261_123
"""Of the permanent random numbers: one for ever, so that draws build on each other."""


@dataclass(frozen=True)
class Question:
    """One metric of one conversation or response that an annotator has not answered."""

    conversation_id: str
    turn_index: int | None
    metric: str
    inclusion_probability: float


@dataclass(frozen=True)
class Answer:
    """What an annotator said to a question."""

    conversation_id: str
    turn_index: int | None
    metric: str
    score: float | None
    """0..1; None: they could not say."""


def request(  # noqa: PLR0913 - who asks what of which days
    context: StageContext,
    *,
    conversations: int,
    responses: int,
    days: int,
    metrics: Sequence[str],
    by: str,
    at: datetime,
) -> int:
    """Draw about so many conversations and responses of the last `days`, record them; how many are new.

    The last day is that of the newest closed production conversation. A second draw of the same days gives nothing
    new; one with higher numbers adds to the first.

    Raises
    ------
    UpturnError
        If a metric is none of `METRICS`.
    NotFoundError
        If there is no closed production conversation.
    """
    unknown = sorted(set(metrics) - set(METRICS))
    if unknown:
        raise UpturnError(f"no metric {unknown[0]!r} to label: expected some of {', '.join(METRICS)}")
    with context.warehouse.connect() as connection:
        context.warehouse.catch_up(context.log)
        row = connection.execute("select max(day) from production_conversations").fetchone()
        if row is None or row[0] is None:
            raise NotFoundError("no closed production conversation to label: run `upturn run` first")
        span = (row[0] - timedelta(days=days - 1), row[0])
        plans = (("conversations", conversations, [SUCCESS]), ("responses", responses, sorted(metrics)))
        events = [
            _requested(one, asked, span, by=by, at=at)
            for name, count, asked in plans
            if count and asked
            for one in draw(_targets(connection, name, span), expected_count=count, seed=_SEED)
            if one.probability > one.target.drawn_before
        ]
        record(context, events)
    return len(events)


def open_questions(context: StageContext, annotator: str) -> list[Question]:
    """Give what `annotator` has not answered, in the order in which it is to be asked."""
    with context.warehouse.connect() as connection:
        context.warehouse.catch_up(context.log)
        rows = connection.execute(load_sql("calibration/open_questions"), {"annotator": annotator}).fetchall()
    return [Question(*row) for row in rows]


def transcript(context: StageContext, conversation_id: str) -> list[tuple[int, str, str | None, str | None]]:
    """Give the turns of a conversation as they are stored (redacted): index, role, content, error."""
    with context.warehouse.connect() as connection:
        parameters = {"conversation_id": conversation_id}
        return connection.execute(load_sql("calibration/transcript"), parameters).fetchall()


def give(context: StageContext, answers: Iterable[Answer], *, annotator: str, at: datetime) -> int:
    """Record what an annotator said; how many words are new. The same word as before is no new one.

    Raises
    ------
    NotFoundError
        If something was answered that was never drawn: a label without a probability can correct nothing.
    """
    with context.warehouse.connect() as connection:
        context.warehouse.catch_up(context.log)
        events = []
        for answer in answers:
            chance = _probability(connection, answer)
            if not _stands(connection, answer, annotator):
                events.append(_given(answer, chance, annotator=annotator, at=at))
        record(context, events)
    return len(events)


def _targets(connection: duckdb.DuckDBPyConnection, name: str, span: tuple[date, date]) -> list[Target]:
    parameters = {"first_day": span[0], "last_day": span[1]}
    return [Target(*row) for row in connection.execute(load_sql(f"calibration/{name}"), parameters).fetchall()]


def _request_id(answer: Answer) -> str:
    return answer.conversation_id if answer.turn_index is None else f"{answer.conversation_id}#{answer.turn_index}"


def _probability(connection: duckdb.DuckDBPyConnection, answer: Answer) -> float:
    name = _request_id(answer)
    row = connection.execute(
        "select inclusion_probability from label_requests where request_id = $1 and list_contains("
        "from_json(metrics, '[\"VARCHAR\"]'), $2)",
        [name, answer.metric],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"{answer.metric} of {name} was never asked for: a label that was not drawn can correct no rate; "
            "`upturn label --export FILE` gives those that were"
        )
    return float(row[0])


def _stands(connection: duckdb.DuckDBPyConnection, answer: Answer, annotator: str) -> bool:
    row: Any = connection.execute(
        "select score from labels where request_id = $1 and metric = $2 and annotator = $3",
        [_request_id(answer), answer.metric, annotator],
    ).fetchone()
    return row is not None and row[0] == answer.score


def _requested(one: Drawn, metrics: list[str], span: tuple[date, date], *, by: str, at: datetime) -> NewEvent:
    target = one.target
    return NewEvent(
        type="label.requested",
        source="label",
        native_ids=(target.conversation_id, "" if target.turn_index is None else str(target.turn_index)),
        revision=f"{one.probability:.9f}",
        subject=target.conversation_id,
        time=at,
        payload=LabelRequested(
            conversation_id=target.conversation_id,
            turn_index=target.turn_index,
            metrics=metrics,
            stratum=target.stratum,
            inclusion_probability=one.probability,
            seed=_SEED,
            random_number=one.random_number,
            first_day=span[0],
            last_day=span[1],
            requested_by=by,
            requested_at=at,
        ),
    )


def _given(answer: Answer, chance: float, *, annotator: str, at: datetime) -> NewEvent:
    place = "" if answer.turn_index is None else str(answer.turn_index)
    return NewEvent(
        type="label.given",
        source="label",
        native_ids=(answer.conversation_id, place, answer.metric, annotator),
        revision=at.isoformat(),
        subject=answer.conversation_id,
        time=at,
        payload=LabelGiven(
            conversation_id=answer.conversation_id,
            turn_index=answer.turn_index,
            metric=answer.metric,
            score=answer.score,
            unlabelled_reason="unsure" if answer.score is None else None,
            annotator=annotator,
            inclusion_probability=chance,
            given_at=at,
        ),
    )
