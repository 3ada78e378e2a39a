"""Which ids the log may hold, without reading the log: sorted id prefixes beside the table.

A cache and nothing more: it may be deleted at any time and is then built again from the data files. A segment
holds the first 64 bits of every id of the data files that it names; data files never change and their names are
never used again. So a prefix that no segment of the live files holds is surely new; one that is held is a suspect,
and the log itself is asked.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.domain.errors import UpturnError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["KnownIds", "Lookup", "id_prefixes"]

_MAGIC: Final = b"upturn ids 1\n".ljust(16, b"\0")
_HEADER_BYTES: Final = 32
_UUID_LENGTH: Final = 36
_BLOCK: Final = 1_000_000
"""Prefixes that are merged at a time."""
_GROWTH: Final = 4
"""A segment is merged with those up to this many times its size, so that their number stays logarithmic."""


def id_prefixes(ids: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Give the first 64 bits of every id: (n_ids,) uint64.

    Raises
    ------
    UpturnError
        If an id is no UUID in its form of 36 lowercase characters.
    """
    import numpy as np

    values = np.full(256, 255, dtype=np.uint8)
    values[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16, dtype=np.uint8)
    places = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17]
    found = [np.empty(0, dtype=np.uint64)]
    for chunk in ids.chunks:
        if not len(chunk):
            continue
        offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if not (np.diff(offsets) == _UUID_LENGTH).all():
            raise UpturnError(
                "an event's id is no UUID: expected 36 characters, as upturn.domain.events.event_id gives"
            )
        text = np.frombuffer(chunk.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(-1, _UUID_LENGTH)
        nibbles = values[text[:, places]]
        if (nibbles == 255).any():
            raise UpturnError("an event's id is no UUID: expected lowercase hex digits and hyphens")
        found.append(np.ascontiguousarray(nibbles[:, 0::2] << 4 | nibbles[:, 1::2]).view(">u8").ravel().astype("u8"))
    return np.concatenate(found)


@dataclass(frozen=True)
class Lookup:
    """What the segments say of some prefixes and data files."""

    held: npt.NDArray[np.bool_]
    """(n_prefixes,) bool: whether a segment holds the prefix."""
    suspects: frozenset[str]
    """Data files that may hold an id of these prefixes."""
    uncovered: frozenset[str]
    """Data files that no segment knows: read their ids."""


@dataclass(frozen=True)
class _Segment:
    path: Path
    files: frozenset[str]
    prefixes: npt.NDArray[np.uint64]


class KnownIds:
    """The segments in `folder`. Any number of processes may read and add at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lookup(self, prefixes: npt.NDArray[np.uint64], files: Collection[str]) -> Lookup:
        """Say which prefixes may be in `files` (names of data files)."""
        import numpy as np

        held, suspects, uncovered = np.zeros(len(prefixes), dtype=bool), set[str](), set(files)
        order = np.argsort(prefixes)
        needles = prefixes[order]
        for segment in self._segments():
            live = segment.files.intersection(files)
            if not live:
                continue
            uncovered -= live
            if not len(segment.prefixes):
                continue
            places = np.searchsorted(segment.prefixes, needles).clip(max=len(segment.prefixes) - 1)
            hits = segment.prefixes[places] == needles
            if hits.any():
                held[order[hits]] = True
                suspects |= live
        return Lookup(held=held, suspects=frozenset(suspects), uncovered=frozenset(uncovered))

    def add(self, prefixes: npt.NDArray[np.uint64], files: Collection[str], *, live: Collection[str]) -> None:
        """Remember the prefixes of `files`; segments without a file in `live` (the table's files now) are dropped.

        Raises
        ------
        OSError
            If the segment can't be written; what was known stays known.
        """
        import numpy as np

        names, parts, replaced, total = set(files), [np.sort(prefixes)], list[Path](), len(prefixes)
        for segment in sorted(self._segments(), key=lambda segment: len(segment.prefixes)):
            covered = segment.files.intersection(live)
            if covered and len(segment.prefixes) > _GROWTH * total:
                continue
            replaced.append(segment.path)
            if covered:
                names |= covered
                parts.append(segment.prefixes)
                total += len(segment.prefixes)
        self._write(sorted(names), parts)
        for path in replaced:
            path.unlink(missing_ok=True)

    def forget(self, *, live: Collection[str]) -> None:
        """Drop every segment that holds ids of a file that is not `live`, and what killed writers left.

        The ids of the other files of such a segment are read again when they are asked for.
        """
        for path in self._folder.glob("*.partial"):
            path.unlink(missing_ok=True)
        for segment in self._segments():
            if not segment.files <= set(live):
                segment.path.unlink(missing_ok=True)

    def _segments(self) -> Sequence[_Segment]:
        if not self._folder.is_dir():
            return ()
        return [segment for path in sorted(self._folder.glob("*.ids")) if (segment := _opened(path)) is not None]

    def _write(self, names: Sequence[str], parts: Sequence[npt.NDArray[np.uint64]]) -> None:
        """Write a segment of these sorted parts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        listed = json.dumps(names).encode()
        listed = listed.ljust(-(-len(listed) // 8) * 8)
        total = sum(map(len, parts))
        path = self._folder / f"{uuid.uuid4().hex}.ids"
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as stream:
                stream.write(_MAGIC + len(listed).to_bytes(8, "little") + total.to_bytes(8, "little") + listed)
                for block in _merged(parts, total):
                    stream.write(block.astype("<u8").tobytes())
                stream.flush()
                os.fsync(stream.fileno())
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)


def _merged(parts: Sequence[npt.NDArray[np.uint64]], total: int) -> Iterator[npt.NDArray[np.uint64]]:
    """Give all prefixes of sorted parts in order, a block at a time: ids are spread evenly over their range."""
    import numpy as np

    count = max(total // _BLOCK, 1)
    starts = [0] * len(parts)
    for number in range(1, count + 1):
        bound = np.uint64((number << 64) // count) if number < count else None
        ends = [len(part) if bound is None else int(np.searchsorted(part, bound)) for part in parts]
        yield np.sort(np.concatenate([part[a:b] for part, a, b in zip(parts, starts, ends, strict=True)]))
        starts = ends


def _opened(path: Path) -> _Segment | None:
    """Give the segment at `path`; None if it has just been merged away or isn't whole."""
    import numpy as np

    try:
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
            listed, count = int.from_bytes(header[16:24], "little"), int.from_bytes(header[24:32], "little")
            whole = _HEADER_BYTES + listed + 8 * count
            if header[:16] != _MAGIC or os.fstat(stream.fileno()).st_size != whole:
                return None
            names = frozenset(json.loads(stream.read(listed)))
            prefixes = (
                np.memmap(stream, dtype="<u8", mode="r", offset=_HEADER_BYTES + listed, shape=(count,))
                if count
                else np.empty(0, dtype="<u8")
            )
            return _Segment(path=path, files=names, prefixes=prefixes)
    except FileNotFoundError:
        return None
