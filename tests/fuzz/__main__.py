"""`make fuzz`: mutated records of every format and mapping, from bytes to staged chunks, until enough are through."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.fuzz.batches import BATCH, fates_of_batch
from tests.fuzz.whole_way import Fates

TOLD_EVERY = 50


def main() -> None:
    """Fuzz, and print what became of the records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=86_400.0, help="start nothing new after so long")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="where failing files are kept")
    arguments = parser.parse_args()
    total, begin, failed = Fates(), time.monotonic(), 0
    batches = range(-(-arguments.records // (BATCH + 1)))
    work = partial(fates_of_batch, seed=arguments.seed, failures=arguments.failures, until=begin + arguments.seconds)
    with ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("spawn")) as pool:
        for number, (fates, failure) in enumerate(pool.map(work, batches), start=1):
            total.add(fates)
            if failure:
                failed += 1
                print(f"FAILED {failure}", flush=True)
            if number % TOLD_EVERY == 0 or number == len(batches):
                _tell(total, failed, time.monotonic() - begin)
    for reason, count in total.reasons.most_common():
        print(f"{count}\t{reason}")
    raise SystemExit(1 if failed or not total.read else 0)


def _tell(total: Fates, failed: int, seconds: float) -> None:
    counted = ("read", "staged", "skipped", "quarantined", "cpu_seconds", "slowest", "peak_mib")
    told: dict[str, float] = {name: round(getattr(total, name)) for name in counted}
    print(json.dumps({**told, "failed_batches": failed, "seconds": round(seconds)}), flush=True)


if __name__ == "__main__":
    main()
