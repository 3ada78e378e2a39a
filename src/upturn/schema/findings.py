"""What was computed of them: scores, failures, topics, clusters."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, FLAG, JSON_TEXT, MOMENT, NUMBER, SMALL, TEXT, key, may, must, table

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
    view="working/response_scores",
)

table(
    "judge_samples",
    "One row per response that was drawn for the judge and is part of the sample as it was closed.",
    key("conversation_id", TEXT, "Conversation"),
    key("turn_index", SMALL, "The response"),
    must("day", DAY, "Day whose responses were drawn from"),
    must("drawn_probability", NUMBER, "Probability with which it was drawn, 0..1"),
    must("inclusion_probability", NUMBER, "Probability of being drawn and not cut off by a budget, 0..1"),
    may("stratum", TEXT, "Assistant, channel and band; NULL: drawn at one rate for all"),
)

table(
    "judge_strata",
    "One row per day and stratum of the responses that samples were drawn from, by the day's newest draw.",
    key("day", DAY, "Day whose responses were drawn from"),
    key("stratum", TEXT, "Assistant, channel and band"),
    must("population", COUNT, "Responses that could have been drawn"),
    must("conversation_weight", NUMBER, "Sum over them of 1 / responses of their conversation"),
)

table(
    "judge_calls",
    "One row per judgement ever made, also those that later ones replaced: what was paid, and what is reused.",
    key("judgement_id", TEXT, "Event id"),
    must("conversation_id", TEXT, "Conversation"),
    must("turn_index", SMALL, "The response"),
    must("metric", TEXT, "Metric"),
    must("model", TEXT, "Model that judged"),
    must("prompt_version", TEXT, "Version of rubric and frame"),
    may("content_key", TEXT, "Digest of texts shown, rubrics, model and parameters; NULL: not kept then"),
    may("score", NUMBER, "0 (worst) to 1 (best); NULL: unscored"),
    may("unscored_reason", TEXT, "Why there is no score"),
    may("rationale", TEXT, "The judge's reason in a sentence"),
    may("votes", JSON_TEXT, "Scores of the single votes, 0..1, where there were several"),
    may("spread", NUMBER, "Standard deviation of the votes; NULL with fewer than two"),
    must("is_reused", FLAG, "Whether the verdict was given before on the same texts, and cost nothing"),
    must("drawn_probability", NUMBER, "Probability with which the response was drawn, 0..1"),
    may("cost_usd", NUMBER, "Cost as far as the server said, in US dollars; NULL: it did not say"),
    must("charged_tokens", COUNT, "Tokens that budgets count: the worst case where the server did not say"),
    must("charged_usd", NUMBER, "US dollars that budgets count"),
    must("day", DAY, "Day whose responses were judged"),
    must("paid_at", MOMENT, "When it was recorded, UTC"),
    must("log_version", COUNT, "Log version that brought it"),
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
    must("log_version", COUNT, "conversations.log_version that it was made from"),
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
    may("exposure_halves", JSON_TEXT, "Rules that each half of the users alone would give"),
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
