"""Which events make which table: one select of `sql/projections/` each, folded into the rows that are there."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

__all__ = ["FACTS", "RESULTS", "Projection", "run_sql"]

DECISIONS: Final = tuple(
    f"suggestion.{decision}"
    for decision in ("accepted", "rejected", "deferred", "assigned", "noted", "shipped", "reopened", "expired")
)

_DRAWN_DAYS: Final = "(select distinct cast(data ->> '$.day' as date) as day from events where type = 'sample.drawn')"
"""A day's newest draw takes the place of the one before, also where it holds nothing."""


@dataclass(frozen=True)
class Projection:
    """How the new events of some types change one table.

    The select `sql/projections/NAME.sql` over the view `events` gives the new rows. Rows of `table` with the same
    `key` go, unless they are newer by `newest_by` (NULL is older than any). So a fold is an associative maximum:
    the tables don't depend on how the events were cut into batches.
    """

    name: str
    table: str
    types: tuple[str, ...]
    key: tuple[str, ...] = ()
    """Columns whose old rows go; empty: rows are only added."""
    newest_by: str | None = None
    replaced: str | None = None
    """Relation that says by `key` which old rows go; None: the new rows."""
    is_whole: bool = False
    """Whether the select gives the whole table."""

    def concerns(self, types: Collection[str]) -> bool:
        """Whether events of these types can change the table."""
        return any(kind in types for kind in self.types)

    def apply(self, connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, object]) -> None:
        """Fold the new rows into the table; they stay at hand as the temporary table `incoming_NAME`."""
        incoming = f"incoming_{self.name}"
        run_sql(connection, f"projections/{self.name}", parameters, into=incoming)
        if self.newest_by:
            connection.execute(
                f"delete from {incoming} using {self.table} as held where {_equal(self.key, 'held', incoming)} and "
                f"(held.{self.newest_by} > {incoming}.{self.newest_by} "
                f"or (held.{self.newest_by} is not null and {incoming}.{self.newest_by} is null))"
            )
        if self.is_whole:
            connection.execute(f"delete from {self.table}")
        elif self.key:
            scope = self.replaced or incoming
            connection.execute(
                f"delete from {self.table} using {scope} as scope where {_equal(self.key, 'scope', self.table)}"
            )
        connection.execute(f"insert into {self.table} by name from {incoming}")


def _equal(key: tuple[str, ...], left: str, right: str) -> str:
    return " and ".join(f"{left}.{column} = {right}.{column}" for column in key)


def run_sql(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parameters: Mapping[str, object],
    *,
    into: str,
    is_new: bool = True,
) -> None:
    """Run the select `sql/NAME.sql` into the new temporary table `into`, or into a table that exists.

    It is given those of `parameters` that it names.
    """
    sql = load_sql(name)
    named: dict[str, Any] = {key: parameters[key] for key in set(re.findall(r"\$([a-z_]+)", sql))}
    head = f"create or replace temp table {into} as" if is_new else f"insert into {into} by name"
    connection.execute(f"{head}\n{sql}", named or None)


FACTS: Final[tuple[Projection, ...]] = (
    Projection("conversation_starts", "working.conversation_starts", ("conversation.started",)),
    Projection("conversation_ends", "working.conversation_ends", ("conversation.ended",)),
    Projection("feedback", "feedback", ("feedback.received",), key=("feedback_id",), newest_by="updated_at"),
    Projection(
        "topic_assignments",
        "working.topic_assignments",
        ("topic_model.fitted",),
        key=("conversation_id",),
        newest_by="fitted_on",
    ),
)
"""What conversations are made of, beside turns. These run before `conversations`."""

RESULTS: Final[tuple[Projection, ...]] = (
    Projection("topics", "topics", ("topic_model.fitted",), is_whole=True),
    Projection("clusters", "clusters", ("cluster.fitted",), key=("cluster_id",), newest_by="last_seen"),
    Projection(
        "cluster_members", "cluster_members", ("cluster.fitted",), key=("cluster_id",), replaced="incoming_clusters"
    ),
    Projection(
        "cluster_lineage",
        "cluster_lineage",
        ("cluster.fitted",),
        key=("fit_id", "cluster_id", "parent_cluster_id"),
    ),
    Projection("judge_samples", "judge_samples", ("sample.drawn",), key=("day",), replaced=_DRAWN_DAYS),
    Projection("judge_strata", "judge_strata", ("sample.drawn",), key=("day",), replaced=_DRAWN_DAYS),
    Projection("judge_calls", "judge_calls", ("response.judged",)),
    Projection(
        "judged_scores",
        "working.given_scores",
        ("response.judged", "sample.drawn"),
        key=("conversation_id", "turn_index", "metric", "scorer"),
    ),
    Projection(
        "label_requests", "label_requests", ("label.requested",), key=("request_id",), newest_by="inclusion_probability"
    ),
    Projection("labels", "labels", ("label.given",), key=("label_id",), newest_by="labelled_at"),
    Projection("label_feedback", "feedback", ("label.given",), key=("feedback_id",), newest_by="updated_at"),
    Projection("decisions", "decisions", DECISIONS),
    Projection("suggestions", "suggestions", ("suggestion.proposed", *DECISIONS), key=("suggestion_id",)),
    Projection("weekly_rankings", "weekly_rankings", ("list.published",)),
    Projection("effects", "effects", ("effect.measured",)),
    Projection(
        "version_differences",
        "version_differences",
        ("version.compared",),
        key=("assistant_id", "dimension", "version"),
        newest_by="compared_on",
    ),
    Projection("alerts", "alerts", ("alert.raised",)),
    Projection("releases", "releases", ("release.marked",)),
    Projection("quarantine", "quarantine", ("record.quarantined",)),
    Projection("runs", "runs", ("stage.completed",)),
    Projection("validations", "validations", ("batch.validated",), key=("batch",)),
)
"""The other tables, those that are read by others first: decisions before suggestions, clusters before members.
Judgements before the scores that are made of them."""
