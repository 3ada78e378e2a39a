"""How the commands speak: tables on a terminal, JSON when asked, progress only where somebody looks."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from upturn.stages.stage import Progress

__all__ = [
    "HomeOption",
    "JsonOption",
    "as_records",
    "clean",
    "progress_bar",
    "say_error",
    "show_counts",
    "show_rows",
    "write_json",
]

HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="UPTURN_HOME", help="The folder that holds log and warehouse.", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def clean(text: object) -> str:
    """Give a text that a terminal shows and does not obey: control and bidi characters become visible or go.

    >>> clean("a" + chr(27) + "[31mb")
    'a�[31mb'
    """
    bidi = {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F}
    return "".join(
        " " if character in "\n\t" else "�" if ord(character) < 32 or 127 <= ord(character) < 160 else character
        for character in str(text)
        if ord(character) not in bidi
    )


def write_json(value: object) -> None:
    """Print one JSON document to standard output; a number that is none (NaN, infinite) is null."""
    sys.stdout.write(json.dumps(_finite(value), ensure_ascii=False, indent=2, default=str, allow_nan=False) + "\n")


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(name): _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case _:
            return value


def as_records(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Give rows as objects; of columns with one name the later ones get a number.

    >>> as_records(["a", "a"], [[1, 2]])
    [{'a': 1, 'a_2': 2}]
    """
    names: list[str] = []
    for column in columns:
        count = sum(name == column or name.startswith(f"{column}_") for name in names) if column in names else 0
        names.append(f"{column}_{count + 1}" if count else column)
    return [dict(zip(names, row, strict=True)) for row in rows]


def say_error(message: str, *, as_json: bool) -> None:
    """Print an error to standard error, as text or as `{"error": …}`."""
    text = json.dumps({"error": message}, ensure_ascii=False) if as_json else f"upturn: {clean(message)}"
    sys.stderr.write(text + "\n")


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str | None = None) -> None:
    """Print a table; an empty one says so."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        is_number = bool(rows) and all(isinstance(row[columns.index(column)], int | float | None) for row in rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console()
    console.print(table if rows else f"{title or 'result'}: no rows")


def _cell(value: object) -> str:
    """Give a value as a person reads it: four digits of a fraction, no midnight, nothing for NULL.

    >>> _cell(0.020673), _cell(None), _cell(datetime(2026, 11, 23))
    ('0.02067', '', '2026-11-23')
    """
    match value:
        case None:
            return ""
        case float():
            return f"{value:.4g}"
        case datetime():
            return f"{value:%Y-%m-%d}" if (value.hour, value.minute) == (0, 0) else f"{value:%Y-%m-%d %H:%M}"
        case _:
            return clean(value)


def show_counts(counts: Mapping[str, Mapping[str, object]], *, as_json: bool) -> None:
    """Print what stages did, by stage."""
    if as_json:
        write_json(counts)
        return
    names = ("read", "appended", "skipped", "quarantined")
    rows = [
        [stage, *(count.get(name) for name in names), ", ".join(f"{k} {v}" for k, v in count.items() if k not in names)]
        for stage, count in counts.items()
    ]
    show_rows(["stage", *names, "notes"], rows)


@contextmanager
def progress_bar(*, is_wanted: bool) -> Iterator[Progress]:
    """Give a `Progress` that draws a bar on a terminal, and draws nothing in a pipe or under --json."""
    from upturn.stages.stage import silent

    if not is_wanted or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def draw(done: int, total: int | None, what: str) -> None:
            bar.update(task, completed=done, total=total, description=clean(what))

        yield draw
