"""`release`: marks of changes that were made to an assistant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from upturn.cli.output import HomeOption, JsonOption, show_rows, write_json
from upturn.schedule import DEFAULT_HOME

if TYPE_CHECKING:
    from upturn.domain.payloads import ReleaseMarked

__all__ = ["add_commands"]


def release(
    action: Annotated[Literal["mark", "list"], typer.Argument(help="Mark a release, or list those marked.")] = "mark",
    home: HomeOption = DEFAULT_HOME,
    assistant: Annotated[str | None, typer.Option(help="Which assistant changed.")] = None,
    kind: Annotated[
        Literal["prompt", "knowledge_base", "model", "code"] | None, typer.Option(help="What of it changed.")
    ] = None,
    version: Annotated[str | None, typer.Option("--version", help="Version that went live.")] = None,
    at: Annotated[str | None, typer.Option(help="When, ISO 8601; without an offset it is UTC.")] = None,
    note: Annotated[str | None, typer.Option(help="What changed, for the weekly report.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Many at once: CSV or JSON lines with assistant, kind, at and perhaps version and note."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Mark that prompt, knowledge base, model or code of an assistant changed. The same release twice is one."""
    from upturn.stages.releases import known_releases, mark_releases
    from upturn.wiring import open_context

    given = {"assistant": assistant, "kind": kind, "version": version, "at": at, "note": note}
    if action == "list":
        if file is not None or any(value is not None for value in given.values()):
            raise typer.BadParameter("`upturn release list` takes no release")
        rows = known_releases(open_context(home))
        if as_json:
            write_json(rows)
        else:
            columns = ["assistant_id", "kind", "assistant_version", "released_at", "note"]
            show_rows(columns, [[row[column] for column in columns] for row in rows], title="releases")
        return
    releases = _given(given, file)
    context = open_context(home)
    done = mark_releases(context, releases)
    context.warehouse.publish()
    if as_json:
        write_json({"marked": done.marked, "known": done.known})
        return
    typer.echo(f"{done.marked} release(s) marked, {done.known} known before")


def _given(given: dict[str, str | None], file: Path | None) -> list[ReleaseMarked]:
    """Give the releases of the file, or the one that the options name."""
    from upturn.formats.release_file import read_releases
    from upturn.formats.release_file import release as one_release

    if file is not None:
        if any(value is not None for value in given.values()):
            raise typer.BadParameter("give --file, or a release by its options, not both")
        return read_releases(file)
    missing = [f"--{name}" for name in ("assistant", "kind", "at") if not given[name]]
    if missing:
        raise typer.BadParameter(f"{', '.join(missing)} missing: a release needs --assistant, --kind and --at")
    try:
        return [one_release(given)]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def add_commands(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog="Example: upturn release --assistant shop --kind prompt --version 2.4.0 --at 2026-11-20T14:00:00Z"
        "\n\nExample: upturn release --file releases.csv"
        "\n\nExample: upturn release list --json"
    )(release)
