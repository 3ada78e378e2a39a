"""Takes the rows of the erased out of a batch that waits to be appended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from upturn.formats.staged import staged_schemas

if TYPE_CHECKING:
    import pyarrow as pa

    from upturn.privacy.tombstones import Tombstones

__all__ = ["drop_erased"]


def drop_erased(folder: Path, tombstones: Tombstones) -> int:
    """Take the rows of the erased out of a staged batch; how many."""
    import pyarrow.parquet as pq

    gone: set[str] = set()
    for path in sorted(folder.glob("conversations-*.parquet")):
        ids = pq.read_table(path, columns=["conversation_id", "user_key"]).to_pylist()
        gone |= {
            row["conversation_id"] for row in ids if row["user_key"] and tombstones.cover("pseudonym", row["user_key"])
        }
    removed = 0
    for name in (*staged_schemas(), "refused"):
        for path in sorted(folder.glob(f"{name}-*.parquet")):
            table = pq.read_table(path)
            kept = _kept(table, gone, tombstones)
            if kept.num_rows < table.num_rows:
                removed += table.num_rows - kept.num_rows
                _replace(path, kept)
    return removed


def _kept(table: pa.Table, gone: set[str], tombstones: Tombstones) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = [one for one in pc.unique(table["conversation_id"]).to_pylist() if one is not None]
    theirs = gone | tombstones.covered("conversation", ids)
    is_theirs = pc.is_in(table["conversation_id"], pa.array(sorted(theirs), pa.string()))
    if "record" in table.column_names:
        texts = table["record"].to_pylist()
        named = [text is not None and tombstones.in_text(text.encode()) for text in texts]
        is_theirs = pc.or_(is_theirs, pa.array(named, pa.bool_()))
    return table.filter(pc.invert(is_theirs))


def _replace(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, fresh, compression="lz4", write_statistics=False)
    fresh.chmod(0o600)
    fresh.replace(path)
