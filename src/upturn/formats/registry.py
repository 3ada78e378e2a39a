"""The log formats: one plug-in file each, `@log_format("name")` over the function that makes canonical records."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from upturn.formats.reading import FileReader, RawChunk

__all__ = [
    "FORMAT_MODULES",
    "LogFormat",
    "Place",
    "RefusedRecordError",
    "SkippedRecord",
    "Table",
    "TableSet",
    "ThreadReader",
    "format_named",
    "formats",
    "in_threads",
    "log_format",
]

FORMAT_MODULES: Final[tuple[str, ...]] = (
    "upturn.formats.upturn",
    "upturn.formats.openai_chat",
    "upturn.formats.sharegpt",
    "upturn.formats.rasa",
    "upturn.formats.amazon_connect",
    "upturn.formats.zendesk",
    "upturn.formats.intercom",
    "upturn.formats.otel_genai",
    "upturn.formats.openinference",
    "upturn.formats.langfuse",
    "upturn.formats.langsmith",
    "upturn.formats.claude_sessions",
    "upturn.formats.table",
)
"""Where formats live, in the order in which they are listed. A new format is a new file and its line here."""

_ALSO_NAMED: Final = {"csv": "table", "tsv": "table", "parquet": "table"}
"""Formats by the names of the files that hold them."""

Record = dict[str, Any]


class RefusedRecordError(ValueError):
    """A record can't become a conversation; the text is the reason, one line that quotes no customer's words."""


class SkippedRecord(Exception):  # noqa: N818  not an error
    """A record is understood, and holds no message of any conversation; the text is a short reason.

    Skipped records are counted by reason, so a reason is one of a few, without anything of the record.
    """


@dataclass(frozen=True, slots=True)
class Place:
    """Where a raw record stands."""

    file: str
    line: int
    """Its line, row or element, from 1."""
    thread: str | None = None
    """What the records before it in its file say of the conversation it belongs to; None: nothing."""
    hide: Callable[[str], str] | None = None
    """Gives an id that is made of a user's: 32 hex digits under a key of the home that is never rotated.

    None: what is read is not stored.
    """


ThreadReader = Callable[[Sequence[bytes]], Sequence[str | None]]
"""Gives the thread of each raw record, for the chunks of one file in their order. Never raises."""


@dataclass(frozen=True)
class Table:
    """One table of an export that spreads conversations over several: a file, or some of them."""

    name: str
    """Name in the queries, and of the file, but for `_data`, a date or a number behind it; or of the folder."""
    columns: tuple[str, ...]
    """The columns that are read; one that the file has not is NULL."""
    is_required: bool = False
    """Whether a folder without this table is no export of the format."""


@dataclass(frozen=True)
class TableSet:
    """Tables and the SQL that makes canonical records of them, by the names of files in `sql/formats/`."""

    tables: tuple[Table, ...]
    steps: tuple[str, ...]
    """Selects that become tables of these names, each on the tables and the steps before it."""
    queries: tuple[str, ...]
    """Selects of `source_file, source_row, record` (JSON) and `refusal`: a record, or a row and the reason against it.
    Each row of the tables ends in one of them."""
    is_canonical: bool = True
    """Whether these records are canonical; else they are the format's own, and its parser reads them."""
    is_in_folders: bool = False
    """Whether a table is a folder of its name with any number of files, JSON ones too; else a file of its name."""
    enough: tuple[tuple[str, ...], ...] = ()
    """Groups of tables of which one must be there as a whole, beside the required ones; none: no group must."""
    beside: tuple[str, ...] = ()
    """Folders beside those of the tables whose files tell of the export and hold no record."""

    @property
    def folders(self) -> frozenset[str]:
        """The names of the folders that belong to the export, where tables are folders."""
        return frozenset((*(table.name for table in self.tables), *self.beside)) if self.is_in_folders else frozenset()


@dataclass(frozen=True)
class LogFormat:
    """One way in which conversations are logged."""

    name: str
    description: str
    """One line: what writes it, and how it is told from the others."""
    sniff: Callable[[Record], bool]
    """Whether a raw record looks like this format. Never raises on a dict."""
    to_canonical: Callable[[Record], Iterable[Record]]
    """The canonical records that a raw record holds, at least one.

    Raises `RefusedRecordError` where the record can't be read, and `SkippedRecord` where it tells nothing of any
    conversation; what it passes on wrongly is refused later, with the name of the field.
    """
    is_canonical: bool = False
    """Whether raw records are canonical records already: they are not parsed in Python then."""
    is_trace: bool = False
    """Whether records are spans, most of which hold no message: a file may name conversations and tell of none."""
    table_set: TableSet | None = None
    """Its relational export; None: it has none."""
    with_place: Callable[[Record, Place], Iterable[Record]] | None = None
    """`to_canonical` for a format whose ids may be made of where a record stands; None: it needs no place."""
    threads: Callable[[], ThreadReader] | None = None
    """Makes what follows one file, where a record's conversation is told by those before it; None: each tells its own.
    """
    user_fields: tuple[str, ...] = ()
    """Names of its own under which records hold users' ids: a key, or `parent.key` for a key that is one only there."""
    user_ids: Callable[[Record, Place], set[str]] | None = None
    """The users' ids in a raw record, where they stand under names of its own. Never raises."""
    gather: Callable[[RawChunk], RawChunk] | None = None
    """Makes one of those records of a chunk that make sense only together; None: each stands for itself."""
    read: FileReader | None = None
    """How raw records lie in a file; None: as JSON, or by the file's ending."""

    def canonical(self, record: Record, place: Place) -> Iterable[Record]:
        """Give the canonical records of a raw one that stands at a place."""
        return self.with_place(record, place) if self.with_place else self.to_canonical(record)


_REGISTERED: dict[str, LogFormat] = {}


def log_format(  # noqa: PLR0913 - a format is described by these eight
    name: str,
    *,
    description: str,
    sniff: Callable[[Record], bool],
    is_canonical: bool = False,
    is_trace: bool = False,
    table_set: TableSet | None = None,
    user_fields: tuple[str, ...] = (),
    gather: Callable[[RawChunk], RawChunk] | None = None,
) -> Callable[[Callable[[Record], Iterable[Record]]], Callable[[Record], Iterable[Record]]]:
    """Register the decorated `to_canonical(record)` as the format `name`.

    Parameters
    ----------
    user_fields : names of users' ids in its raw records, but for `user_id`, `user` and the like, which every format may
        have: a key, or `parent.key`. What stands there is hidden in a refused record.
    gather : makes one of those records of a chunk that make sense only together. Never raises.

    Raises
    ------
    ConfigurationError
        If another function has that name already.
    """

    def register(to_canonical: Callable[[Record], Iterable[Record]]) -> Callable[[Record], Iterable[Record]]:
        there = _REGISTERED.get(name)
        if there is not None and there.to_canonical.__module__ != to_canonical.__module__:
            raise ConfigurationError(
                f"two log formats are named {name!r}: {there.to_canonical.__module__} and "
                f"{to_canonical.__module__}; rename one"
            )
        _REGISTERED[name] = LogFormat(
            name,
            description,
            sniff,
            to_canonical,
            is_canonical,
            is_trace,
            table_set,
            user_fields=user_fields,
            gather=gather,
        )
        return to_canonical

    return register


def in_threads(
    name: str, threads: Callable[[], ThreadReader]
) -> Callable[[Callable[[Record, Place], Iterable[Record]]], Callable[[Record, Place], Iterable[Record]]]:
    """Register the decorated function as what reads a record of the format `name`, registered above it, in a file.

    Parameters
    ----------
    threads : makes what follows a file; what it gives stands in `place.thread`.
    """

    def register(
        with_place: Callable[[Record, Place], Iterable[Record]],
    ) -> Callable[[Record, Place], Iterable[Record]]:
        _REGISTERED[name] = replace(_REGISTERED[name], with_place=with_place, threads=threads)
        return with_place

    return register


def formats() -> Mapping[str, LogFormat]:
    """Give every format by name, in the order of `FORMAT_MODULES`."""
    for module in FORMAT_MODULES:
        importlib.import_module(module)
    order = {module: place for place, module in enumerate(FORMAT_MODULES)}
    known = sorted(_REGISTERED.values(), key=lambda one: order.get(one.to_canonical.__module__, len(order)))
    return {one.name: one for one in known}


def format_named(name: str) -> LogFormat:
    """Give the format of that name.

    Raises
    ------
    ConfigurationError
        If there is none; the message lists those there are.
    """
    known = formats()
    name = _ALSO_NAMED.get(name, name)
    if name not in known:
        raise ConfigurationError(f"no log format {name!r}: expected one of {', '.join(known)}")
    return known[name]
