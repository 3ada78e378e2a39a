"""How the pipeline itself fared, and the tests of the assistant."""

from __future__ import annotations

from upturn.schema.columns import COUNT, DAY, FLAG, JSON_TEXT, MOMENT, NUMBER, TEXT, key, may, must, table

__all__: list[str] = []

table(
    "warehouse_state",
    "One row: what this file is and how far it has read the log.",
    key("schema_version", TEXT, "Semantic version of the tables"),
    must("log_version", COUNT, "Newest event log version that the tables hold: the watermark"),
    may("as_of", MOMENT, "Instant up to which conversations were judged open or closed, UTC"),
)

table(
    "quarantine",
    "One row per record that was refused.",
    key("quarantine_id", TEXT, "Event id"),
    must("source_name", TEXT, "Source"),
    must("file", TEXT, "File"),
    may("line", COUNT, "Line or array element, from 1; NULL: the file as a whole"),
    must("reason", TEXT, "Why, in one line"),
    must("rule", TEXT, "Parser or expectation that refused it"),
    may("conversation_id", TEXT, "Conversation, where it could be read"),
    may("turn_count", COUNT, "Turns it held, as far as can be seen"),
    may("record", TEXT, "The record, pseudonymised"),
    must("quarantined_at", MOMENT, "When, UTC"),
)

table(
    "validations",
    "One row per batch and expectation.",
    key("validation_id", TEXT, "Batch and expectation"),
    must("batch", TEXT, "Batch: day or ad-hoc ingest, and chunk"),
    must("day", DAY, "Day of the run"),
    must("suite", TEXT, "Suite: conversations, turns, feedback or batch"),
    must("expectation", TEXT, "Expectation and column"),
    must("is_success", FLAG, "Whether it held"),
    must("evaluated_count", COUNT, "Rows looked at"),
    must("unexpected_count", COUNT, "Rows that failed"),
    may("observed", TEXT, "Value seen, for batch expectations"),
)

table(
    "runs",
    "One row per stage and day that changed something.",
    key("run_id", TEXT, "Event id"),
    must("stage", TEXT, "Stage"),
    must("day", DAY, "Day"),
    must("read_count", COUNT, "Units read"),
    must("appended_count", COUNT, "Events appended"),
    must("skipped_count", COUNT, "Events already there; of ingest, records of no conversation"),
    must("quarantined_count", COUNT, "Records refused"),
    must("notes", JSON_TEXT, "Other counts, such as which sources arrived"),
    must("completed_at", MOMENT, "When, UTC"),
)

table(
    "test_runs",
    "One row per run of a test suite.",
    key("run_id", TEXT, "Run"),
    must("started_at", MOMENT, "Start, UTC"),
    may("ended_at", MOMENT, "End, UTC"),
    must("configuration", JSON_TEXT, "Configuration"),
    may("error", TEXT, "Error that ended it"),
)

table(
    "test_results",
    "One row per executed test case.",
    key("execution_id", TEXT, "Execution"),
    must("run_id", TEXT, "Run"),
    must("test_id", TEXT, "Test case"),
    must(
        "type", TEXT, "functional, performance, usability, security, integration, regression, load, conversation_flow"
    ),
    may("persona", TEXT, "Persona"),
    may("channel", TEXT, "Channel"),
    must("result", TEXT, "passed, failed, warning or skipped"),
    may("response", TEXT, "Response"),
    may("execution_ms", NUMBER, "Milliseconds"),
    may("quality_scores", JSON_TEXT, "Score by metric"),
    may("error", TEXT, "Error"),
    may("failure_reasons", JSON_TEXT, "Reasons"),
    may("cluster_id", TEXT, "Cluster it shares its identity with"),
    must("occurred_at", MOMENT, "When, UTC"),
)
