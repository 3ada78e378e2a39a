"""What annotators were asked and said. A label is about one metric, which a row of `feedback` has no place for."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, JSON_TEXT, MOMENT, NUMBER, SMALL, TEXT, key, may, must, table

__all__: list[str] = []

table(
    "label_requests",
    "One row per conversation or response that was drawn for annotators.",
    key("request_id", TEXT, "conversation_id, then # and the turn's index where a response was drawn"),
    must("conversation_id", TEXT, "Conversation"),
    may("turn_index", SMALL, "The response; NULL: the conversation as a whole"),
    must("metrics", JSON_TEXT, "What is asked: success of a conversation, metrics of a response"),
    must("stratum", TEXT, "Why it was drawn as often as it was: disagree, poor, judged, unsure, failed or other"),
    must("inclusion_probability", NUMBER, "Probability of having been drawn by now, 0..1"),
    must("random_number", NUMBER, "Its permanent random number, 0..1: asked in the order of number / probability"),
    must("first_day", DAY, "First day that the draw was over"),
    must("last_day", DAY, "Last day that the draw was over"),
    must("requested_by", TEXT, "Who drew it"),
    must("requested_at", MOMENT, "When, UTC"),
    must("log_version", COUNT, "Log version that brought it"),
)

table(
    "labels",
    "One row per label: an annotator's newest word on one metric of what was drawn.",
    key("label_id", TEXT, "request_id, metric and annotator, with / between"),
    must("request_id", TEXT, "What was asked"),
    must("conversation_id", TEXT, "Conversation"),
    may("turn_index", SMALL, "The response; NULL: the conversation as a whole"),
    must("metric", TEXT, "success, or the metric of a response"),
    may("score", NUMBER, "0 (worst) to 1 (best); NULL: the annotator could not say"),
    may("unlabelled_reason", TEXT, "Why there is no score"),
    must("annotator", TEXT, "Who said so"),
    must("inclusion_probability", NUMBER, "Probability with which it had been drawn when it was labelled, 0..1"),
    must("labelled_at", MOMENT, "When, UTC"),
    must("log_version", COUNT, "Log version that brought it"),
)
