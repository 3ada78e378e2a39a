"""`erase`: a person, or a conversation, goes for good."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from upturn.cli.output import HomeOption, JsonOption, progress_bar, show_rows, write_json
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]


def erase(
    home: HomeOption = DEFAULT_HOME,
    user: Annotated[str | None, typer.Option(help="The user's id, as the source knows it.")] = None,
    conversation: Annotated[
        list[str] | None, typer.Option(help="A conversation's id; may be given more than once.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go; write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase all that a person said and all that was made of it. It can't be undone."""
    from upturn.stages.erase import Subject, preview
    from upturn.stages.erase import erase as erase_subject
    from upturn.wiring import open_context

    subject = Subject(user_id=user or None, conversation_ids=tuple(conversation or ()))
    if not subject.user_id and not subject.conversation_ids:
        raise typer.BadParameter("whom? upturn erase --user ID, or --conversation ID")
    with progress_bar(is_wanted=not as_json) as progress:
        context = open_context(home, progress=progress)
        if dry_run:
            _show(preview(context, subject), as_json=as_json, title="would be removed")
            return
        if not yes:
            _ask(preview(context, subject), as_json=as_json)
        counts = erase_subject(context, subject)
    _show(counts, as_json=as_json, title="removed")


def _ask(counts: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise typer.BadParameter("nobody is there to ask: add --yes, or --dry-run to see what would go")
    _show(counts, as_json=False, title="would be removed")
    if not typer.confirm("Remove it for good?"):
        raise typer.Abort


def _show(counts: Mapping[str, Any], *, as_json: bool, title: str) -> None:
    if as_json:
        write_json(counts)
        return
    rows: list[list[Any]] = [["conversations", counts["conversations"]]]
    rows += [[f"{kind} events", count] for kind, count in counts["removed"].items()]
    rows += [[f"{kind} events, rewritten", count] for kind, count in counts["rewritten"].items()]
    rows += [["citations", counts["citations_removed"]]]
    rows += [[f"cleaned: {name.replace('_', ' ')}", count] for name, count in counts.get("cleaned", {}).items()]
    show_rows([title, "count"], rows)
    if not counts["removed"] and not counts["rewritten"]:
        stays = "; what is asked for stays asked, and a later ingest leaves it out" if title == "removed" else ""
        typer.echo(f"nothing is known of it here: check that the id is written as in the source{stays}")


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn erase --user 4711 --dry-run")(erase)
