"""The cache of ids: what it calls new is new, and its segments stay few."""

import numpy as np

from upturn.log.known_ids import KnownIds


def prefixes(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def test_nothing_known_covers_nothing(tmp_path):
    found = KnownIds(tmp_path / "ids").lookup(prefixes(1, 2), ["a"])
    assert found.held.tolist() == [False, False]
    assert (found.suspects, found.uncovered) == (frozenset(), {"a"})


def test_held_prefixes_name_the_files_that_may_hold_them(tmp_path):
    known = KnownIds(tmp_path / "ids")
    known.add(prefixes(*range(100, 300)), ["a"], live=["a"])
    known.add(prefixes(7, 2**64 - 1), ["b"], live=["a", "b"])
    found = known.lookup(prefixes(2**64 - 1, 8, 150), ["a", "b"])
    assert found.held.tolist() == [True, False, True]
    assert found.suspects == {"a", "b"}
    assert known.lookup(prefixes(7), ["a", "b"]).suspects == {"b"}
    assert known.lookup(prefixes(7), ["a"]).held.tolist() == [False]


def test_files_that_are_gone_are_forgotten(tmp_path):
    known = KnownIds(tmp_path / "ids")
    known.add(prefixes(1), ["a"], live=["a"])
    known.add(prefixes(2), ["b"], live=["b"])
    found = known.lookup(prefixes(1, 2), ["a", "b"])
    assert found.held.tolist() == [False, True]
    assert found.uncovered == {"a"}


def test_a_file_without_events_is_covered(tmp_path):
    known = KnownIds(tmp_path / "ids")
    known.add(prefixes(), ["a"], live=["a"])
    assert known.lookup(prefixes(1), ["a"]).uncovered == frozenset()


def test_segments_grow_with_the_logarithm_of_the_appends(tmp_path):
    known, files = KnownIds(tmp_path / "ids"), []
    for number in range(200):
        files.append(f"f{number}")
        known.add(prefixes(*range(number * 10, number * 10 + 10)), files[-1:], live=files)
    # 2,000 ids in steps of 10, each segment over 4 times the one before: at most log4(200) + 1 = 4.8
    assert len(list((tmp_path / "ids").iterdir())) <= 4
    found = known.lookup(prefixes(*range(2010)), files)
    assert found.held.tolist() == [True] * 2000 + [False] * 10
    assert found.uncovered == frozenset()


def test_merging_in_blocks_loses_none_and_keeps_the_order(tmp_path, monkeypatch):
    monkeypatch.setattr("upturn.log.known_ids._BLOCK", 16)
    values = np.random.default_rng(5).integers(0, 2**64, size=1000, dtype=np.uint64)
    values[:3] = [0, 2**64 - 1, 2**63]
    known = KnownIds(tmp_path / "ids")
    known.add(values[:300], ["a"], live=["a"])
    known.add(values[300:], ["b"], live=["a", "b"])
    (segment,) = (tmp_path / "ids").iterdir()
    stored = np.frombuffer(segment.read_bytes()[-8000:], dtype="<u8")
    assert stored.tolist() == sorted(values.tolist())
    assert known.lookup(values, ["a", "b"]).held.all()
