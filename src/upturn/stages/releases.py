"""Release markers: when prompt, knowledge base, model or code of an assistant changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import InputError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ReleaseMarked
from upturn.log.encode import event_table

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["Marking", "known_releases", "mark_releases"]

_LIST: Final = """
    select assistant_id, kind, assistant_version, released_at, note
    from releases
    order by released_at, assistant_id, kind, release_id
"""
_AHEAD: Final = timedelta(days=1)


@dataclass(frozen=True)
class Marking:
    """What marking did."""

    marked: int
    known: int
    """Releases that were marked before, just so."""


def mark_releases(context: StageContext, releases: Sequence[ReleaseMarked]) -> Marking:
    """Append releases to the log and show them in the tables, all or none; those that are known change nothing.

    Raises
    ------
    InputError
        If a release lies ahead, or one of the same assistant, kind and time is known with another version or note.
    """
    known = {_identity(one): one for one in _marked(context)}
    fresh: dict[tuple[str, str, datetime], ReleaseMarked] = {}
    for one in releases:
        _require_past(one, context.clock())
        there = known.get(_identity(one)) or fresh.setdefault(_identity(one), one)
        if there != one:
            raise InputError(
                f"a release of {one.assistant_id} ({one.kind}) at {one.released_at.isoformat()} is marked already, "
                f"with version {there.assistant_version or 'none'} and {'another' if there.note else 'no'} note: "
                "nothing was marked; what is marked stays, so give another time"
            )
    result = context.log.append(event_table(map(_event, fresh.values()), recordedtime=context.clock()))
    context.warehouse.catch_up(context.log)
    return Marking(marked=result.appended, known=len(releases) - result.appended)


def known_releases(context: StageContext) -> list[dict[str, Any]]:
    """Give every marked release, oldest first."""
    context.warehouse.catch_up(context.log)
    with context.warehouse.connect() as connection:
        found = connection.execute(_LIST)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _marked(context: StageContext) -> list[ReleaseMarked]:
    events = context.log.read(types=["release.marked"])
    return [ReleaseMarked.model_validate_json(text) for text in events["data"].to_pylist()]


def _identity(release: ReleaseMarked) -> tuple[str, str, datetime]:
    return release.assistant_id, release.kind, release.released_at.astimezone(UTC)


def _require_past(release: ReleaseMarked, now: datetime) -> None:
    if release.released_at > now + _AHEAD:
        raise InputError(
            f"the release of {release.assistant_id} ({release.kind}) at {release.released_at.isoformat()} lies ahead: "
            "nothing was marked; mark it when it is live"
        )


def _event(release: ReleaseMarked) -> NewEvent:
    moment = release.released_at.astimezone(UTC)
    return NewEvent(
        type="release.marked",
        source="upturn",
        native_ids=(release.assistant_id, release.kind),
        revision=moment.isoformat(),
        subject=release.assistant_id,
        time=moment,
        payload=release.model_copy(update={"released_at": moment}),
    )
