"""`review`, `ship`, `effects`: decisions on suggestions, and what they brought."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from upturn.cli.output import HomeOption, JsonOption, as_records, show_rows, write_json
from upturn.schedule import DEFAULT_HOME

if TYPE_CHECKING:
    from upturn.domain.events import NewEvent
    from upturn.report.suggestion_page import SuggestionPage

__all__ = ["add_commands"]

_DECISIONS: Final = {
    "accept": "accepted",
    "reject": "rejected",
    "defer": "deferred",
    "reopen": "reopened",
    "assign": "assigned",
    "note": "noted",
}
_EFFECTS: Final = """
    select left(suggestion_id, 8) as id, metric, effect, effect_low, effect_high, predicted, verdict, measured_at
    from effects
    order by measured_at, suggestion_id, metric
"""

ActorOption = Annotated[str | None, typer.Option("--by", help="Who decides; default: the user of this machine.")]


def review(
    action: Annotated[
        Literal["list", "show", "accept", "reject", "defer", "reopen", "assign", "note"],
        typer.Argument(help="What to do with a suggestion."),
    ] = "list",
    suggestion_id: Annotated[str | None, typer.Argument(help="The suggestion; a unique prefix will do.")] = None,
    home: HomeOption = DEFAULT_HOME,
    reason: Annotated[str | None, typer.Option(help="Why; a rejection and a note need it.")] = None,
    to: Annotated[str | None, typer.Option(help="Who is to do it: for `assign`.")] = None,
    seen: Annotated[
        int | None, typer.Option(help="Revision you decide on, as `show` says; refused if somebody decided since.")
    ] = None,
    by: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the suggestions that wait, show one with its evidence, or decide on it. Accepting freezes its prediction."""
    from upturn.stages.review import decide, look_at, pending
    from upturn.wiring import open_context

    context = open_context(home)
    if action == "list":
        _show(pending(context), as_json=as_json)
        return
    if suggestion_id is None:
        raise typer.BadParameter(f"which one? upturn review {action} ID; the ids are in `upturn review list`")
    if action == "show":
        _show_one(look_at(context, suggestion_id), as_json=as_json)
        return
    if action in ("reject", "note") and not (reason or "").strip():
        raise typer.BadParameter(f'say it in words: upturn review {action} {suggestion_id} --reason "…"')
    if action == "assign" and not (to or "").strip():
        raise typer.BadParameter(f"to whom? upturn review assign {suggestion_id} --to NAME")
    decision: Any = _DECISIONS[action]
    actor = by or getpass.getuser()
    event = decide(
        context, suggestion_id, decision, actor=actor, reason=reason, assignee=to, at=datetime.now(UTC), seen=seen
    )
    context.warehouse.publish()
    _confirm(event, decision, as_json=as_json)


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
    context = open_context(home)
    event = record_ship(context, suggestion_id, version=version, actor=by or getpass.getuser(), at=when)
    context.warehouse.publish()
    _confirm(event, f"shipped with version {version}", as_json=as_json)


def effects(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Show what shipped suggestions did, beside what was predicted."""
    from upturn.home import Home
    from upturn.warehouse import query

    result = query(Home(home.resolve()).require(), _EFFECTS)
    if as_json:
        write_json(as_records(result.columns, result.rows))
    elif result.rows:
        show_rows(result.columns, result.rows, title="effects")
    else:
        typer.echo("no effect measured yet: a shipped suggestion is looked at weekly, from the week after it went live")


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        write_json(rows)
        return
    columns = ["", "id", "title", "priority", "points", "low", "high", "effort", "expires"]
    show_rows(columns, [_line(place, row) for place, row in enumerate(rows, 1)], title="waiting for a decision")


def _show_one(page: SuggestionPage, *, as_json: bool) -> None:
    """Print a suggestion's page; through a pager where somebody looks and it is longer than the screen."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.markdown import Markdown

    from upturn.report.suggestion_page import suggestion_markdown

    if as_json:
        write_json({**asdict(page), "revision": page.revision})
        return
    console = Console()
    body = Markdown(suggestion_markdown(page))
    length = len(console.render_lines(body))
    if console.is_terminal and length > console.height:
        with console.pager(styles=True):
            console.print(body)
    else:
        console.print(body)
    console.print(f"revision {page.revision} of {page.suggestion.suggestion_id}", style="dim", highlight=False)


def _line(place: int, row: dict[str, Any]) -> list[Any]:
    """Give a suggestion as one row: its place, a prefix that other commands take, impact in points."""
    figures = (row["impact_estimate"], row["impact_low"], row["impact_high"])
    points = [None if figure is None else round(100 * figure, 1) for figure in figures]
    weight = row["severity"] or row["priority"]
    return [
        place,
        row["suggestion_id"][:8],
        row["title"],
        weight,
        *points,
        row["implementation_effort"],
        row["expires_at"],
    ]


def _confirm(event: NewEvent, done: str, *, as_json: bool) -> None:
    if as_json:
        write_json({"done": done, "suggestion_id": event.subject, "event_id": event.id})
        return
    typer.echo(f"{done}: {event.subject}")


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(
        epilog='Example: upturn review show 3f2a; upturn review reject 3f2a --reason "policy, not a bug"; '
        "upturn review assign 3f2a --to dana"
    )(review)
    app.command(epilog="Example: upturn ship 3f2a --version 2.4.0 --at 2026-11-20")(ship)
    app.command(epilog="Example: upturn effects --json")(effects)
