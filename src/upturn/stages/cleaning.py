"""Cleans every file that was made of what the log no longer holds. Steps may be done twice; the marker goes last."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.formats.staging import is_abandoned
from upturn.stages.report import render_again
from upturn.stages.stage import StageContext
from upturn.stages.staged_rows import drop_erased

if TYPE_CHECKING:
    from upturn.privacy.tombstones import Tombstones

__all__ = ["CLEANING", "clean"]

_WEEK: Final = re.compile(r"\d{4}-W\d{2}")
_SHOWN: Final = 79
"""Characters that a report surely shows of an id."""


def clean(context: StageContext, tombstones: Tombstones | None) -> dict[str, int]:
    """Do every step, then take the marker away: killed in between, the next call does them again. Counts by step."""
    counts = {name: step(context, tombstones) for name, step in CLEANING}
    context.home.forgetting.unlink(missing_ok=True)
    return counts


def _purge_log(context: StageContext, _: Tombstones | None) -> int:
    return context.log.purge()


def _clean_staging(context: StageContext, tombstones: Tombstones | None) -> int:
    """Remove what killed processes left, and the rows of the erased from batches that wait; rows removed."""
    if not context.home.staging.is_dir():
        return 0
    removed = 0
    for folder in sorted(context.home.staging.iterdir()):
        if folder.name.startswith("."):
            if is_abandoned(folder):  # what a living process appends, it looks at again then
                _remove(folder)
        elif folder.is_dir() and tombstones is not None:
            removed += drop_erased(folder, tombstones)
    return removed


def _remove(path: Path) -> None:
    """Remove a file or folder, whole: what can't be removed is an error, what is gone already is none."""
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except FileNotFoundError:
        _remove(path)


def _rebuild_warehouse(context: StageContext, _: Tombstones | None) -> int:
    """Build the warehouse anew and publish it, where there is one: no byte of the old files stays."""
    home = context.home
    if home.working.exists() or home.published.exists():
        context.warehouse.rebuild(context.log)
        if home.published.exists():
            context.warehouse.publish()
    left = [*home.working.parent.glob("tmp/*"), *home.root.glob(f".{home.published.name}.*")]
    for path in left:
        _remove(path)
    home.published.with_name(home.published.name + ".wal").unlink(missing_ok=True)
    return len(left)


def _clean_reports(context: StageContext, _: Tombstones | None) -> int:
    """Render those weeks again that quote a conversation which is gone; how many."""
    reports, home = context.home.reports, context.home
    for path in reports.glob(".*"):
        path.unlink()  # a killed writer's
    weeks = sorted({path.stem for path in reports.glob("*.*") if _WEEK.fullmatch(path.stem)})
    if not weeks or not (home.working.exists() or home.published.exists()):
        return 0
    cited = {week: _cited(reports / f"{week}.json") for week in weeks}
    with context.warehouse.connect() as connection:
        rows = connection.execute(
            "select distinct left(conversation_id, $length) from conversations "
            "where list_contains($ids, left(conversation_id, $length))",
            {"ids": sorted(set().union(*cited.values())), "length": _SHOWN},
        ).fetchall()
    held = {shown for (shown,) in rows}
    stale = [week for week in weeks if not cited[week] <= held]
    for week in stale:
        render_again(context, week)
    return len(stale)


def _cited(path: Path) -> set[str]:
    """Give the beginnings of the ids of the conversations that a report quotes; of one that can't be read, no id."""
    try:
        report = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {""}
    found: set[str] = set()
    pending: list[Any] = [report]
    while pending:
        match pending.pop():
            case dict() as value:
                cited = value.get("conversation_id")
                found |= {cited[:_SHOWN]} if isinstance(cited, str) else set()
                pending.extend(value.values())
            case list() as value:
                pending.extend(value)
    return found


CLEANING: Final[tuple[tuple[str, Callable[[StageContext, Tombstones | None], int]], ...]] = (
    ("files_of_the_log", _purge_log),
    ("staged_rows", _clean_staging),
    ("files_of_the_warehouse", _rebuild_warehouse),
    ("reports", _clean_reports),
)
"""The steps in their order: what reads the log comes after what cleans it."""
