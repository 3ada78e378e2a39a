"""What was computed of them: scores, failures, topics, clusters."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, FLAG, JSON_TEXT, NUMBER, SMALL, TEXT, key, may, must, table

__all__: list[str] = []

table(
    "response_scores",
    "One row per response (assistant turn), metric and scorer.",
    key("conversation_id", TEXT, "Conversation"),
    key("turn_index", SMALL, "The response"),
    key("metric", TEXT, "accuracy, relevance, coherence, completeness, helpfulness, safety or efficiency"),
    key("scorer", TEXT, "rule, judge or human"),
    may("score", NUMBER, "0 (worst) to 1 (best); NULL: unscored"),
    may("unscored_reason", TEXT, "Why there is no score"),
    must("scorer_version", TEXT, "Version of the rule or of model and prompt"),
    must("inclusion_probability", NUMBER, "Probability with which the response was chosen, 0..1; 1 for rules"),
    may("cost_usd", NUMBER, "Cost of this score in US dollars; NULL for rules"),
)

table(
    "failures",
    "One row per closed production conversation.",
    key("conversation_id", TEXT, "Conversation"),
    must("failure_probability", NUMBER, "Probability that it did not serve its user, 0..1"),
    must("is_failure", FLAG, "failure_probability at or above the threshold"),
    may("failed_turn_index", SMALL, "Turn where it went wrong; NULL where is_failure is false"),
    must("signals", JSON_TEXT, "Names of the signals that fired, sorted"),
    must("model_version", TEXT, "Version of the failure model"),
    must("log_version", COUNT, "conversations.log_version that it was made from: older means judge again"),
)

table(
    "failure_signals",
    "One row per conversation and signal that fired.",
    key("conversation_id", TEXT, "Conversation"),
    key("signal", TEXT, "Name of the signal"),
    may("turn_index", SMALL, "First turn at which it fired"),
    must("strength", NUMBER, "0..1"),
)

table(
    "topics",
    "One row per topic of the newest topic model: what users want.",
    key("topic_id", TEXT, "Topic"),
    must("title", TEXT, "Short title from its terms"),
    must("top_terms", JSON_TEXT, "Most telling terms, best first"),
    must("size", COUNT, "Conversations assigned"),
    must("fit_id", TEXT, "Fit that made it"),
    may("fitted_on", DAY, "Day of that fit"),
)

table(
    "clusters",
    "One row per cluster of failures alike, as it stands now.",
    key("cluster_id", TEXT, "Cluster; kept over weeks"),
    must("assistant_id", TEXT, "Assistant whose failures these are"),
    may("theme_id", TEXT, "Theme above the cluster"),
    must("title", TEXT, "Short title from its terms"),
    must("top_terms", JSON_TEXT, "Most telling terms, best first"),
    must("size", COUNT, "Failures in the window"),
    may("stability", NUMBER, "Bootstrap Jaccard, 0..1; NULL: too few members"),
    must("status", TEXT, "new, growing, steady, shrinking, resolved or regressed"),
    must("first_seen", DAY, "Day of the first fit that held it"),
    must("last_seen", DAY, "Day of the newest fit that held it"),
    must("exposure_rule", JSON_TEXT, "What makes a conversation exposed: topic_ids, tool, assistant_version, …"),
    must("signal_shares", JSON_TEXT, "Share of members with each signal, 0..1"),
    must("fit_id", TEXT, "Newest fit that held it"),
)

table(
    "cluster_members",
    "One row per cluster and member of its newest fit.",
    key("cluster_id", TEXT, "Cluster"),
    key("conversation_id", TEXT, "Failed conversation"),
    must("similarity", NUMBER, "Cosine to the cluster's centre, −1..1"),
    must("fit_id", TEXT, "Fit"),
)

table(
    "cluster_lineage",
    "One row per tie between a cluster of one fit and one of the fit before.",
    key("fit_id", TEXT, "Fit of the newer cluster"),
    key("cluster_id", TEXT, "Newer cluster"),
    key("parent_cluster_id", TEXT, "Older cluster"),
    must("kind", TEXT, "kept, split, merged"),
    must("shared", COUNT, "Members in both"),
)

table(
    "exposures",
    "One row per cluster and conversation that its fix would touch, failed or not.",
    key("cluster_id", TEXT, "Cluster"),
    key("conversation_id", TEXT, "Exposed conversation"),
)
