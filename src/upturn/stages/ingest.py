"""Reads log files into a staged batch: a day's configured sources, or any files now."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Final

from upturn.formats.bundles import Bundle, bundles
from upturn.formats.registry import format_named
from upturn.formats.sources import LogFile, files_of_day, files_of_paths
from upturn.formats.staging import staging_folder, write_chunk
from upturn.privacy.masking import mask_record, mask_value
from upturn.privacy.pseudonym import Pseudonymizer, load_pseudonymizer
from upturn.stages.stage import StageContext, StageCounts

if TYPE_CHECKING:
    from upturn.formats.bundle_typing import BundleTyper
    from upturn.formats.staged import StagedChunk

__all__ = ["ingest", "ingest_paths"]

_MAX_WORKERS: Final = 4


@dataclass
class _Seen:
    """What was staged, summed over the chunks in their order."""

    rows: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    records: int = 0
    files: int = 0
    empty: int = 0
    sources: set[str] = field(default_factory=set)


def ingest(context: StageContext, day: date) -> StageCounts:
    """Stage the files of every configured source for `day` under `HOME/staging/DAY`.

    A source without a file is no error but an incomplete day: it is counted and named. A file of which nothing can be
    read is refused as a whole, and its source has not arrived.

    Returns
    -------
    Counts of records (read, quarantined: refused here) with the notes `sources_arrived, sources_expected,
    sources_missing` (names, by comma), `files, empty_files, chunks, conversations, turns, feedback`.
    """
    sources = context.settings.sources
    files = [one for source in sources for one in files_of_day(source, day, context.home.root)]
    seen = _stage(context, files, day.isoformat())
    expected = [source.name for source in sources if source.is_required]
    missing = [name for name in expected if name not in seen.sources]
    return _counts(
        seen,
        sources_arrived=len(expected) - len(missing),
        sources_expected=len(expected),
        sources_missing=", ".join(missing),
    )


def ingest_paths(
    context: StageContext,
    paths: Sequence[Path | str],
    *,
    format: str | None = None,  # noqa: A002  the word of the command line
    source: str = "ingest",
    batch: str,
) -> StageCounts:
    """Stage the files that paths, folders and globs name under `HOME/staging/BATCH`.

    A file that matches a configured source takes that source's name, format and time zone, so that the daily run of
    its day finds it known.

    Raises
    ------
    InputError
        If a path names nothing, or nothing of a file named itself can be read; nothing is staged then.
    ConfigurationError
        If there is no such format, or the key of the pseudonyms can't be used.
    """
    if format is not None:
        format_named(format)
    files = files_of_paths(map(Path, paths), context.settings.sources, context.home.root)
    return _counts(_stage(context, files, batch, source_name=source, forced=format))


def _stage(
    context: StageContext,
    files: Iterable[LogFile],
    batch: str,
    *,
    source_name: str = "ingest",
    forced: str | None = None,
) -> _Seen:
    """Read, type and write chunk by chunk, on a few threads; the chunks' numbers and content follow the files only."""
    pseudonyms = load_pseudonymizer(context.home, context.settings)
    work = _Work(pseudonyms)
    seen = _Seen()
    stream = bundles(files, home=context.home.root, source_name=source_name, forced=forced)
    with staging_folder(context.home.staging / batch) as folder:
        for bundle, rows in _in_order(work, stream, folder):
            seen.chunks += bundle.has_records
            for part in bundle.parts:
                seen.records += len(part.chunk.texts) + len(part.chunk.breaks)
            seen.files += len(bundle.arrived)
            seen.empty += sum(one.is_empty for one in bundle.arrived)
            seen.sources.update(one.source_name for one in bundle.arrived)
            seen.records += len(bundle.refusals)
            seen.rows.update(rows)
            context.progress(seen.records, None, "records")
    return seen


def _in_order(work: _Work, stream: Iterator[Bundle], folder: Path) -> Iterator[tuple[Bundle, dict[str, int]]]:
    """Give the row counts of each chunk in order, with one bundle a worker and one more held in memory."""
    workers = min(_MAX_WORKERS, os.cpu_count() or 1)
    waiting: deque[tuple[Bundle, Future[dict[str, int]]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="ingest") as pool:
        for number, bundle in enumerate(stream):
            waiting.append((bundle, pool.submit(work.write, bundle, number, folder)))
            while len(waiting) > workers:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


class _Work:
    """Types and writes bundles; each thread has a DuckDB connection of its own."""

    def __init__(self, pseudonyms: Pseudonymizer) -> None:
        self._pseudonyms = pseudonyms
        self._own = local()

    def write(self, bundle: Bundle, number: int, folder: Path) -> dict[str, int]:
        """Write a bundle as chunk `number`; rows by table. A bundle of nothing writes nothing."""
        if not bundle.has_records:
            return {}
        chunk: StagedChunk = self._typer().stage(bundle)
        write_chunk(folder, number, chunk)
        names = ("conversations", "turns", "feedback", "rejected")
        return {name: getattr(chunk, name).num_rows for name in names}

    def _typer(self) -> BundleTyper:
        if not hasattr(self._own, "typer"):
            from upturn.formats.bundle_typing import BundleTyper
            from upturn.formats.typed_records import open_typer

            self._own.typer = BundleTyper(
                open_typer(self._pseudonyms.key, mask=partial(mask_value, pseudonyms=self._pseudonyms)),
                mask_record=partial(mask_record, pseudonyms=self._pseudonyms),
            )
        typer: BundleTyper = self._own.typer
        return typer


def _counts(seen: _Seen, **notes: int | str) -> StageCounts:
    return StageCounts(
        read=seen.records,
        quarantined=seen.rows["rejected"],
        notes={
            **notes,
            "files": seen.files,
            "empty_files": seen.empty,
            "chunks": seen.chunks,
            **{name: seen.rows[name] for name in ("conversations", "turns", "feedback")},
        },
    )
