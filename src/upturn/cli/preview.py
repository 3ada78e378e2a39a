"""`ingest --dry-run`: raw records at the left, what becomes of them at the right."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from upturn.cli.output import clean, write_json

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from upturn.stages.preview import ShownRecord

__all__ = ["show_preview"]

_FEWEST: Final = 100
"""Columns below which records stand under each other."""


def show_preview(records: Iterable[ShownRecord], *, as_json: bool) -> None:
    """Print what a dry run found."""
    if as_json:
        write_json([asdict(one) for one in records])
        return
    from rich.console import Console

    console = Console()
    counts = {"taken": 0, "refused": 0, "skipped": 0}
    for one in records:
        counts[_fate(one)] += 1
        for part in _rendered(one, console.width):
            console.print(part)
    said = ", ".join(f"{count} {fate}" for fate, count in counts.items() if count) or "no record"
    console.print(f"dry run: {said}; nothing was written", style="bold", highlight=False)


def _fate(one: ShownRecord) -> str:
    return "refused" if one.refusal else "skipped" if one.skipped else "taken"


def _rendered(one: ShownRecord, columns: int) -> Iterable[RenderableType]:
    """Give a heading, and both records side by side, or one under the other on a narrow screen."""
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    fate = _fate(one)
    colour = {"taken": "green", "refused": "red", "skipped": "yellow"}[fate]
    where = f"{Path(clean(one.file)).name}, record {one.line}" if one.line else Path(clean(one.file)).name
    yield Rule(
        Text.assemble((where, "bold"), f" · {one.format} · ", (fate, f"bold {colour}")), align="left", style="dim"
    )
    is_wide = columns >= _FEWEST
    width = columns // 2 - 3 if is_wide else columns - 3
    became: Text
    if one.refusal or one.skipped:
        became = Text(clean(one.refusal or one.skipped), style=colour)
    else:
        became = Text("\n").join(_json(made, width) for made in one.canonical)
    table = Table(box=None, expand=True, padding=(0, 1), show_header=True, header_style="dim")
    if is_wide:
        table.add_column("raw", ratio=1, overflow="fold")
        table.add_column("becomes", ratio=1, overflow="fold")
        table.add_row(_json(one.raw, width), became)
    else:
        table.add_column("raw", overflow="fold")
        table.add_row(_json(one.raw, width))
        table.add_row(Text("becomes", style="dim"))
        table.add_row(became)
    yield table


def _json(value: Any, width: int) -> Text:
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    text = Text("\n".join(part for line in _plain(value).split("\n") for part in _wrapped(line, width)))
    JSONHighlighter().highlight(text)
    return text


def _wrapped(line: str, width: int) -> list[str]:
    """Give a line in pieces that fit, the later ones further to the right."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, max(width, len(indent) + 20), subsequent_indent=indent, drop_whitespace=False) or [""]


def _plain(value: Any, indent: int = 0) -> str:
    """Give JSON with an element a line, small objects on one: as many turns as possible on a screen."""
    short = clean(json.dumps(value, ensure_ascii=False, default=str))
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    is_flat = not any(isinstance(part, (dict, list)) and part for _, part in inner)
    if not isinstance(value, (dict, list)) or not value or (is_flat and indent):
        return short
    pad = "  " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{clean(json.dumps(str(name)))}: {_plain(part, indent + 1)}" for name, part in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * indent + "}"
    return "[\n" + ",\n".join(pad + _plain(part, indent + 1) for part in value) + "\n" + "  " * indent + "]"
