"""Decides what of the log goes with some conversations, and takes it out: what cites them loses the citation only."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.domain.errors import LogConflictError
from upturn.log.encode import event_table
from upturn.privacy.citations import ERASED, Citing
from upturn.resources import load_sql

if TYPE_CHECKING:
    import duckdb

    from upturn.domain.events import NewEvent
    from upturn.home import Home
    from upturn.log.port import EventLog
    from upturn.stages.stage import StageContext

__all__ = ["Forgetting", "events_at", "forget_conversations", "mark", "take_out"]

_AT_ONCE: Final = 200
_ATTEMPTS: Final = 20


@dataclass
class Forgetting:
    """What goes and what changes, by event id, with counts for the record of it."""

    conversations: int = 0
    removed: dict[str, str] = field(default_factory=dict)
    """Event id -> type."""
    replaced: dict[str, str] = field(default_factory=dict)
    """Event id -> its new data."""
    rewritten: Counter[str] = field(default_factory=Counter)
    """Replaced events by type."""
    citations: int = 0

    def __bool__(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.removed or self.replaced)

    def counts(self) -> dict[str, Any]:
        """Give the fields that the payloads of `subject.erased` and `retention.applied` share."""
        return {
            "conversations": self.conversations,
            "removed": dict(sorted(Counter(self.removed.values()).items())),
            "rewritten": dict(sorted(self.rewritten.items())),
            "citations_removed": self.citations,
        }


@contextmanager
def events_at(log: EventLog) -> Iterator[tuple[duckdb.DuckDBPyConnection, int]]:
    """Give a database in memory with the view `events` over the whole log, and the log's version."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        version = log.expose(connection)
        yield connection, version


def take_out(
    context: StageContext,
    decide: Callable[[duckdb.DuckDBPyConnection, int], tuple[Forgetting, NewEvent] | None],
) -> Forgetting | None:
    """Take out of the log what `decide` says, with its event, in one commit; decide again where the log moved on.

    Parameters
    ----------
    decide : given the view `events` and the log's version; None: nothing is to be done.

    Raises
    ------
    LogConflictError
        If other writers kept moving the log on.
    """
    for _ in range(_ATTEMPTS):
        with events_at(context.log) as (connection, version):
            decided = decide(connection, version)
        if decided is None:
            return None
        found, event = decided
        mark(context.home)
        added = event_table([event], recordedtime=context.clock())
        if context.log.rewrite(at=version, remove=found.removed, replace=found.replaced, add=added) is not None:
            return found
    raise LogConflictError(
        f"{context.home.events}: other writers moved the log on {_ATTEMPTS} times; nothing was taken out; try again"
    )


def mark(home: Home) -> None:
    """Leave the marker that files must be cleaned, before anything is taken out of the log."""
    home.forgetting.parent.mkdir(parents=True, exist_ok=True)
    with home.forgetting.open("ab") as file:
        os.fsync(file.fileno())


def forget_conversations(
    connection: duckdb.DuckDBPyConnection,
    conversations: Collection[str],
    *,
    user_keys: Collection[str] = (),
    is_theirs: Callable[[str], bool] | None = None,
) -> Forgetting:
    """Decide what goes with some conversations. Nothing is changed.

    Parameters
    ----------
    connection : with the view `events`.
    user_keys : pseudonyms that must stand nowhere any more.
    is_theirs : says of a refused record's text whether it goes too; None: by its conversation only.
    """
    import pyarrow as pa

    found = Forgetting(conversations=len(conversations))
    if not conversations and not user_keys and is_theirs is None:
        return found
    connection.register("theirs", pa.table({"conversation_id": pa.array(sorted(conversations), pa.string())}))
    found.removed.update(_pairs(connection, "about_them"))
    if is_theirs is not None:
        for event_id, conversation_id, record in _rows(connection, "quarantined"):
            if any(is_theirs(text) for text in (conversation_id, record) if text):
                found.removed[event_id] = "record.quarantined"
    citing = Citing(conversations, user_keys)
    for event_id, kind, data in _rows(connection, "about_many", {"user_keys": list(user_keys)}):
        if event_id in found.removed:
            continue
        if kind == "conversation.started":
            text, count = _without_keys(data, user_keys)
        else:
            edited = citing.without(orjson.loads(data))
            text = orjson.dumps(edited.data, option=orjson.OPT_SORT_KEYS).decode() if edited.citations else data
            count = edited.citations
        if count:
            found.replaced[event_id] = text
            found.rewritten[kind] += 1
            found.citations += count
    return found


def _without_keys(data: str, user_keys: Collection[str]) -> tuple[str, int]:
    count = sum(data.count(key) for key in user_keys)
    for key in user_keys:
        data = data.replace(key, ERASED)
    return data, count


def _pairs(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    return connection.execute(load_sql(f"erasure/{name}")).fetchall()


def _rows(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object] | None = None
) -> Iterator[Sequence[Any]]:
    """Give the rows a few at a time: a refused record may be large."""
    result = connection.execute(load_sql(f"erasure/{name}"), dict(parameters) if parameters else None)
    while rows := result.fetchmany(_AT_ONCE):
        yield from rows
