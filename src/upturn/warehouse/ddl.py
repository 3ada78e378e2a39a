"""The warehouse's definition: tables and comments from `upturn.schema`, views from `sql/marts/`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Table

__all__ = ["MARTS", "create_schema", "create_views", "schema_sql"]

MARTS: Final[tuple[str, ...]] = (
    "production_conversations",
    "conversation_scores",
    "safety_findings",
    "daily_quality",
    "weekly_quality",
    "judged_responses",
    "judge_means",
    "success_by_channel_persona",
    "success_by_turn",
    "latency",
    "signal_rates",
    "failure_clusters",
    "suggestion_list",
    "prediction_record",
    "prediction_accuracy",
    "labelled_scores",
    "score_bias",
    "judge_quality",
    "score_agreement",
    "corrected_scores",
    "calibration",
    "disagreements",
    "completeness",
    "validation_summary",
    "quarantine_summary",
    "turn_taking",
    "message_sentiment",
    "context_losses",
    "conversation_personas",
    "conversation_behaviour",
    "conversation_measures",
    "behaviour",
    "latency_percentiles",
    "drop_off",
    "journeys",
    "comments_by_theme",
)
"""The views in the order of their creation: one that reads another comes after it."""

MACROS: Final[tuple[str, ...]] = ("behaviour", "given_things")
"""The files of `sql/functions/` that the views call: the published file carries them."""


@cache
def _table_statements() -> tuple[str, ...]:
    """Give one `create` per table of the schema, each followed by its comments; those that are views come last."""
    from upturn.schema import metadata

    tables = sorted(metadata.tables.values(), key=lambda table: "view" in table.info)
    own = (load_sql(f"working/{name}").strip().removesuffix(";") for name in ("scores", "traits"))
    return (*own, *(statement for table in tables for statement in _statements_of(table)))


def _statements_of(table: Table) -> tuple[str, ...]:
    from duckdb_sqlalchemy import Dialect

    dialect = Dialect()
    quote, type_of = dialect.identifier_preparer.quote, dialect.type_compiler_instance.process
    columns = ",\n".join(
        f"    {quote(column.name)} {type_of(column.type).lower()}{'' if column.nullable else ' not null'}"
        for column in table.columns
    )
    kind, view = ("view", table.info["view"]) if "view" in table.info else ("table", None)
    body = f"as\n{load_sql(view).strip()}" if view else f"(\n{columns}\n)"
    return (
        f"create {kind} {quote(table.name)} {body}",
        f"comment on {kind} {quote(table.name)} is {_literal(table.comment)}",
        *(
            f"comment on column {quote(table.name)}.{quote(column.name)} is {_literal(column.comment)}"
            for column in table.columns
        ),
    )


def _literal(text: str | None) -> str:
    return "'" + (text or "").replace("'", "''") + "'"


def _view_statement(name: str) -> str:
    return f"create or replace view {name} as\n{load_sql(f'marts/{name}').strip()}"


def create_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table of `upturn.schema` with its comments, every mart, and the pipeline's own tables.

    The database must be empty. The pipeline's own tables are in the schema `working`: no part of the contract.

    Keys are declared in the schema and tested as laws: DuckDB gets neither keys nor indexes for them.
    """
    connection.execute(";\n".join(_table_statements()))
    connection.execute(load_sql("working/tables"))
    create_views(connection)


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the marts, or replace them by what this version of upturn says they are."""
    for name in MACROS:
        connection.execute(load_sql(f"functions/{name}"))
    for name in MARTS:
        connection.execute(_view_statement(name))


def schema_sql() -> str:
    """Give the text of `warehouse/schema.sql`: a script that makes an empty warehouse in any DuckDB."""
    from upturn.schema import SCHEMA_VERSION

    head = f"-- The warehouse's tables and views, schema version {SCHEMA_VERSION}. Generated: see CONTRIBUTING.md."
    return "\n\n".join((head, *(f"{statement};" for statement in _script()))) + "\n"


def _script() -> tuple[str, ...]:
    """Give the statements of the script: a table and its comments stand together."""
    blocks: list[str] = []
    for statement in _table_statements():
        if statement.startswith("comment on"):
            blocks[-1] += f";\n{statement}"
        else:
            blocks.append(statement)
    macros = (load_sql(f"functions/{name}").strip().removesuffix(";") for name in MACROS)
    return (*blocks, *macros, *(_view_statement(name) for name in MARTS))
