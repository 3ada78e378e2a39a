"""Which days still have to be run: gathered from inbox, log and published warehouse, decided in a pure function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import orjson

from upturn.domain.errors import NotFoundError
from upturn.stages.inputs import inputs_of_day
from upturn.stores.address import is_address
from upturn.stores.objects import objects_under, still_part

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["DaysSeen", "days_of_pattern", "last_week", "late_days", "pending_days", "what_to_run"]

_LATE_OBJECTS_DAYS: Final = 35
"""How far back objects of a store are looked at again: each day costs a request. Files are looked at on every day."""


@dataclass(frozen=True)
class DaysSeen:
    """What is known of days."""

    inputs: Mapping[date, str | None]
    """Days with something to read, and the digest of what lies there now; None: nothing tells, such as a database."""
    read: Mapping[date, frozenset[str | None]]
    """Digests with which a day was read before; None: read when there were no digests."""
    published: frozenset[date]
    today: date
    """In the team's time zone: neither it nor a later day is over."""
    last_unseen: date | None
    """Day of the newest turn that no published day has seen; None: there is none."""


def what_to_run(seen: DaysSeen, *, until: date | None = None) -> list[date]:
    """Give the days to run, oldest first: days that are over, with something to read.

    Never published, or what lies there now was never read: a file came late or grew. Where there is no such day and
    something was ingested by hand since the last, the newest day once more.

    >>> monday, tuesday = date(2026, 11, 2), date(2026, 11, 3)
    >>> what_to_run(DaysSeen({monday: "a", tuesday: "b"}, {}, frozenset(), tuesday, None))
    [datetime.date(2026, 11, 2)]
    """
    days = {
        day
        for day, digest in seen.inputs.items()
        if day < seen.today and (day not in seen.published or not _is_read(digest, seen.read.get(day, frozenset())))
    }
    if not days and seen.last_unseen is not None:
        days = {min(max({seen.last_unseen, *seen.published}), seen.today)}
    return sorted(day for day in days if until is None or day <= until)


def _is_read(digest: str | None, known: frozenset[str | None]) -> bool:
    return digest is None or None in known or digest in known


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
    settings = context.settings
    today = context.clock().astimezone(ZoneInfo(settings.timezone)).date()
    known = _known(context)
    inputs: dict[date, str | None] = {}
    if any(source.database for source in settings.sources):
        inputs |= dict.fromkeys(_days(settings.start_date, today))
    inputs |= _inputs_of_days(context, known, today)
    seen = DaysSeen(inputs, known.read, known.published, today, _last_unseen(context, known.version))
    return what_to_run(seen, until=until)


def late_days(context: StageContext, day: date) -> list[date]:
    """Give the published days before `day` of which a file came late or grew since they were read, oldest first."""
    known = _known(context)
    inputs = _inputs_of_days(context, known, day, only=known.published)
    return sorted(
        late
        for late, digest in inputs.items()
        if late < day and not _is_read(digest, known.read.get(late, frozenset()))
    )


def _inputs_of_days(
    context: StageContext, known: _Known, today: date, *, only: frozenset[date] | None = None
) -> dict[date, str | None]:
    """Give the days, of `only` some where given, that files lie there for, each with the digest of those now.

    A day that was never published has none, since it is to be run whatever lies there; nor has one whose objects of a
    store are too old to be asked for again.
    """
    files, root = [source for source in context.settings.sources if not source.database], context.home.root
    objects_from = today - timedelta(days=_LATE_OBJECTS_DAYS)
    has_objects = any(is_address(source.path) for source in files)
    inputs = {}
    for day in {day for source in files for day in days_of_pattern(source.path, root)}:
        if only is None or day in only:
            is_looked_at = day in known.published and (day >= objects_from or not has_objects)
            inputs[day] = inputs_of_day(files, day, root) if is_looked_at else None
    return inputs


def last_week(context: StageContext) -> str:
    """Give the ISO week of the last published day.

    Raises
    ------
    NotFoundError
        If no day was run yet.
    """
    days = _known(context).published
    if not days:
        raise NotFoundError(f"no day was run yet in {context.home.root}: run `upturn run` first")
    return f"{max(days):%G-W%V}"


def _days(first: date, end: date) -> Iterator[date]:
    """Give the days from `first` until before `end`."""
    return (first + timedelta(days=count) for count in range((end - first).days))


@dataclass(frozen=True)
class _Known:
    """What was run before."""

    published: frozenset[date]
    read: Mapping[date, frozenset[str | None]]
    version: int
    """Log version that readers see; 0: none."""


def _known(context: StageContext) -> _Known:
    """Gather what the published warehouse says, and from the log only what came after it."""
    version, runs = _published(context)
    if version > context.log.version:  # a log restored from a backup
        version, runs = 0, []
    newer = context.log.read(after=version, types=["stage.completed"])["data"].to_pylist()
    runs += [
        (one["stage"], date.fromisoformat(one["day"]), one["notes"].get("inputs")) for one in map(orjson.loads, newer)
    ]
    read: dict[date, set[str | None]] = {}
    for stage, day, inputs in runs:
        if stage == "ingest":
            read.setdefault(day, set()).add(inputs)
    return _Known(
        published=frozenset(day for stage, day, _ in runs if stage == "publish"),
        read={day: frozenset(digests) for day, digests in read.items()},
        version=version,
    )


def _published(context: StageContext) -> tuple[int, list[tuple[str, date, str | None]]]:
    """Give the log version that readers see, and the runs of reading and publishing up to it."""
    import duckdb

    from upturn.warehouse import read_only

    try:
        with read_only(context.home) as connection:
            state = connection.execute("select log_version from warehouse_state").fetchone()
            runs = connection.execute(
                "select stage, day, notes ->> '$.inputs' from runs where stage in ('ingest', 'publish')"
            ).fetchall()
    except (NotFoundError, duckdb.CatalogException, duckdb.BinderException):  # nothing, or of a version before this
        return 0, []
    return (state[0], runs) if state else (0, [])


def _last_unseen(context: StageContext, version: int) -> date | None:
    """Give the day of the newest turn that came after a log version, in the team's time zone."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        context.log.expose(connection, after=version)
        row = connection.execute(
            "select max(time) from events where type in ('turn.logged', 'conversation.started')"
        ).fetchone()
    if row is None or row[0] is None:
        return None
    moment: datetime = row[0].astimezone(UTC)
    return moment.astimezone(ZoneInfo(context.settings.timezone)).date()
