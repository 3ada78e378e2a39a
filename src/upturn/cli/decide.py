"""`review`, `ship`, `effects`: decisions on suggestions, and what they brought."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from upturn.cli.output import HomeOption, JsonOption, show_rows, write_json
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]

ActorOption = Annotated[str | None, typer.Option("--by", help="Who decides; default: the user of this machine.")]


def review(
    action: Annotated[
        Literal["list", "accept", "reject", "defer"], typer.Argument(help="What to do with a suggestion.")
    ] = "list",
    suggestion_id: Annotated[str | None, typer.Argument(help="The suggestion; a unique prefix will do.")] = None,
    home: HomeOption = DEFAULT_HOME,
    reason: Annotated[str | None, typer.Option(help="Why; a rejection needs it.")] = None,
    by: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the suggestions that wait for a decision, or decide on one. Accepting freezes its prediction."""
    from upturn.stages.review import decide, pending
    from upturn.wiring import open_context

    context = open_context(home)
    if action == "list":
        _show(pending(context), as_json=as_json)
        return
    if suggestion_id is None:
        raise typer.BadParameter(f"which one? upturn review {action} ID; the ids are in `upturn review list`")
    decision: Any = {"accept": "accepted", "reject": "rejected", "defer": "deferred"}[action]
    event = decide(context, suggestion_id, decision, actor=by or getpass.getuser(), reason=reason, at=datetime.now(UTC))
    _confirm(event, f"{decision}: {suggestion_id}", as_json=as_json)


def ship(
    suggestion_id: Annotated[str, typer.Argument(help="An accepted suggestion; a unique prefix will do.")],
    version: Annotated[str, typer.Option("--version", help="Assistant version that carries the fix.")],
    home: HomeOption = DEFAULT_HOME,
    at: Annotated[datetime | None, typer.Option(help="When it went live, UTC; default: now.")] = None,
    by: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that an accepted suggestion went live: its effect is measured from then on."""
    from upturn.stages.review import ship as record_ship
    from upturn.wiring import open_context

    when = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    event = record_ship(open_context(home), suggestion_id, version=version, actor=by or getpass.getuser(), at=when)
    _confirm(event, f"shipped with version {version}: {suggestion_id}", as_json=as_json)


def effects(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Show what shipped suggestions did, beside what was predicted."""
    from upturn.home import Home
    from upturn.warehouse import query

    result = query(Home(home.resolve()).require(), "select * from effects order by measured_at, suggestion_id, metric")
    if as_json:
        write_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        return
    show_rows(result.columns, result.rows, title="effects")


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        write_json(rows)
        return
    columns = list(rows[0]) if rows else []
    show_rows(columns, [list(row.values()) for row in rows], title="waiting for a decision")


def _confirm(event: object, text: str, *, as_json: bool) -> None:
    if as_json:
        write_json({"done": text, "event": str(event)})
        return
    typer.echo(text)


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog='Example: upturn review reject 3f2a --reason "policy, not a bug"')(review)
    app.command(epilog="Example: upturn ship 3f2a --version 2.4.0 --at 2026-11-20")(ship)
    app.command(epilog="Example: upturn effects --json")(effects)
