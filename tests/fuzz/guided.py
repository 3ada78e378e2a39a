"""`make fuzz`, the coverage-guided half: libFuzzer (atheris) over every parser, from a small corpus of real records.

It ends with 0 after its runs or seconds; with another code at the first crash, hang or growth of memory, having written
the input, which `--replay FILE` runs again. The same seed and runs give the same inputs.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import atheris

HANG_SECONDS: Final = 120
MEMORY_MB: Final = 1_500
LONGEST: Final = 65_536
_STRUCTURED: Final = 0.6
_OTHER_PARSER: Final = 0.05
_TOLD_EVERY: Final = 200
_CRASHED: Final = 77
"""What libFuzzer ends with itself."""


def main() -> None:
    """Fuzz; never returns."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--runs", type=int, default=-1, help="inputs to try; default: no limit")
    flags.add_argument("--seconds", type=int, default=0, help="how long; default: no limit")
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument("--corpus", type=Path, help="where inputs that reach new code are kept; default: nowhere")
    flags.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="where a failing input is written")
    flags.add_argument("--hang-seconds", type=int, default=HANG_SECONDS, help="an input that takes longer fails")
    flags.add_argument("--memory-mb", type=int, default=MEMORY_MB, help="more memory fails")
    flags.add_argument("--fates", type=Path, help="where it is counted what became of the inputs (JSON)")
    flags.add_argument("--parsers", default="tests.fuzz.parsers", help="module whose `parsers()` are fuzzed")
    flags.add_argument("--only", help="fuzz the parser of this name alone")
    flags.add_argument("--replay", type=Path, help="run this input alone")
    given = flags.parse_args()
    given.failures.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["upturn.formats", "jmespath", given.parsers]):
        work = _Work(
            importlib.import_module(given.parsers), failures=given.failures, fates=given.fates, only=given.only
        )
    if given.replay:
        work.one(given.replay.read_bytes())
        return
    corpus = given.corpus or Path(tempfile.mkdtemp(prefix="upturn-corpus-"))
    work.plant(corpus)
    limits = {
        "runs": given.runs, "max_total_time": given.seconds, "seed": given.seed, "timeout": given.hang_seconds,
        "rss_limit_mb": given.memory_mb, "max_len": LONGEST, "print_final_stats": 1, "use_value_profile": 1,
        "artifact_prefix": f"{given.failures}/",
    }  # fmt: skip
    options = [f"-{name}={value}" for name, value in limits.items()]
    atheris.Setup([sys.argv[0], *options, str(corpus)], work.one, custom_mutator=work.mutated)
    _end_without_destructors()
    atheris.Fuzz()


def _end_without_destructors() -> None:
    """End by `_exit`: libFuzzer calls C's `exit`, whose destructors run under threads of libraries still at work."""
    libc = ctypes.CDLL(None)
    libc.on_exit(libc._exit, None)


class _Work:
    """Sends an input to the parser that its first byte names."""

    def __init__(self, module: Any, *, failures: Path, fates: Path | None, only: str | None) -> None:
        self._module, self._failures, self._fates, self._count = module, failures, fates, 0
        self._parsers = [one for one in module.parsers() if only in (None, one.name)]
        self._records = [text for one in self._parsers if one.is_of_records for text in one.seeds]

    def plant(self, folder: Path) -> None:
        """Write the seeds, and remove what an earlier run of other parsers left."""
        shutil.rmtree(folder / "seeds", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        for place, parser in enumerate(self._parsers):
            for number, seed in enumerate(parser.seeds):
                parser.parse(seed)  # what it imports at its first run is no hang
                (folder / f"seed-{place}-{number}").write_bytes(bytes([place]) + seed)

    def one(self, data: bytes) -> None:
        """Run one input."""
        if not data:
            return
        parser = self._parsers[data[0] % len(self._parsers)]
        try:
            parser.parse(data[1:])
        except BaseException:  # noqa: BLE001  whatever it is, it is a finding
            path = self._failures / f"{parser.name.replace(' ', '-')}-{sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            traceback.print_exc()
            print(f"FAILED {parser.name}: {path}", file=sys.stderr, flush=True)
            os._exit(_CRASHED)  # the interpreter's own end waits for threads of libraries
        self._count += 1
        if self._fates and self._count % _TOLD_EVERY == 0:
            self._fates.write_text(json.dumps(dict(self._module.told())))

    def mutated(self, data: bytes, longest: int, seed: int) -> bytes:
        """Change an input: a record as JSON more often than not, anything else byte by byte; at times its parser."""
        from tests.fuzz.mutations import mutated

        dice = random.Random(seed)
        place, text = (data[0] % len(self._parsers), data[1:]) if data else (0, b"")
        if dice.random() < _OTHER_PARSER:
            place = dice.randrange(len(self._parsers))
        parser = self._parsers[place]
        if parser.is_of_records and text and dice.random() < _STRUCTURED:
            text = mutated(text, dice, self._records)
        else:
            text = atheris.Mutate(text, longest - 1)
        return (bytes([place]) + text)[:longest]


if __name__ == "__main__":
    main()
