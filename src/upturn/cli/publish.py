"""`report`: the weekly report."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from upturn.cli.output import HomeOption, JsonOption
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]


def report(
    home: HomeOption = DEFAULT_HOME,
    week: Annotated[str | None, typer.Option(help="ISO week such as 2026-W47; default: of the last day run.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the week's report (HTML, Markdown, JSON) and freeze its list. A published week keeps its list."""
    from upturn.stages.pending import last_week
    from upturn.stages.report import report as write_report
    from upturn.wiring import open_context

    context = open_context(home)
    week = week or last_week(context)
    counts = write_report(context, week)
    if as_json:
        sys.stdout.write((context.home.reports / f"{week}.json").read_text(encoding="utf-8"))
        return
    from rich.console import Console

    from upturn.report.terminal import suggestions_table

    with context.warehouse.connect() as connection:
        Console().print(suggestions_table(connection, week=week, timezone=context.settings.timezone, limit=5))
    typer.echo(f"week {week}: {context.home.reports / week}.html, .md and .json; {counts.appended} event(s) appended")


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn report --week 2026-W47")(report)
