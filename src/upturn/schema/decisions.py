"""What to do, what was decided, what it brought."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, FLAG, JSON_TEXT, MOMENT, NUMBER, SMALL, TEXT, key, may, must, table

__all__: list[str] = []

table(
    "suggestions",
    "One row per suggestion as it stands now.",
    key("suggestion_id", TEXT, "Suggestion"),
    must("category", TEXT, "knowledge, intent, performance, safety, escalation, tools, …"),
    must("rule", TEXT, "Rule that proposed it"),
    must("title", TEXT, "One line"),
    must("description", TEXT, "What is wrong and why it is believed, in words"),
    must("priority", TEXT, "high, medium or low"),
    may("severity", TEXT, "critical, high, medium or low for safety; NULL elsewhere"),
    may("impact_estimate", NUMBER, "Predicted effect in points of the success rate, −1..1; NULL: no reach seen"),
    may("impact_low", NUMBER, "Lower end of its 90 % interval"),
    may("impact_high", NUMBER, "Upper end of its 90 % interval"),
    may("impact_reason", TEXT, "Why there is no impact; NULL where there is one"),
    may("opportunity", NUMBER, "reach × gap in points of the success rate, −1..1"),
    may("opportunity_low", NUMBER, "Lower end of its 90 % interval"),
    may("opportunity_high", NUMBER, "Upper end of its 90 % interval"),
    may("reach", NUMBER, "Share of the window's conversations that are exposed, 0..1"),
    may("gap", NUMBER, "Success among comparable unexposed minus among exposed, −1..1"),
    must("implementation_effort", TEXT, "low, medium or high"),
    must("evidence", JSON_TEXT, "[{conversation_id, turn_index, why}]: cited, quoted only when rendered"),
    must("recommended_actions", JSON_TEXT, "Concrete actions, most important first"),
    must("metrics_to_track", JSON_TEXT, "[{metric, target}]"),
    may("proposed_change", JSON_TEXT, "Change to a file, where it is one"),
    may("cluster_id", TEXT, "Cluster it would fix"),
    must("status", TEXT, "pending, accepted, rejected, deferred, shipped or expired"),
    may("assignee", TEXT, "Who has it"),
    must("proposed_at", MOMENT, "First proposal, UTC"),
    must("expires_at", MOMENT, "When it expires unless decided, UTC"),
    must("explanation", TEXT, "One line: why it is here"),
    must("assumptions", TEXT, "One line: what the figures assume"),
    may("overlap", NUMBER, "Share of the exposed that have comparable unexposed conversations, 0..1"),
    may("prior_share", NUMBER, "Share of the impact interval's width that is prior belief, 0..1"),
    may("exposure", JSON_TEXT, "Which conversations the fix would touch: cluster_ids, dimension, value"),
    may("revised_on", DAY, "Day of the newest figures"),
)

table(
    "weekly_rankings",
    "One row per published week and suggestion, as it was shown.",
    key("week", TEXT, "ISO week such as 2026-W47"),
    key("suggestion_id", TEXT, "Suggestion"),
    must("rank", SMALL, "From 1"),
    may("impact_estimate", NUMBER, "As shown"),
    may("impact_low", NUMBER, "As shown"),
    may("impact_high", NUMBER, "As shown"),
)

table(
    "decisions",
    "One row per decision on a suggestion.",
    key("decision_id", TEXT, "Event id"),
    must("suggestion_id", TEXT, "Suggestion"),
    must("decision", TEXT, "accepted, rejected, deferred, assigned, noted, shipped, reopened or expired"),
    must("actor", TEXT, "Who"),
    may("reason", TEXT, "Why"),
    must("decided_at", MOMENT, "When, UTC"),
    may("assignee", TEXT, "Who is to do it, where the decision names somebody"),
    may("assistant_version", TEXT, "Version shipped"),
    may("prediction", JSON_TEXT, "Frozen prediction of an acceptance"),
    may("log_version", COUNT, "Log version that brought it: of two decisions the greater one stands"),
)

table(
    "effects",
    "One row per measurement of a shipped suggestion.",
    key("effect_id", TEXT, "Event id"),
    must("suggestion_id", TEXT, "Suggestion"),
    must("metric", TEXT, "What was measured"),
    may("effect", NUMBER, "Difference in differences on the exposed, −1..1; NULL: too little data or not measurable"),
    may("effect_low", NUMBER, "Lower end of its 90 % interval"),
    may("effect_high", NUMBER, "Upper end of its 90 % interval"),
    may("predicted", NUMBER, "Frozen prediction"),
    must("method", TEXT, "How"),
    must(
        "verdict", TEXT, "improved, worsened, no measurable effect, too little data, not measurable (method says why)"
    ),
    must("measured_at", MOMENT, "End of the measured span, UTC"),
    must("before_count", COUNT, "Exposed conversations before"),
    must("after_count", COUNT, "Exposed conversations after"),
)

table(
    "alerts",
    "One row per alert: a limit of `[[thresholds.alerts]]` crossed, or a metric that got worse with a version.",
    key("alert_id", TEXT, "Event id"),
    must("metric", TEXT, "Metric"),
    may("segment", TEXT, "Value of the segment, such as a channel; NULL: all conversations"),
    must("value", NUMBER, "Value seen, in the metric's unit"),
    must("threshold", NUMBER, "Limit; of a regression the value of the version before"),
    must("raised_at", MOMENT, "Start of the window's newest conversation, UTC"),
    may(
        "name",
        TEXT,
        "Name of the limit, or regression; NULL, as the columns up to kind: an alert of before limits had names",
    ),
    may("statistic", TEXT, "What value is: mean, p50, p95 or p99"),
    may("direction", TEXT, "above or below: the side of the limit it is on"),
    may("segment_kind", TEXT, "all, assistant, version, channel, persona or topic"),
    may("mean", NUMBER, "Mean over the window's conversations"),
    may("low", NUMBER, "Lower end of the mean's 90 % interval; NULL: fewer than two users"),
    may("high", NUMBER, "Upper end of the mean's 90 % interval; NULL: fewer than two users"),
    may("conversation_count", COUNT, "Conversations in the window of which the metric says something"),
    may("last_day", DAY, "Last day of the window"),
    may("window_days", COUNT, "Days of the window"),
    must("kind", TEXT, "limit or regression; the columns from here on are NULL for a limit"),
    may("version_before", TEXT, "Version that the segment's version is compared with"),
    may("difference", NUMBER, "New version minus the one before"),
    may("difference_low", NUMBER, "Lower end of its confidence sequence; NULL: not bounded"),
    may("difference_high", NUMBER, "Upper end of its confidence sequence; NULL: not bounded"),
    may("method", TEXT, "What is compared: `version_differences.method`"),
)

table(
    "version_differences",
    "One row per new version, metric and method: what changed since the version before, as of its newest comparison.",
    key("assistant_id", TEXT, "Assistant"),
    key("dimension", TEXT, "assistant_version or config_version"),
    key("version", TEXT, "The new version"),
    must("version_before", TEXT, "The version that came before it"),
    must("first_day", DAY, "First day of the new version"),
    must("compared_on", DAY, "Last day that the comparison holds"),
    must("level", NUMBER, "Probability with which all intervals of a version hold together, at every look, 0..1"),
    key("metric", TEXT, "Metric of `behaviour`, response_p95_ms, or a quality metric as scored by rules"),
    key("method", TEXT, "same days: on the days both ran, within days; or before and after, unadjusted"),
    may("difference", NUMBER, "New minus before, in the metric's unit; NULL: too little data"),
    may("low", NUMBER, "Lower end of its confidence sequence; NULL: not bounded"),
    may("high", NUMBER, "Upper end of its confidence sequence; NULL: not bounded"),
    may("value", NUMBER, "Mean (or percentile) of the new version on the compared days"),
    may("value_before", NUMBER, "That of the version before; their difference differs where days are weighted"),
    must("n", COUNT, "Observations of the new version: conversations, for response_p95_ms responses"),
    must("n_before", COUNT, "Observations of the version before"),
    must("verdict", TEXT, "worse, better, no difference shown or too little data"),
    must("is_flagged", FLAG, "Worse by the method that decides: an alert was raised"),
)
