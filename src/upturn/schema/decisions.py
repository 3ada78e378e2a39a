"""What to do, what was decided, what it brought."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, JSON_TEXT, MOMENT, NUMBER, SMALL, TEXT, key, may, must, table

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
    may("effect", NUMBER, "Difference in differences on the exposed, −1..1; NULL: too little data"),
    may("effect_low", NUMBER, "Lower end of its 90 % interval"),
    may("effect_high", NUMBER, "Upper end of its 90 % interval"),
    may("predicted", NUMBER, "Frozen prediction"),
    must("method", TEXT, "How"),
    must("verdict", TEXT, "improved, worsened, no measurable effect, too little data"),
    must("measured_at", MOMENT, "End of the measured span, UTC"),
    must("before_count", COUNT, "Exposed conversations before"),
    must("after_count", COUNT, "Exposed conversations after"),
)

table(
    "alerts",
    "One row per alert.",
    key("alert_id", TEXT, "Event id"),
    must("metric", TEXT, "Metric"),
    may("segment", TEXT, "Segment"),
    must("value", NUMBER, "Value seen"),
    must("threshold", NUMBER, "Limit"),
    must("raised_at", MOMENT, "When, UTC"),
)
