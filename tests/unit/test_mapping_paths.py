"""Paths that are made plain functions find what JMESPath finds."""

import contextlib

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upturn.formats.mapping_paths import compile_path, is_conditional
from upturn.formats.registry import RefusedRecordError

LEAF = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "", "x", "a"])
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
PATHS = [
    "a", "a.b.c", "a[0]", "a[-1].b", "@", "a || b", "a && b", "a && b || c", "a[?b == 'x']", "a[?b != `1`].c", "a[?b]",
    "a[?b == `true`]", "a[?b == `0` || c == 'a'].b", "[a, b][]", "a[].b", "a[*].b", "a | [0]", "a[?b] | [0]", "!a",
    "a.*", "{x: a, y: b}", "a[1:]", "a == b", "a < b", "not_null(a, b)", "to_string(a)",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=120, deadline=None)
@given(value=JSON)
def test_a_path_finds_what_jmespath_finds(path, value):
    assert repr(compile_path(path)(value)) == repr(jmespath.search(path, value))


@pytest.mark.parametrize("value", [{"a": 5}, {"a": "x"}, {}, {"a": [1, "x"]}, [], None, "x"])
@pytest.mark.parametrize(
    "path", ["max(a)", "length(a)", "join(',', a)", "sum(a)", "keys(a)", "from_json(a)", "split(a, '')"]
)
def test_a_path_that_does_not_fit_refuses_the_record_and_never_fails(path, value):
    with contextlib.suppress(RefusedRecordError):
        compile_path(path)(value)


def test_a_condition_before_a_path_is_told():
    assert [is_conditional(path) for path in ("a == 'x' && b", "a || b && c", "a")] == [True, False, False]
