"""`sql`, `export`, `explain`: look into the published warehouse."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from upturn.cli.output import HomeOption, JsonOption, as_records, clean, show_rows, write_json
from upturn.home import Home
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]


def sql(
    query: Annotated[str, typer.Argument(help="A select over the tables and views; '-' reads it from standard input.")],
    home: HomeOption = DEFAULT_HOME,
    form: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How rows are printed.")] = "table",
    as_json: JsonOption = False,
) -> None:
    """Query the published warehouse, read-only, also while a run is writing."""
    from upturn.warehouse import query as run_query

    result = run_query(Home(home.resolve()).require(), sys.stdin.read() if query == "-" else query)
    if as_json or form == "json":
        write_json(as_records(result.columns, result.rows))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
    else:
        show_rows(result.columns, result.rows)


def export(
    folder: Annotated[Path, typer.Argument(help="Folder for one Parquet file a table.")],
    home: HomeOption = DEFAULT_HOME,
    table: Annotated[list[str] | None, typer.Option("--table", help="Only this one; may be repeated.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Export the published warehouse to Parquet. What leaves the home is out of the reach of erasure."""
    from upturn.warehouse import export_parquet

    written = export_parquet(Home(home.resolve()).require(), folder, tables=table)
    if as_json:
        write_json([str(path) for path in written])
        return
    typer.echo(f"{len(written)} Parquet files are in {folder}")


def explain(
    identifier: Annotated[str, typer.Argument(help="A conversation, cluster or suggestion; a unique prefix will do.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say in one line why a conversation is a failure, a cluster is one, or a suggestion stands where it stands."""
    from upturn.failures.explain import explain as explain_id
    from upturn.warehouse import read_only

    with read_only(Home(home.resolve()).require()) as connection:
        lines = explain_id(connection, identifier)
    if as_json:
        write_json({"id": identifier, "explanation": lines})
        return
    for line in lines:
        typer.echo(clean(line))


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog='Example: upturn sql "select * from suggestion_list limit 5" --format csv')(sql)
    app.command(epilog="Example: upturn export parquet/ --table conversations --table failures")(export)
    app.command(epilog="Example: upturn explain c-2026-11-03-0042")(explain)
