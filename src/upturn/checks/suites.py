"""Every expectation, in order: of several that a record fails, the first one names the reason."""

from __future__ import annotations

from typing import Final

from upturn.checks.expectation import Expectation, between, one_of, present, unique

__all__ = ["BATCH", "ROW_SUITES", "SOURCE"]

_ID: Final = 512
_TEXT: Final = 10_000_000
_HOUR_MS: Final = 3_600_000

CONVERSATIONS: Final[tuple[Expectation, ...]] = (
    between("conversation_id_length", 1, _ID, f"conversation_id: expected 1 to {_ID} characters"),
    present("record_digest_length", "record_digest: expected the digest that the parser makes"),
    present("is_feedback_only", "is_feedback_only: expected true or false"),
    between("assistant_id_length", 1, _ID, f"assistant_id: expected 1 to {_ID} characters"),
    between("assistant_version_length", 1, _ID, f"assistant_version: expected 1 to {_ID} characters or nothing"),
    between("config_version_length", 1, _ID, f"config_version: expected 1 to {_ID} characters or nothing"),
    between("channel_length", 1, _ID, f"channel: expected 1 to {_ID} characters"),
    between("user_key_length", 1, _ID, f"user_key: expected 1 to {_ID} characters or nothing"),
    between("persona_length", 1, _ID, f"persona: expected 1 to {_ID} characters or nothing"),
    one_of("origin", ("production", "test"), "origin: expected production or test"),
    between("started_year", 2000, 2099, "started_at: expected a time, in the years 2000 to 2099"),
    between("hours_start_is_ahead", None, 24, "started_at: expected at most a day after the day that is loaded"),
    between("ended_year", 2000, 2099, "ended_at: expected a year from 2000 to 2099"),
    between("hours_end_is_ahead", None, 24, "ended_at: expected at most a day after the day that is loaded"),
    between("seconds_long", 0, None, "ended_at: expected no time before started_at"),
    one_of(
        "outcome",
        ("resolved", "escalated", "abandoned", "unresolved"),
        "outcome: expected resolved, escalated, abandoned, unresolved or nothing",
    ),
    between("metadata_length", None, _TEXT, f"metadata: expected at most {_TEXT} bytes"),
    between("turn_count", 0, 100_000, "turns: expected at most 100000 in a record"),
    between("turns_missing", 0, 0, "turns: expected as many staged as the record says it holds"),
)

TURNS: Final[tuple[Expectation, ...]] = (
    between("conversation_id_length", 1, _ID, f"turn without its conversation_id: expected 1 to {_ID} characters"),
    between("turn_key_length", 1, _ID, f"turn's message_id: expected 1 to {_ID} characters"),
    present("record_digest_length", "turn's record_digest: expected the digest that the parser makes"),
    present("position", "turn's position: expected a number from 0"),
    between("position", 0, 100_000, "turn's position: expected a number from 0 to 100000"),
    unique(("record", "position"), "turn's position: expected no two turns of a record at one place"),
    present("role", "turn's role: expected one"),
    one_of(
        "role",
        ("user", "assistant", "system", "tool", "agent"),
        "turn's role: expected user, assistant, system, tool or agent",
    ),
    present("occurred_year", "turn's created_at: expected a time"),
    between("occurred_year", 2000, 2099, "turn's created_at: expected a year from 2000 to 2099"),
    between("hours_ahead", None, 24, "turn's created_at: expected at most a day after the day that is loaded"),
    between("latency_ms", 0, 24 * _HOUR_MS, "turn's latency_ms: expected 0 to 24 hours"),
    between("content_length", None, _TEXT, f"turn's content: expected at most {_TEXT} bytes"),
    between("parts_length", None, _TEXT, f"turn's parts: expected at most {_TEXT} bytes"),
    between("tool_calls_length", None, _TEXT, f"turn's tool_calls: expected at most {_TEXT} bytes"),
    between("names_length", None, 4 * _ID, f"turn's error_type, tool_call_id, name: expected at most {4 * _ID} bytes"),
    between("input_tokens", 0, 1_000_000_000, "turn's input_tokens: expected 0 to 1000000000"),
    between("output_tokens", 0, 1_000_000_000, "turn's output_tokens: expected 0 to 1000000000"),
)

FEEDBACK: Final[tuple[Expectation, ...]] = (
    between("conversation_id_length", 1, _ID, f"feedback without its conversation_id: expected 1 to {_ID} characters"),
    between("feedback_key_length", 1, _ID, f"feedback_id: expected 1 to {_ID} characters"),
    present("record_digest_length", "feedback's record_digest: expected the digest that the parser makes"),
    present("kind", "feedback's kind: expected one"),
    one_of(
        "kind",
        ("rating", "thumb", "csat", "nps", "comment"),
        "feedback's kind: expected rating, thumb, csat, nps or comment",
    ),
    present("author", "feedback's author: expected one"),
    one_of("author", ("user", "agent", "annotator"), "feedback's author: expected user, agent or annotator"),
    between("score", 0, 1, "feedback's value: expected one on its scale"),
    between("scores_missing", 0, 0, "feedback's value: expected a scale beside it"),
    between("turn_index", 0, 100_000, "feedback's turn_index: expected a number from 0 to 100000"),
    present("received_year", "feedback's created_at: expected a time"),
    between("received_year", 2000, 2099, "feedback's created_at: expected a year from 2000 to 2099"),
    between("hours_ahead", None, 24, "feedback's created_at: expected at most a day after the day that is loaded"),
    between("comment_length", None, _TEXT, f"feedback's comment: expected at most {_TEXT} bytes"),
)

ROW_SUITES: Final[tuple[tuple[str, tuple[Expectation, ...]], ...]] = (
    ("conversations", CONVERSATIONS),
    ("turns", TURNS),
    ("feedback", FEEDBACK),
)
"""Suites whose failing rows are refused, each over the frame `sql/checks/NAME.sql`."""

BATCH: Final[tuple[Expectation, ...]] = (
    between("conversation_count", 1, None, "no conversation arrived"),
    between("volume_ratio", 0.3, 3.0, "conversations, against the median of the 28 days before"),
    between("rejected_share", 0, 0.01, "share of records that were refused by parser or checks"),
    between("unknown_version_share", 0, 0.05, "share of conversations without an assistant_version"),
    between("unknown_user_share", 0, 0.2, "share of conversations without a user"),
    between("unknown_channel_share", 0, 0.2, "share of conversations without a channel"),
    between("unmeasured_latency_share", 0, 0.2, "share of responses without a latency"),
    between("blank_response_share", 0, 0.05, "share of responses without text, parts or a tool call"),
)
"""Expectations of a batch as a whole, over the one row of `sql/checks/summary.sql`: a failed one is a warning that is
kept and shown, and refuses nothing. Limits are those beyond which somebody should look, not laws."""

SOURCE: Final[tuple[Expectation, ...]] = (
    between(
        "duplicate_excess",
        None,
        0,
        "share of a source's conversation ids that came in several records, above its usual",
    ),
)
"""Expectations of each source of a batch, over its row of `sql/checks/sources.sql`: a failed one is a warning too."""
