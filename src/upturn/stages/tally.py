"""Counts an ingest, so that every record is accounted for: read = staged + skipped + quarantined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from upturn.stages.stage import StageCounts

if TYPE_CHECKING:
    from upturn.formats.bundles import Bundle
    from upturn.formats.staged import StagedChunk

__all__ = ["Tally", "Written", "written"]

_TABLES: Final = ("conversations", "turns", "feedback", "rejected")
_NAMED: Final = 5
"""How many files a note names."""
_NO_TURN: Final = "its spans name conversations and hold no message: export the requests to a model, or whole trees"


@dataclass(frozen=True)
class Written:
    """What one chunk was found to hold."""

    rows: Mapping[str, int]
    """By table, and what else is noted, such as what was redacted."""
    skipped: Mapping[tuple[str, str], int]
    """Records by file and reason."""
    spoken: frozenset[str]
    """Files of which a turn or feedback was staged."""
    named: frozenset[str]
    """Files of which a conversation was staged, perhaps without a turn."""


def written(chunk: StagedChunk, notes: Mapping[str, int]) -> Written:
    """Count a chunk; `notes` are counts of what else was done to it."""
    import pyarrow.compute as pc

    files = {name: set(pc.unique(getattr(chunk, name)["file"]).to_pylist()) for name in _TABLES[:-1]}
    rows = {name: getattr(chunk, name).num_rows for name in _TABLES}
    return Written(
        {**rows, **notes},
        chunk.skipped,
        frozenset(files["turns"] | files["feedback"]),
        frozenset(files["conversations"]),
    )


@dataclass
class _FileSeen:
    """A file that is being read."""

    is_trace: bool = False
    records: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    is_spoken: bool = False
    is_named: bool = False

    @property
    def silence(self) -> str | None:
        """Why no message came of it; None where one did, or where its records are listed as refused."""
        if self.is_spoken:
            return None
        if self.skipped and (self.is_trace or self.skipped.total() == self.records):
            return self.skipped.most_common(1)[0][0]
        return _NO_TURN if self.is_trace and self.is_named else None


@dataclass
class Tally:
    """What was staged, summed over the chunks in their order."""

    rows: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    """Records by reason."""
    chunks: int = 0
    records: int = 0
    files: int = 0
    empty: int = 0
    sources: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    """Files of which nothing could be read; `quarantine` says why."""
    silent: list[str] = field(default_factory=list)
    """Files of which not one message came."""
    _open: dict[str, _FileSeen] = field(default_factory=dict)

    def add(self, bundle: Bundle, chunk: Written) -> None:
        """Add a bundle and what was made of it."""
        self.chunks += bundle.has_records
        self.records += len(bundle.refusals)
        for refusal in bundle.refusals:
            self.refused.append(refusal.file)
            structlog.get_logger().warning("ingest.file_refused", file=refusal.file, why="see quarantine")
        self.rows.update(chunk.rows)
        for part in bundle.parts:
            file = self._open.setdefault(part.file, _FileSeen())
            file.is_trace |= part.log_format.is_trace
            file.is_spoken |= part.file in chunk.spoken
            file.is_named |= part.file in chunk.named
            file.records += (count := len(part.chunk.texts) + len(part.chunk.breaks))
            self.records += count
        for (name, reason), count in chunk.skipped.items():
            self.skipped[reason] += count
            self._open[name].skipped[reason] += count
        for one in bundle.arrived:
            self.files += one.file_count
            self.empty += one.is_empty
            self.sources.add(one.source_name)
            self._close(one.file)

    def _close(self, name: str) -> None:
        file = self._open.pop(name, None)
        if file is not None and (why := file.silence) is not None:
            self.silent.append(name)
            structlog.get_logger().warning("ingest.no_messages", file=name, records=file.records, why=why)

    def counts(self, **notes: int | str) -> StageCounts:
        """Give the counts of the stage; the notes name each reason for which records were skipped."""
        skipped = self.skipped.total()
        return StageCounts(
            read=self.records,
            skipped=skipped,
            quarantined=self.rows["rejected"],
            notes={
                **notes,
                "files": self.files,
                "empty_files": self.empty,
                "chunks": self.chunks,
                "staged": self.records - skipped - self.rows["rejected"],
                **{name: self.rows[name] for name in _TABLES[:-1]},
                **{name: count for name, count in sorted(self.rows.items()) if name not in _TABLES},
                **{f"skipped, {reason}": count for reason, count in sorted(self.skipped.items())},
                **({"files_refused": _named(self.refused)} if self.refused else {}),
                **({"files_without_messages": _named(self.silent)} if self.silent else {}),
            },
        )


def _named(files: list[str]) -> str:
    shown = ", ".join(files[:_NAMED])
    return f"{shown} and {len(files) - _NAMED} more" if len(files) > _NAMED else shown
