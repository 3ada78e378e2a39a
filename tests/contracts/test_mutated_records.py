"""Every mutated record of every format and mapping ends staged, skipped or refused with a reason; counts add up."""

import pytest

from tests.fuzz.batches import targets
from tests.fuzz.mutations import records
from tests.fuzz.whole_way import batch_of, fates_of
from tests.support.ingesting import stage_records

pytestmark = pytest.mark.slow

TARGETS = targets()


@pytest.mark.parametrize("name", list(TARGETS))
def test_every_mutated_record_has_one_fate(name, tmp_path):
    texts, options = TARGETS[name]
    fates = fates_of(tmp_path, batch_of(texts, count=200, seed=1), **options)
    assert fates.read == fates.staged + fates.skipped + fates.quarantined > 150
    assert fates.quarantined > 0


@pytest.mark.parametrize("depth", [150, 201, 1_000, 100_000])
@pytest.mark.parametrize("name", ["upturn", "openai_chat", "otel_genai"])
def test_deep_nesting_refuses_its_record_and_not_its_file(name, depth, tmp_path):
    whole = records(name)[0]
    deep = whole[:-1] + b',"metadata":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    result = stage_records(tmp_path, whole, deep, whole, format=name)
    lines = {row["line"] for row in result.rows("conversations")}
    assert {1, 3} <= lines
    assert [row["line"] for row in result.rows("rejected")] == ([2] if 2 not in lines else [])
    if depth > 200:
        assert "more than 200 levels" in result.reasons[0]
