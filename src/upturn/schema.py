"""The warehouse's tables as SQLAlchemy Core metadata: the one contract of types, keys and descriptions.

`warehouse/schema.sql`, `docs/reference/schema.md` and the reflection tests are made from it. Keys are declared
here and tested as laws; DuckDB gets no index for them, since an index on text costs more than the whole load.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

__all__ = ["SCHEMA_VERSION", "metadata"]

SCHEMA_VERSION: Final = "1.0.0"
"""Semantic version of the tables: major = a column went or changed its meaning, minor = a column came."""

metadata = MetaData()

_TEXT, _JSON, _DAY = Text(), JSON(), Date()
_COUNT, _SMALL, _FLAG = BigInteger(), Integer(), Boolean()
_NUMBER: TypeEngine[Any] = Double()
_MOMENT = DateTime(timezone=True)


def _key(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False, nullable=False, comment=comment)


def _must(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, kind, nullable=False, comment=comment)


def _may(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    return Column(name, kind, nullable=True, comment=comment)


def _table(name: str, comment: str, *columns: Column[Any]) -> Table:
    return Table(name, metadata, *columns, comment=comment)


_table(
    "warehouse_state",
    "One row: what this file is and how far it has read the log.",
    _key("schema_version", _TEXT, "Semantic version of the tables"),
    _must("log_version", _COUNT, "Newest event log version that the tables hold: the watermark"),
    _may("as_of", _MOMENT, "Instant up to which conversations were judged open or closed, UTC"),
)
_table(
    "conversations",
    "One row per conversation: a session of one user with the assistant.",
    _key("conversation_id", _TEXT, "Id as the source gave it"),
    _must("assistant_id", _TEXT, "Assistant that answered"),
    _may("assistant_version", _TEXT, "Version of the assistant, as the source says"),
    _may("config_version", _TEXT, "Version of prompt, knowledge base or configuration"),
    _must("channel", _TEXT, "Channel such as web, phone, email; unknown where the source does not say"),
    _may("user_key", _TEXT, "Keyed digest of the user id; NULL: unknown, the conversation stands for its user"),
    _must("origin", _TEXT, "production or test"),
    _must("is_internal", _FLAG, "Whether staff or a bot held it"),
    _may("persona", _TEXT, "Kind of user, as the log says"),
    _may("persona_confidence", _NUMBER, "Confidence of an inferred persona, 0..1; 1 where the log says"),
    _may("topic_id", _TEXT, "Topic: what the user wanted"),
    _must("started_at", _MOMENT, "Start, UTC"),
    _may("ended_at", _MOMENT, "End as the source says, else the last turn of a closed conversation; NULL while open"),
    _must("last_turn_at", _MOMENT, "Time of the newest turn, or the start where there is none, UTC"),
    _must("is_open", _FLAG, "Whether more may come: no end and no idle timeout yet"),
    _must("turn_count", _COUNT, "Turns of user, assistant and human agents"),
    _may("outcome", _TEXT, "resolved, escalated, abandoned or unresolved, as the source says"),
    _may("satisfaction", _NUMBER, "Mean score of volunteered user feedback, 0..1; NULL: nobody said"),
    _must("day", _DAY, "Day of the start in the team's time zone"),
    _must("week", _TEXT, "ISO week of the start in the team's time zone, such as 2026-W47"),
    _may("metadata", _JSON, "Other fields of the source"),
    _must("log_version", _COUNT, "Newest log version that touched the row"),
)
_table(
    "turns",
    "One row per turn, in order; turn_index counts from 0 without gaps.",
    _key("conversation_id", _TEXT, "Conversation"),
    _key("turn_index", _SMALL, "Place in the conversation, from 0"),
    _must("turn_key", _TEXT, "Identity of the turn in its source: message id or digest"),
    _must("role", _TEXT, "user, assistant, system, tool or agent (a human)"),
    _may("content", _TEXT, "What was said; NULL or empty: nothing"),
    _may("parts", _JSON, "Typed parts of a multimodal turn"),
    _must("occurred_at", _MOMENT, "Time, UTC; the conversation's start where the source gives none"),
    _may("latency_ms", _NUMBER, "Time to this response in milliseconds; NULL: not measured"),
    _may("error_type", _TEXT, "Error of this turn; NULL: none"),
    _may("input_tokens", _COUNT, "Tokens read"),
    _may("output_tokens", _COUNT, "Tokens written"),
    _may("tool_calls", _JSON, "Tools called by this turn: [{id, name, arguments}]"),
    _may("tool_call_id", _TEXT, "Call that this tool turn answers"),
    _may("tool_name", _TEXT, "Tool that this tool turn answers for"),
    _must("position", _COUNT, "Place in the record it came from: breaks ties of time"),
    _may("updated_at", _MOMENT, "Revision time in the source"),
    _must("log_version", _COUNT, "Log version that brought the turn"),
)
_table(
    "feedback",
    "One row per piece of feedback, newest revision.",
    _key("feedback_id", _TEXT, "Identity of the feedback"),
    _must("conversation_id", _TEXT, "Conversation it is about; it may arrive later than its feedback"),
    _may("turn_index", _SMALL, "Turn it is about; NULL: the whole"),
    _must("kind", _TEXT, "rating, thumb, csat, nps, comment or label"),
    _may("channel", _TEXT, "Where it was given"),
    _may("value", _TEXT, "Value as given"),
    _may("scale", _TEXT, "Scale of the value, such as 1-5"),
    _may("score", _NUMBER, "Value mapped linearly to 0..1; NULL for a bare comment"),
    _may("comment", _TEXT, "What was written"),
    _must("author", _TEXT, "user, agent or annotator"),
    _may("inclusion_probability", _NUMBER, "Probability with which it was asked for; NULL = volunteered"),
    _must("received_at", _MOMENT, "Time, UTC"),
    _may("updated_at", _MOMENT, "Revision time in the source"),
    _must("log_version", _COUNT, "Log version that brought it"),
)
_table(
    "response_scores",
    "One row per response (assistant turn), metric and scorer.",
    _key("conversation_id", _TEXT, "Conversation"),
    _key("turn_index", _SMALL, "The response"),
    _key("metric", _TEXT, "accuracy, relevance, coherence, completeness, helpfulness, safety or efficiency"),
    _key("scorer", _TEXT, "rule, judge or human"),
    _may("score", _NUMBER, "0 (worst) to 1 (best); NULL: unscored"),
    _may("unscored_reason", _TEXT, "Why there is no score"),
    _must("scorer_version", _TEXT, "Version of the rule or of model and prompt"),
    _must("inclusion_probability", _NUMBER, "Probability with which the response was chosen, 0..1; 1 for rules"),
    _may("cost_usd", _NUMBER, "Cost of this score in US dollars; NULL for rules"),
)
_table(
    "failures",
    "One row per closed production conversation.",
    _key("conversation_id", _TEXT, "Conversation"),
    _must("failure_probability", _NUMBER, "Probability that it did not serve its user, 0..1"),
    _must("is_failure", _FLAG, "failure_probability at or above the threshold"),
    _may("failed_turn_index", _SMALL, "Turn where it went wrong; NULL where is_failure is false"),
    _must("signals", _JSON, "Names of the signals that fired, sorted"),
    _must("model_version", _TEXT, "Version of the failure model"),
    _must("log_version", _COUNT, "conversations.log_version that it was made from: older means judge again"),
)
_table(
    "failure_signals",
    "One row per conversation and signal that fired.",
    _key("conversation_id", _TEXT, "Conversation"),
    _key("signal", _TEXT, "Name of the signal"),
    _may("turn_index", _SMALL, "First turn at which it fired"),
    _must("strength", _NUMBER, "0..1"),
)
_table(
    "topics",
    "One row per topic of the newest topic model: what users want.",
    _key("topic_id", _TEXT, "Topic"),
    _must("title", _TEXT, "Short title from its terms"),
    _must("top_terms", _JSON, "Most telling terms, best first"),
    _must("size", _COUNT, "Conversations assigned"),
    _must("fit_id", _TEXT, "Fit that made it"),
    _may("fitted_on", _DAY, "Day of that fit"),
)
_table(
    "clusters",
    "One row per cluster of failures alike, as it stands now.",
    _key("cluster_id", _TEXT, "Cluster; kept over weeks"),
    _must("assistant_id", _TEXT, "Assistant whose failures these are"),
    _may("theme_id", _TEXT, "Theme above the cluster"),
    _must("title", _TEXT, "Short title from its terms"),
    _must("top_terms", _JSON, "Most telling terms, best first"),
    _must("size", _COUNT, "Failures in the window"),
    _may("stability", _NUMBER, "Bootstrap Jaccard, 0..1; NULL: too few members"),
    _must("status", _TEXT, "new, growing, steady, shrinking, resolved or regressed"),
    _must("first_seen", _DAY, "Day of the first fit that held it"),
    _must("last_seen", _DAY, "Day of the newest fit that held it"),
    _must("exposure_rule", _JSON, "What makes a conversation exposed: topic_ids, tool, assistant_version, …"),
    _must("signal_shares", _JSON, "Share of members with each signal, 0..1"),
    _must("fit_id", _TEXT, "Newest fit that held it"),
)
_table(
    "cluster_members",
    "One row per cluster and member of its newest fit.",
    _key("cluster_id", _TEXT, "Cluster"),
    _key("conversation_id", _TEXT, "Failed conversation"),
    _must("similarity", _NUMBER, "Cosine to the cluster's centre, −1..1"),
    _must("fit_id", _TEXT, "Fit"),
)
_table(
    "cluster_lineage",
    "One row per tie between a cluster of one fit and one of the fit before.",
    _key("fit_id", _TEXT, "Fit of the newer cluster"),
    _key("cluster_id", _TEXT, "Newer cluster"),
    _key("parent_cluster_id", _TEXT, "Older cluster"),
    _must("kind", _TEXT, "kept, split, merged"),
    _must("shared", _COUNT, "Members in both"),
)
_table(
    "exposures",
    "One row per cluster and conversation that its fix would touch, failed or not.",
    _key("cluster_id", _TEXT, "Cluster"),
    _key("conversation_id", _TEXT, "Exposed conversation"),
)
_table(
    "suggestions",
    "One row per suggestion as it stands now.",
    _key("suggestion_id", _TEXT, "Suggestion"),
    _must("category", _TEXT, "knowledge, intent, performance, safety, escalation, tools, …"),
    _must("rule", _TEXT, "Rule that proposed it"),
    _must("title", _TEXT, "One line"),
    _must("description", _TEXT, "What is wrong and why it is believed, in words"),
    _must("priority", _TEXT, "high, medium or low"),
    _may("severity", _TEXT, "critical, high, medium or low for safety; NULL elsewhere"),
    _may("impact_estimate", _NUMBER, "Predicted effect in points of the success rate, −1..1; NULL: no reach seen"),
    _may("impact_low", _NUMBER, "Lower end of its 90 % interval"),
    _may("impact_high", _NUMBER, "Upper end of its 90 % interval"),
    _may("impact_reason", _TEXT, "Why there is no impact; NULL where there is one"),
    _may("opportunity", _NUMBER, "reach × gap in points of the success rate, −1..1"),
    _may("opportunity_low", _NUMBER, "Lower end of its 90 % interval"),
    _may("opportunity_high", _NUMBER, "Upper end of its 90 % interval"),
    _may("reach", _NUMBER, "Share of the window's conversations that are exposed, 0..1"),
    _may("gap", _NUMBER, "Success among comparable unexposed minus among exposed, −1..1"),
    _must("implementation_effort", _TEXT, "low, medium or high"),
    _must("evidence", _JSON, "[{conversation_id, turn_index, why}]: cited, quoted only when rendered"),
    _must("recommended_actions", _JSON, "Concrete actions, most important first"),
    _must("metrics_to_track", _JSON, "[{metric, target}]"),
    _may("proposed_change", _JSON, "Change to a file, where it is one"),
    _may("cluster_id", _TEXT, "Cluster it would fix"),
    _must("status", _TEXT, "pending, accepted, rejected, deferred, shipped or expired"),
    _may("assignee", _TEXT, "Who has it"),
    _must("proposed_at", _MOMENT, "First proposal, UTC"),
    _must("expires_at", _MOMENT, "When it expires unless decided, UTC"),
    _must("explanation", _TEXT, "One line: why it is here"),
    _must("assumptions", _TEXT, "One line: what the figures assume"),
    _may("overlap", _NUMBER, "Share of the exposed that have comparable unexposed conversations, 0..1"),
    _may("prior_share", _NUMBER, "Share of the impact interval's width that is prior belief, 0..1"),
    _may("exposure", _JSON, "Which conversations the fix would touch: cluster_ids, dimension, value"),
    _may("revised_on", _DAY, "Day of the newest figures"),
)
_table(
    "weekly_rankings",
    "One row per published week and suggestion, as it was shown.",
    _key("week", _TEXT, "ISO week such as 2026-W47"),
    _key("suggestion_id", _TEXT, "Suggestion"),
    _must("rank", _SMALL, "From 1"),
    _may("impact_estimate", _NUMBER, "As shown"),
    _may("impact_low", _NUMBER, "As shown"),
    _may("impact_high", _NUMBER, "As shown"),
)
_table(
    "decisions",
    "One row per decision on a suggestion.",
    _key("decision_id", _TEXT, "Event id"),
    _must("suggestion_id", _TEXT, "Suggestion"),
    _must("decision", _TEXT, "accepted, rejected, deferred, assigned, noted, shipped, reopened or expired"),
    _must("actor", _TEXT, "Who"),
    _may("reason", _TEXT, "Why"),
    _must("decided_at", _MOMENT, "When, UTC"),
    _may("assignee", _TEXT, "Who is to do it, where the decision names somebody"),
    _may("assistant_version", _TEXT, "Version shipped"),
    _may("prediction", _JSON, "Frozen prediction of an acceptance"),
    _may("log_version", _COUNT, "Log version that brought it: of two decisions the greater one stands"),
)
_table(
    "effects",
    "One row per measurement of a shipped suggestion.",
    _key("effect_id", _TEXT, "Event id"),
    _must("suggestion_id", _TEXT, "Suggestion"),
    _must("metric", _TEXT, "What was measured"),
    _may("effect", _NUMBER, "Difference in differences on the exposed, −1..1; NULL: too little data"),
    _may("effect_low", _NUMBER, "Lower end of its 90 % interval"),
    _may("effect_high", _NUMBER, "Upper end of its 90 % interval"),
    _may("predicted", _NUMBER, "Frozen prediction"),
    _must("method", _TEXT, "How"),
    _must("verdict", _TEXT, "improved, worsened, no measurable effect, too little data"),
    _must("measured_at", _MOMENT, "End of the measured span, UTC"),
    _must("before_count", _COUNT, "Exposed conversations before"),
    _must("after_count", _COUNT, "Exposed conversations after"),
)
_table(
    "alerts",
    "One row per alert.",
    _key("alert_id", _TEXT, "Event id"),
    _must("metric", _TEXT, "Metric"),
    _may("segment", _TEXT, "Segment"),
    _must("value", _NUMBER, "Value seen"),
    _must("threshold", _NUMBER, "Limit"),
    _must("raised_at", _MOMENT, "When, UTC"),
)
_table(
    "releases",
    "One row per marked change of prompt, knowledge base or model.",
    _key("release_id", _TEXT, "Event id"),
    _must("assistant_id", _TEXT, "Assistant"),
    _may("assistant_version", _TEXT, "Version"),
    _must("kind", _TEXT, "prompt, knowledge_base, model or code"),
    _must("released_at", _MOMENT, "When, UTC"),
    _may("note", _TEXT, "What changed"),
)
_table(
    "quarantine",
    "One row per record that was refused.",
    _key("quarantine_id", _TEXT, "Event id"),
    _must("source_name", _TEXT, "Source"),
    _must("file", _TEXT, "File"),
    _may("line", _COUNT, "Line or array element, from 1; NULL: the file as a whole"),
    _must("reason", _TEXT, "Why, in one line"),
    _must("rule", _TEXT, "Parser or expectation that refused it"),
    _may("conversation_id", _TEXT, "Conversation, where it could be read"),
    _may("turn_count", _COUNT, "Turns it held, as far as can be seen"),
    _may("record", _TEXT, "The record, pseudonymised"),
    _must("quarantined_at", _MOMENT, "When, UTC"),
)
_table(
    "validations",
    "One row per batch and expectation.",
    _key("validation_id", _TEXT, "Batch and expectation"),
    _must("batch", _TEXT, "Batch: day or ad-hoc ingest, and chunk"),
    _must("day", _DAY, "Day of the run"),
    _must("suite", _TEXT, "Suite: conversations, turns, feedback or batch"),
    _must("expectation", _TEXT, "Expectation and column"),
    _must("is_success", _FLAG, "Whether it held"),
    _must("evaluated_count", _COUNT, "Rows looked at"),
    _must("unexpected_count", _COUNT, "Rows that failed"),
    _may("observed", _TEXT, "Value seen, for batch expectations"),
)
_table(
    "runs",
    "One row per stage and day that changed something.",
    _key("run_id", _TEXT, "Event id"),
    _must("stage", _TEXT, "Stage"),
    _must("day", _DAY, "Day"),
    _must("read_count", _COUNT, "Units read"),
    _must("appended_count", _COUNT, "Events appended"),
    _must("skipped_count", _COUNT, "Events already there"),
    _must("quarantined_count", _COUNT, "Records refused"),
    _must("notes", _JSON, "Other counts, such as which sources arrived"),
    _must("completed_at", _MOMENT, "When, UTC"),
)
_table(
    "test_runs",
    "One row per run of a test suite.",
    _key("run_id", _TEXT, "Run"),
    _must("started_at", _MOMENT, "Start, UTC"),
    _may("ended_at", _MOMENT, "End, UTC"),
    _must("configuration", _JSON, "Configuration"),
    _may("error", _TEXT, "Error that ended it"),
)
_table(
    "test_results",
    "One row per executed test case.",
    _key("execution_id", _TEXT, "Execution"),
    _must("run_id", _TEXT, "Run"),
    _must("test_id", _TEXT, "Test case"),
    _must(
        "type", _TEXT, "functional, performance, usability, security, integration, regression, load, conversation_flow"
    ),
    _may("persona", _TEXT, "Persona"),
    _may("channel", _TEXT, "Channel"),
    _must("result", _TEXT, "passed, failed, warning or skipped"),
    _may("response", _TEXT, "Response"),
    _may("execution_ms", _NUMBER, "Milliseconds"),
    _may("quality_scores", _JSON, "Score by metric"),
    _may("error", _TEXT, "Error"),
    _may("failure_reasons", _JSON, "Reasons"),
    _may("cluster_id", _TEXT, "Cluster it shares its identity with"),
    _must("occurred_at", _MOMENT, "When, UTC"),
)
