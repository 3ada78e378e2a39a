"""What sources said: conversations, turns, feedback."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, FLAG, JSON_TEXT, MOMENT, NUMBER, SMALL, TEXT, key, may, must, table

__all__: list[str] = []

table(
    "conversations",
    "One row per conversation: a session of one user with the assistant.",
    key("conversation_id", TEXT, "Id as the source gave it"),
    must("assistant_id", TEXT, "Assistant that answered"),
    may("assistant_version", TEXT, "Version of the assistant, as the source says"),
    may("config_version", TEXT, "Version of prompt, knowledge base or configuration"),
    must("channel", TEXT, "Channel such as web, phone, email; unknown where the source does not say"),
    may("user_key", TEXT, "Keyed digest of the user id; NULL: unknown, the conversation stands for its user"),
    must("origin", TEXT, "production or test"),
    must("is_internal", FLAG, "Whether staff or a bot held it"),
    may("persona", TEXT, "Kind of user, as the log says"),
    may("persona_confidence", NUMBER, "Confidence of an inferred persona, 0..1; 1 where the log says"),
    may("topic_id", TEXT, "Topic: what the user wanted"),
    must("started_at", MOMENT, "Start, UTC"),
    may("ended_at", MOMENT, "End as the source says, else the last turn of a closed conversation; NULL while open"),
    must("last_turn_at", MOMENT, "Time of the newest turn, or the start where there is none, UTC"),
    must("is_open", FLAG, "Whether more may come: no end and no idle timeout yet"),
    must("turn_count", COUNT, "Turns of user, assistant and human agents"),
    may("outcome", TEXT, "resolved, escalated, abandoned or unresolved, as the source says"),
    may("satisfaction", NUMBER, "Mean score of volunteered user feedback, 0..1; NULL: nobody said"),
    must("day", DAY, "Day of the start in the team's time zone"),
    must("week", TEXT, "ISO week of the start in the team's time zone, such as 2026-W47"),
    may("metadata", JSON_TEXT, "Other fields of the source"),
    must("log_version", COUNT, "Newest log version that touched the row"),
)

table(
    "turns",
    "One row per turn, in order; turn_index counts from 0 without gaps.",
    key("conversation_id", TEXT, "Conversation"),
    key("turn_index", SMALL, "Place in the conversation, from 0"),
    must("turn_key", TEXT, "Identity of the turn in its source: message id or digest"),
    must("role", TEXT, "user, assistant, system, tool or agent (a human)"),
    may("content", TEXT, "What was said; NULL or empty: nothing"),
    may("parts", JSON_TEXT, "Typed parts of a multimodal turn"),
    must("occurred_at", MOMENT, "Time, UTC; the conversation's start where the source gives none"),
    may("latency_ms", NUMBER, "Time to this response in milliseconds; NULL: not measured"),
    may("error_type", TEXT, "Error of this turn; NULL: none"),
    may("input_tokens", COUNT, "Tokens read"),
    may("output_tokens", COUNT, "Tokens written"),
    may("tool_calls", JSON_TEXT, "Tools called by this turn: [{id, name, arguments}]"),
    may("tool_call_id", TEXT, "Call that this tool turn answers"),
    may("tool_name", TEXT, "Tool that this tool turn answers for"),
    must("position", COUNT, "Place in the record it came from: breaks ties of time"),
    may("updated_at", MOMENT, "Revision time in the source"),
    must("log_version", COUNT, "Log version that brought the turn"),
)

table(
    "feedback",
    "One row per piece of feedback, newest revision.",
    key("feedback_id", TEXT, "Identity of the feedback"),
    must("conversation_id", TEXT, "Conversation it is about; it may arrive later than its feedback"),
    may("turn_index", SMALL, "Turn it is about; NULL: the whole"),
    may("turn_key", TEXT, "Identity of that turn, where it came in the same record as the feedback"),
    must("kind", TEXT, "rating, thumb, csat, nps, comment or label"),
    may("channel", TEXT, "Where it was given"),
    may("value", TEXT, "Value as given"),
    may("scale", TEXT, "Scale of the value, such as 1-5"),
    may("score", NUMBER, "Value mapped linearly to 0..1; NULL for a bare comment"),
    may("comment", TEXT, "What was written"),
    must("author", TEXT, "user, agent or annotator"),
    may("inclusion_probability", NUMBER, "Probability with which it was asked for; NULL = volunteered"),
    must("received_at", MOMENT, "Time, UTC"),
    may("updated_at", MOMENT, "Revision time in the source"),
    must("log_version", COUNT, "Log version that brought it"),
)

table(
    "releases",
    "One row per marked change of prompt, knowledge base or model.",
    key("release_id", TEXT, "Event id"),
    must("assistant_id", TEXT, "Assistant"),
    may("assistant_version", TEXT, "Version"),
    must("kind", TEXT, "prompt, knowledge_base, model or code"),
    must("released_at", MOMENT, "When, UTC"),
    may("note", TEXT, "What changed"),
)
