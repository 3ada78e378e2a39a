"""Which days still have to be run: gathered from the inbox and the log, decided in a pure function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from upturn.domain.errors import NotFoundError
from upturn.stores.address import is_address
from upturn.stores.objects import objects_under, still_part

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["DaysSeen", "days_of_pattern", "days_over", "last_week", "pending_days", "what_to_run"]


@dataclass(frozen=True)
class DaysSeen:
    """What is known of days."""

    with_files: frozenset[date]
    published: frozenset[date]
    last_with_data: date | None
    """Day of the newest turn in the log."""
    is_log_ahead: bool
    """Whether the log holds conversations that no published day has seen."""


def what_to_run(seen: DaysSeen, *, until: date | None = None) -> list[date]:
    """Give the days to run, oldest first.

    Days with files that were never published; and, if something was ingested by hand since, the last day with
    data once more.

    >>> what_to_run(DaysSeen(frozenset({date(2026, 11, 3)}), frozenset(), None, False))
    [datetime.date(2026, 11, 3)]
    """
    days = set(seen.with_files - seen.published)
    newest = max(filter(None, (*days, *seen.published, seen.last_with_data)), default=None)
    if seen.is_log_ahead and not days and newest is not None:
        days.add(newest)
    return sorted(day for day in days if until is None or day <= until)


def days_over(first: date, today: date, *, last: date | None) -> set[date]:
    """Give the days that are over since the last one run, else since the home's first: a database has no files.

    >>> sorted(days_over(date(2026, 11, 1), date(2026, 11, 3), last=None))
    [datetime.date(2026, 11, 1), datetime.date(2026, 11, 2)]
    >>> days_over(date(2026, 11, 1), date(2026, 11, 3), last=date(2026, 11, 2))
    set()
    """
    begin = first if last is None else last + timedelta(days=1)
    return {begin + timedelta(days=count) for count in range((today - begin).days)}


_PLACES = {"%Y": r"(?P<Y>\d{4})", "%m": r"(?P<m>\d{2})", "%d": r"(?P<d>\d{2})"}


def days_of_pattern(pattern: str, root: Path) -> Iterator[date]:
    """Give the days for which a file matches a source's path pattern.

    Only patterns whose days are written with year, month and day can be read back; another yields nothing and
    its days are run by `--day` or by the DAG.
    """
    full = re.sub(r"\{day\}", "{day:%Y-%m-%d}", pattern)
    forms = re.findall(r"\{day:([^}]*)\}", full)
    if not {"%Y", "%m", "%d"} <= set(re.findall(r"%[A-Za-z]", "".join(forms))):
        return
    glob = re.sub(r"\{day:([^}]*)\}", lambda match: re.sub(r"(%[A-Za-z])+", "*", match[1]), full)
    expression = ""
    for part in re.split(r"(\{day:[^}]*\}|\*|\?)", full):
        if part.startswith("{day:"):
            for piece in re.split(r"(%[Ymd])", part[5:-1]):
                name = _PLACES.get(piece)
                already = name is not None and name in expression
                expression += (rf"(?P={piece[1]})" if already else name) if name else re.escape(piece)
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    for place in _places(pattern, glob, root):
        found = re.fullmatch(expression, place)
        if found:
            try:
                yield date(int(found["Y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                continue


def _places(pattern: str, glob: str, root: Path) -> Iterator[str]:
    """Give what may match a pattern: objects by their address, files by their path, in the home from there on."""
    if is_address(pattern):
        yield from (one.address for one in objects_under(still_part(pattern)))
        return
    absolute = Path(glob).is_absolute()
    base = Path(glob).anchor if absolute else str(root)
    for path in Path(base).glob(str(Path(glob).relative_to(base)) if absolute else glob):
        yield str(path) if absolute else path.relative_to(root).as_posix()


def pending_days(context: StageContext, *, until: date | None = None) -> list[date]:
    """Give the days that `upturn run` has to run, oldest first."""
    files = {day for source in context.settings.sources for day in days_of_pattern(source.path, context.home.root)}
    stages = context.log.read(types=["stage.completed"])
    subjects = list(zip(stages["subject"].to_pylist(), stages["log_version"].to_pylist(), strict=True))
    published = {_day_of(subject) for subject, _ in subjects if subject.startswith("publish/")}
    seen_version = max((version for subject, version in subjects if subject.startswith("publish/")), default=0)
    if any(source.database for source in context.settings.sources):
        today = context.clock().astimezone(ZoneInfo(context.settings.timezone)).date()
        files |= days_over(context.settings.start_date, today, last=max(published, default=None))
    newest, newest_version = _newest_turn(context)
    return what_to_run(
        DaysSeen(frozenset(files), frozenset(published), newest, newest_version > seen_version), until=until
    )


def last_week(context: StageContext) -> str:
    """Give the ISO week of the last published day.

    Raises
    ------
    NotFoundError
        If no day was run yet.
    """
    subjects: Iterable[str] = context.log.read(types=["stage.completed"])["subject"].to_pylist()
    days = [_day_of(subject) for subject in subjects if subject.startswith("publish/")]
    if not days:
        raise NotFoundError(f"no day was run yet in {context.home.root}: run `upturn run` first")
    return f"{max(days):%G-W%V}"


def _day_of(subject: str) -> date:
    return date.fromisoformat(subject.rpartition("/")[2])


def _newest_turn(context: StageContext) -> tuple[date | None, int]:
    """Give the day of the newest turn in the log, in the team's time zone, and the newest version with one."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        context.log.expose(connection)
        row = connection.execute(
            "select max(time), max(log_version) from events where type in ('turn.logged', 'conversation.started')"
        ).fetchone()
    if row is None or row[0] is None:
        return None, 0
    moment: datetime = row[0].astimezone(UTC)
    return moment.astimezone(ZoneInfo(context.settings.timezone)).date(), int(row[1])
