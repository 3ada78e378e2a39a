"""Law: on any frame, Great Expectations and the SQL predicate beside each expectation find as many failing rows."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upturn.checks.expectation import Expectation
from upturn.checks.gx import evaluate
from upturn.checks.suites import BATCH, ROW_SUITES, SOURCE

_SUITES = (*ROW_SUITES, ("batch", BATCH), ("source", SOURCE))


def _columns(expectations: tuple[Expectation, ...]) -> dict[str, str]:
    """Give each column that a suite looks at, with what it holds: text, flag, key or number."""
    kinds: dict[str, str] = {}
    for expectation in expectations:
        if expectation.gx_class == "ExpectCompoundColumnsToBeUnique":
            kinds |= dict.fromkeys(expectation.arguments["column_list"], "key")
        elif expectation.gx_class == "ExpectColumnValuesToBeInSet":
            kinds[expectation.arguments["column"]] = "text"
        else:
            kinds.setdefault(expectation.arguments["column"], "number")
    return {name: "flag" if name.startswith("is_") else kind for name, kind in kinds.items()}


def _values(expectations: tuple[Expectation, ...], column: str, kind: str) -> st.SearchStrategy[Any]:
    if kind == "text":
        known = [
            v for e in expectations if e.arguments.get("column") == column for v in e.arguments.get("value_set", [])
        ]
        return st.none() | st.sampled_from(known) | st.sampled_from(["", "robot", known[0].upper(), f"{known[0]} "])
    if kind == "flag":
        return st.none() | st.booleans()
    if kind == "key":
        return st.none() | st.integers(-1, 3)
    limits = [
        limit + step
        for e in expectations
        if e.arguments.get("column") == column
        for limit in (e.arguments.get("min_value"), e.arguments.get("max_value"))
        if limit is not None
        for step in (-1, 0, 1)
    ]
    return st.none() | st.sampled_from([float(limit) for limit in limits] or [0.0]) | st.floats(-1e9, 1e12)


_TYPES = {"text": pa.string(), "flag": pa.bool_(), "key": pa.int64(), "number": pa.float64()}


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "expectations"), _SUITES, ids=[name for name, _ in _SUITES])
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_expectation_and_predicate_find_as_many_rows(
    suite: str, expectations: tuple[Expectation, ...], data: st.DataObject
) -> None:
    kinds = _columns(expectations)
    size = data.draw(st.integers(1, 8))
    frame = pa.table(
        {
            name: pa.array(
                data.draw(st.lists(_values(expectations, name, kind), min_size=size, max_size=size)), _TYPES[kind]
            )
            for name, kind in kinds.items()
        }
    )

    said = evaluate(suite, expectations, frame)

    with duckdb.connect() as connection:
        connection.register("frame", frame)
        for result, expectation in zip(said, expectations, strict=True):
            query = f"select count(*) from (select ({expectation.predicate}) as is_failing from frame) where is_failing"
            found = connection.execute(query).fetchone()
            assert found == (result.unexpected_count,), expectation.name
            assert result.is_success == (result.unexpected_count == 0), expectation.name
            assert result.evaluated_count == size
