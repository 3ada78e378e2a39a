"""No parser crashes, hangs or grows under a coverage-guided fuzzer; the long form is `make fuzz`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris has wheels for Linux on x86-64 only")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RUNS = 2_500
_FORKED_FROM_SOMETHING_SMALL = ("sh", "-c", '"$@"; exit $?', "sh")
"""On Linux a program starts with the peak memory of the process that forked it; libFuzzer's limit reads that peak."""


def fuzz(folder: Path, *options: str) -> tuple[int, str]:
    """Run the fuzzer in a process of its own; its exit code and what it said."""
    fuzzer = [sys.executable, "-m", "tests.fuzz.guided", "--failures", str(folder / "failures"), *options]
    run = subprocess.run(
        [*_FORKED_FROM_SOMETHING_SMALL, *fuzzer],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    return run.returncode, run.stderr


def test_no_parser_crashes_hangs_or_grows(tmp_path):
    fates = tmp_path / "fates.json"
    code, said = fuzz(tmp_path, "--runs", str(RUNS), "--seed", "1", "--memory-mb", "1000", "--fates", str(fates))
    assert code == 0, said[-3000:]
    assert f"Done {RUNS} runs" in said
    from tests.fuzz.parsers import parsers

    ends = json.loads(fates.read_text())
    assert set(ends) == {parser.name for parser in parsers()}  # every parser had inputs
    assert all("kept" in told for told in ends.values()), ends  # and its seeds are what it reads
    assert sum(told.get("refused", 0) for told in ends.values()) > RUNS / 10


@pytest.mark.parametrize(
    ("name", "start", "sign"),
    [
        ("crash", b"cr", "KeyError: 'planted'"),
        ("hang", b"ha", "ERROR: libFuzzer: timeout"),
        ("grow", b"me", "ERROR: libFuzzer: out-of-memory"),
    ],
)
def test_a_planted_crash_hang_or_growth_is_found_and_its_input_is_kept(tmp_path, name, start, sign):
    code, said = fuzz(
        tmp_path, "--parsers", "tests.fuzz.planted", "--only", name, "--runs", "200000",
        "--hang-seconds", "5", "--memory-mb", "600",
    )  # fmt: skip
    assert code != 0
    assert sign in said
    (found,) = (tmp_path / "failures").iterdir()
    assert found.read_bytes()[1:3] == start


def test_the_limit_of_memory_is_the_fuzzers_own_and_not_that_of_the_process_that_starts_it(tmp_path):
    large = bytearray(700 * 2**20)
    large[:: 2**12] = b"x" * len(
        range(0, len(large), 2**12)
    )  # every page touched: this process's peak is above the limit
    code, said = fuzz(
        tmp_path, "--parsers", "tests.fuzz.planted", "--only", "crash", "--runs", "1", "--memory-mb", "600",
    )  # fmt: skip
    assert code == 0, said[-3000:]
