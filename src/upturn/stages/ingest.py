"""Reads log files into a staged batch: a day's configured sources, or any files now."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import ConfigurationError
from upturn.formats.bundles import Bundle, bundles
from upturn.formats.mapping_files import load_mapping
from upturn.formats.registry import LogFormat, format_named
from upturn.formats.sources import LogFile, files_of_day, files_of_paths
from upturn.formats.staging import staging_folder, write_chunk
from upturn.privacy.hiding import UserHiding, load_hiding
from upturn.privacy.redactor import Redactor, open_redactor
from upturn.stages.databases import rows_of_day, stage_marks
from upturn.stages.erasure_requests import standing_tombstones
from upturn.stages.inputs import digest_of
from upturn.stages.redacting import redact_chunk
from upturn.stages.stage import StageContext, StageCounts
from upturn.stages.staged_day import note_staged
from upturn.stages.tally import Tally, Written, written

if TYPE_CHECKING:
    from upturn.formats.bundle_typing import BundleTyper
    from upturn.internal_rules import InternalRule
    from upturn.privacy.tombstones import Tombstones
    from upturn.settings import Source

__all__ = ["ingest", "ingest_paths"]

_MAX_WORKERS: Final = 4


def ingest(context: StageContext, day: date) -> StageCounts:
    """Stage the files of every configured source for `day` under `HOME/staging/DAY`.

    A source without a file is no error but an incomplete day: it is counted and named. A file of which nothing can be
    read is refused as a whole, and its source has not arrived.

    Returns
    -------
    Counts of records (read, quarantined: refused here) with the notes `sources_arrived, sources_expected,
    sources_missing` (names, by comma), `files, empty_files, chunks, conversations, turns, feedback`, what was
    replaced by kind (`redacted_email`, …) and `ids_like_email`, conversations whose id stays though it has an @;
    `inputs` is the digest of the files as they were found, by which a late one is noticed.
    """
    sources = context.settings.sources
    files = [one for source in sources for one in _arrived(context, source, day)]
    inputs = digest_of(files, context.home.root)
    seen = _stage(context, files, day.isoformat())
    note_staged(context.home, day)
    expected = [source.name for source in sources if source.is_required]
    missing = [name for name in expected if name not in seen.sources]
    return seen.counts(
        sources_arrived=len(expected) - len(missing),
        sources_expected=len(expected),
        sources_missing=", ".join(missing),
        inputs=inputs,
    )


def ingest_paths(
    context: StageContext,
    paths: Sequence[Path | str | LogFile],
    *,
    format: str | None = None,  # noqa: A002  the word of the command line
    mapping: Path | None = None,
    source: str = "ingest",
    batch: str,
) -> StageCounts:
    """Stage the files that paths, folders, globs and addresses name under `HOME/staging/BATCH`.

    A file that matches a configured source takes that source's name, format and time zone, so that the daily run of
    its day finds it known.

    Raises
    ------
    InputError
        If a path names nothing, or nothing of a file named itself can be read; nothing is staged then.
    ConfigurationError
        If there is no such format, a mapping says what it can't, or a key of the home can't be used.
    """
    if format is not None and mapping is not None:
        raise ConfigurationError("both a format and a mapping: a mapping is the format of its records; leave one out")
    if format is not None:
        format_named(format)
    forced = load_mapping(mapping) if mapping else format
    named = [one for one in paths if not isinstance(one, LogFile)]
    files = [one for one in paths if isinstance(one, LogFile)]
    files += files_of_paths(named, context.settings.sources, context.home.root)
    return _stage(context, files, batch, source_name=source, forced=forced).counts()


def _arrived(context: StageContext, source: Source, day: date) -> list[LogFile]:
    if source.database:
        return [rows_of_day(context.home, context.settings, source, day)]
    return files_of_day(source, day, context.home.root)


def _stage(
    context: StageContext,
    files: Sequence[LogFile],
    batch: str,
    *,
    source_name: str = "ingest",
    forced: str | LogFormat | None = None,
) -> Tally:
    """Read, type and write chunk by chunk, on a few threads; the chunks' numbers and content follow the files only."""
    users = load_hiding(context.home, context.settings)
    settings = context.settings
    work = _Work(users, open_redactor(settings.redaction), standing_tombstones(context), settings.internal)
    seen = Tally()
    stream = bundles(files, home=context.home.root, source_name=source_name, forced=forced)
    with staging_folder(context.home.staging / batch) as folder:
        for bundle, chunk in _in_order(work, stream, folder):
            seen.add(bundle, chunk)
            context.progress(seen.records, None, "records")
        stage_marks(files, folder)
    return seen


def _in_order(work: _Work, stream: Iterator[Bundle], folder: Path) -> Iterator[tuple[Bundle, Written]]:
    """Give the counts of each chunk in order, with one bundle a worker and one more held in memory."""
    workers = min(_MAX_WORKERS, os.cpu_count() or 1)
    waiting: deque[tuple[Bundle, Future[Written]]] = deque()
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

    def __init__(
        self,
        users: UserHiding,
        redactor: Redactor,
        tombstones: Tombstones | None,
        internal: Sequence[InternalRule],
    ) -> None:
        self._users = users
        self._redactor = redactor
        self._tombstones = tombstones
        self._internal = internal
        self._own = local()

    def write(self, bundle: Bundle, number: int, folder: Path) -> Written:
        """Write a bundle, redacted, as chunk `number`; rows by table and what was replaced. Nothing writes nothing."""
        if not bundle.has_records:
            return Written({}, {}, frozenset(), frozenset())
        chunk, notes = redact_chunk(self._typer().stage(bundle), self._redactor)
        write_chunk(folder, number, chunk)
        return written(chunk, notes)

    def _typer(self) -> BundleTyper:
        if not hasattr(self._own, "typer"):
            from upturn.formats.bundle_typing import BundleTyper
            from upturn.formats.typed_records import open_typer

            erased, users = self._tombstones, self._users
            self._own.typer = BundleTyper(
                open_typer(
                    pseudonym_key=users.pseudonyms.key,
                    fact_key=users.fact_key,
                    users=users,
                    is_erased=erased.holds if erased else None,
                    internal=self._internal,
                ),
                users=users,
                names_erased=erased.in_text if erased else None,
            )
        typer: BundleTyper = self._own.typer
        return typer
