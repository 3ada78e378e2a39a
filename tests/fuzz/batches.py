"""Batches of mutated records by number: each the same whichever process ingests it."""

from __future__ import annotations

import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.fuzz.mutations import records
from tests.fuzz.whole_way import Fates, batch_of, fates_of
from upturn.formats.mapping_files import load_mapping
from upturn.formats.registry import formats

MAPPINGS: Final = Path(__file__).parents[2] / "docs" / "examples" / "mappings"
BATCH: Final = 2_000


@cache
def targets() -> dict[str, tuple[list[bytes], dict[str, Any]]]:
    """Give records and the options to ingest them, by format or mapping.

    A mapping is sent the records of every format: what it was not made for is what may break it.
    """
    found: dict[str, tuple[list[bytes], dict[str, Any]]] = {
        name: (texts, {"format": name}) for name in formats() if (texts := records(name))
    }
    everything = [text for texts, _ in found.values() for text in texts]
    for path in sorted(MAPPINGS.glob("*.toml")):
        if load_mapping(path).read is None:  # a record is a line
            found[path.stem] = (records(path.stem) + everything, {"mapping": path})
    return found


def fates_of_batch(number: int, *, seed: int, failures: Path, until: float) -> tuple[Fates, str | None]:
    """Ingest one batch; what became of it, or what failed."""
    if time.monotonic() > until:
        return Fates(), None
    known = targets()
    name = list(known)[number % len(known)]
    texts, options = known[name]
    seed = seed * 1_000_000 + number
    lines = batch_of(texts, count=BATCH, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return fates_of(Path(folder), lines, **options), None
        except Exception as error:  # noqa: BLE001  whatever it is, it is a finding
            failures.mkdir(exist_ok=True)
            shutil.copy(Path(folder) / "mutated.jsonl", failures / f"{name}-{seed}.jsonl")
            return Fates(), f"{name} seed {seed}: {type(error).__name__}: {str(error)[:300]}"
