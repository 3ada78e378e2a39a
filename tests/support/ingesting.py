"""Stages files in a fresh home without log and warehouse, and reads back what was staged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from upturn.formats.staged import staged_schemas
from upturn.home import Home
from upturn.settings import Settings, Source
from upturn.stages.ingest import ingest_paths
from upturn.stages.stage import StageContext, StageCounts

KEY = "a key for tests of thirty-two bytes"


@dataclass(frozen=True)
class Staged:
    """What one ingest left."""

    counts: StageCounts
    tables: dict[str, pa.Table]

    def rows(self, name: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.tables[name].to_pylist())

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.rows("rejected")]


def context(root: Path, *sources: Source) -> StageContext:
    """A context whose log and warehouse nobody may touch."""
    return StageContext(
        home=Home(root).create(),
        settings=Settings(sources=sources, pseudonym_key=KEY),
        log=cast("Any", None),
        warehouse=cast("Any", None),
        clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
    )


def staged(folder: Path) -> dict[str, pa.Table]:
    """The staged tables of a batch, its chunks in order."""
    return {
        name: pa.concat_tables(
            [schema.empty_table(), *(pq.read_table(path) for path in sorted(folder.glob(f"{name}-*.parquet")))]
        )
        for name, schema in staged_schemas().items()
    }


def stage_files(root: Path, *paths: Path, sources: tuple[Source, ...] = (), **options: Any) -> Staged:
    """Ingest files into the home `root`."""
    counts = ingest_paths(context(root, *sources), paths, batch="batch", **options)
    return Staged(counts, staged(root / "staging" / "batch"))


def stage_records(
    root: Path,
    *records: Any,
    format: str | None = "upturn",  # noqa: A002
    **options: Any,
) -> Staged:
    """Ingest records (bytes are written as they are), one a line."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / "logs.jsonl"
    lines = [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return stage_files(root, path, format=format, **options)
