"""Labels: what annotators were asked, with which probability, and what they said."""

from __future__ import annotations

from datetime import date, datetime

from upturn.domain.payloads.base import Count, Payload, Share

__all__ = ["LabelGiven", "LabelRequested"]


class LabelRequested(Payload):
    """A conversation or a response was drawn for annotators. Native ids: conversation_id, turn_index; revision: π."""

    conversation_id: str
    turn_index: Count | None
    """None: the conversation as a whole."""
    metrics: list[str]
    """What is asked: `success` of a conversation, metrics of a response."""
    stratum: str
    inclusion_probability: Share
    """Of having been drawn by this draw or an earlier one: they use the same permanent random number."""
    seed: int
    random_number: Share
    """The permanent random number, below the probability: asked in the order of number / probability."""
    first_day: date
    last_day: date
    """The days that the draw was over, both inclusive."""
    requested_by: str
    requested_at: datetime


class LabelGiven(Payload):
    """One annotator's word. Native ids: conversation_id, turn_index, metric, annotator; revision: given_at."""

    conversation_id: str
    turn_index: Count | None
    metric: str
    score: Share | None
    unlabelled_reason: str | None
    """Why there is no score, such as `unsure`; None with one."""
    annotator: str
    inclusion_probability: Share
    given_at: datetime
