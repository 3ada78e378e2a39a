"""Sends mutated records the whole way from a file's bytes to staged chunks, and checks every record's fate."""

from __future__ import annotations

import random
import re
import resource
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.mutations import mutated
from tests.support.ingesting import context, staged
from upturn.stages.ingest import ingest_paths

LONGEST_SECONDS = 120
"""CPU seconds of a batch: more is a hang. So is a batch that waits for ten times as long."""
MOST_MIB = 3_000


@dataclass
class Fates:
    """What became of records, summed."""

    read: int = 0
    staged: int = 0
    skipped: int = 0
    quarantined: int = 0
    cpu_seconds: float = 0.0
    slowest: float = 0.0
    """CPU seconds of the slowest batch."""
    peak_mib: float = 0.0
    """Memory of the largest process, at its largest."""
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: Fates) -> None:
        """Add another batch."""
        for name in ("read", "staged", "skipped", "quarantined", "cpu_seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("slowest", "peak_mib"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))
        self.reasons.update(other.reasons)


def batch_of(records: list[bytes], *, count: int, seed: int) -> list[bytes]:
    """Give mutated records; the same seed gives the same."""
    dice = random.Random(seed)
    return [mutated(dice.choice(records), dice, records) for _ in range(count)]


def fates_of(folder: Path, lines: list[bytes], **options: Any) -> Fates:
    """Ingest lines into a new home below `folder`, check that each has one fate, and give the counts.

    Raises
    ------
    AssertionError
        If a record has no fate, two, or one without a reason of one line; or if it takes too long.
    """
    path = folder / "mutated.jsonl"
    # a first line that is no record and no bracket: the file stays one of lines, whatever is in them
    path.write_bytes(b"-\n" + b"\n".join(lines) + b"\n")
    expected = {number for number, line in enumerate([b"-", *lines], start=1) if line and not line.isspace()}
    begin = time.process_time()
    with _at_most(LONGEST_SECONDS):
        counts = ingest_paths(context(folder / "home"), [path], batch="batch", **options)
    seconds = time.process_time() - begin
    tables = staged(folder / "home" / "staging" / "batch")
    refused, kept = tables["rejected"]["line"].to_pylist(), set(tables["conversations"]["line"].to_pylist())
    assert counts.read == len(expected), (counts.read, len(expected))
    assert len(refused) == len(set(refused)) == counts.quarantined
    assert not kept & set(refused), "a record is staged and refused"
    assert kept | set(refused) <= expected
    assert counts.read == len(kept) + counts.skipped + counts.quarantined, "a record without a fate"
    assert counts.notes["staged"] == len(kept)
    reasons = tables["rejected"]["reason"].to_pylist()
    assert all(reason and len(reason.splitlines()) == 1 and len(reason) < 1000 for reason in reasons)
    assert not set(tables["turns"]["line"].to_pylist()) - kept
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert peak < MOST_MIB, f"{peak:.0f} MiB"
    return Fates(
        read=counts.read,
        staged=len(kept),
        skipped=counts.skipped,
        quarantined=counts.quarantined,
        cpu_seconds=seconds,
        slowest=seconds,
        peak_mib=peak,
        reasons=Counter(map(_kind, reasons)),
    )


def _kind(reason: str) -> str:
    """Give a reason without the field, the place and the value that it names.

    >>> _kind("turns[3].role expected 'user' or 'tool', got a number; turns[4].content is missing")
    "expected 'user' or 'tool'"
    """
    said = re.split(r"; |, got | at (?:character|byte) |: ", reason, maxsplit=1)[0]
    said = re.sub(
        r"^[\w.\[\]]*[_.\[][\w.\[\]]* |^(?:turns|feedback|metadata|outcome|origin|channel) |`[^`]*` ?", "", said
    )
    return re.sub(r"\d+", "#", said)[:80]


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Fail where something takes longer: a hang."""

    def too_long(*_: object) -> None:
        raise AssertionError(f"longer than {seconds} s: a hang")

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds))
    before = [signal.signal(kind, too_long) for _, kind, _ in timers]
    for timer, _, limit in timers:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (timer, kind, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(kind, handler)
