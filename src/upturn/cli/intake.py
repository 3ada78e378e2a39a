"""`ingest`, `run`, `rebuild`, `schema`: from files to a published warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from upturn.cli.output import HomeOption, JsonOption, progress_bar, show_counts, write_json
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands", "day_named"]


def day_named(text: str) -> date:
    """Give the day that an option names, or say that it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; expected a form like 2026-11-23") from error


def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, globs, - for standard input, s3:// gs:// abfs:// addresses, or a database's "
            "address (env:NAME takes it from the environment).",
            metavar="PATH...",
        ),
    ],
    home: HomeOption = DEFAULT_HOME,
    log_format: Annotated[str | None, typer.Option("--format", help="Force a format; default: by content.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file in place of a format: see docs/guide/map-your-logs.md.")
    ] = None,
    source: Annotated[str, typer.Option(help="Name of the source, part of every event's identity.")] = "ingest",
    table: Annotated[str | None, typer.Option(help="Of a database: the table to read.")] = None,
    query: Annotated[str | None, typer.Option(help="Of a database: the select to read.")] = None,
    watermark: Annotated[
        str | None, typer.Option(help="Of a database: column that only grows; the next time begins where this ends.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Of a database: where the watermark begins; also :since in the query.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first records beside what they become; write nothing.")
    ] = False,
    records: Annotated[int, typer.Option(min=1, max=100, help="Records of each file that a dry run shows.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Take log files into the event log now: parse, validate, append. The same file twice adds nothing."""
    from upturn.stages.given import Given
    from upturn.wiring import open_context, take_in

    given = Given(tuple(paths), source, table=table, query=query, watermark=watermark, since=since)
    if dry_run:
        from upturn.cli.preview import show_preview
        from upturn.wiring import preview_records

        shown = preview_records(home, given, log_format=log_format, mapping=mapping, count=records)
        show_preview(shown, as_json=as_json)
        return
    with progress_bar(is_wanted=not as_json) as progress:
        counts = take_in(open_context(home, progress=progress), given, log_format=log_format, mapping=mapping)
    show_counts({name: count.as_dict() for name, count in counts.items()}, as_json=as_json)


def run(
    home: HomeOption = DEFAULT_HOME,
    day: Annotated[str | None, typer.Option(help="Run this day again, such as 2026-11-22.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Last day to run; default: yesterday, the last day that is over.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring everything up to date: days over and not run, days whose files changed, what was ingested by hand."""
    from upturn.stages.pending import pending_days
    from upturn.wiring import open_context, run_stages

    with progress_bar(is_wanted=not as_json) as progress:
        context = open_context(home, progress=progress)
        if day and day_named(day) > context.clock().astimezone(ZoneInfo(context.settings.timezone)).date():
            raise typer.BadParameter(f"--day: {day} has not been yet; a day that is run moves the whole home on")
        days = [day_named(day)] if day else pending_days(context, until=day_named(until) if until else None)
        counts = {one.isoformat(): run_stages(context, one) for one in days}
    if as_json:
        write_json({one: {name: c.as_dict() for name, c in stages.items()} for one, stages in counts.items()})
        return
    if not counts:
        typer.echo(
            "nothing to do: every day that is over has been run with the files it has, and nothing new is in the log"
        )
        return
    last = max(counts)
    show_counts({name: count.as_dict() for name, count in counts[last].items()}, as_json=False)
    typer.echo(f"{len(counts)} day(s) run, the last is {last}; next: upturn report --home {home}")


def rebuild(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Make the warehouse anew from the event log, and publish it."""
    from upturn.stages.rebuild import rebuild as rebuild_all
    from upturn.wiring import open_context

    with progress_bar(is_wanted=not as_json) as progress:
        counts = rebuild_all(open_context(home, progress=progress))
    show_counts({"rebuild": counts.as_dict()}, as_json=as_json)


def schema(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:  # noqa: ARG001  every command has both
    """Print the JSON Schema of the canonical `upturn` format."""
    from upturn.formats.canonical import json_schema

    write_json(json_schema())


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn ingest logs/2026-11-*.jsonl.gz --format openai_chat")(ingest)
    app.command(epilog="Example: upturn run --day 2026-11-22")(run)
    app.command(epilog="Example: upturn rebuild")(rebuild)
    app.command(epilog="Example: upturn schema > upturn-format.schema.json")(schema)
