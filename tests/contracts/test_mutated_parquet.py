"""A damaged Parquet file is refused or read, and kills nobody; the long form is `make fuzz`."""

import pytest

from tests.fuzz.parquet import fuzz

pytestmark = pytest.mark.slow


def test_no_mutated_file_ends_the_process(tmp_path):
    ends, failed = fuzz(100, first=0, failures=tmp_path)
    assert failed == []
    assert set(ends) == {"kept", "refused"}
    assert sum(ends.values()) == 100


def test_a_file_that_ends_or_holds_up_the_process_is_kept_and_the_others_are_read(tmp_path):
    ends, failed = fuzz(8, first=20, failures=tmp_path, reader="tests.fuzz.planted_parquet:read", hang_seconds=5)
    # Of 20 … 27 the third aborts and the sixth hangs; processes after them read on from the fourth and the seventh.
    assert ends == {"kept": 6, "died": 2}
    assert [path.name for path in failed] == ["parquet-22", "parquet-25"]
    assert all(path.read_bytes() for path in failed)
