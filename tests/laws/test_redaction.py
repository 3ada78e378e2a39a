"""Laws of redaction, over texts made of what provokes it."""

import json
import time
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_redaction import FOUND, KEPT
from upturn.privacy.redactor import open_redactor
from upturn.privacy.screening import may_find, rows_to_read
from upturn.settings import RedactionSettings

PATTERN = {"name": "own", "regex": r"(?i)w\d{3,}|zz.", "placeholder": "<OWN>"}
REDACTOR = open_redactor(RedactionSettings.model_validate({"patterns": [PATTERN]}))

PIECES = st.one_of(
    st.sampled_from([text for text, _ in FOUND] + KEPT + ["zz", "W123", "<", ">", "<EMAIL>", "<OWN>", "\0", "\u00a0"]),
    st.sampled_from([*' -.:/@=?&"{}[],\\\n+()', "password", "token", "phone", "ssn", "://", "Bearer ", "-----BEGIN"]),
    st.text(max_size=8),
    st.from_regex(r"[0-9 .\-]{1,18}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_.@:-]{1,24}", fullmatch=True),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3) | inner.map(json.dumps),
    max_leaves=8,
)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@given(st.lists(TEXTS | st.none(), max_size=14))
@settings(max_examples=200, deadline=None)
def test_a_column_is_its_texts_one_by_one(texts: list[str | None]) -> None:
    texts = [text if text is None else text.encode("utf-8", "replace").decode() for text in texts]
    redacted, counts = REDACTOR.texts(pa.array(texts, pa.string()))
    assert redacted.to_pylist() == [text if text is None else REDACTOR.text(text) for text in texts]
    assert bool(counts) == (redacted.to_pylist() != texts)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_scan_and_screen_see_all_that_a_rule_finds(text: str) -> None:
    is_read = rows_to_read(pa.array([text.encode("utf-8", "replace").decode()]), REDACTOR.rules)[0].as_py()
    for rule in REDACTOR.rules:
        if any(rule.find(text)):
            assert is_read, rule.kind
            assert rule in may_find([text], REDACTOR.rules)[0], rule.kind


@given(st.lists(TEXTS, min_size=8, max_size=12))
@settings(max_examples=50, deadline=None)
def test_many_texts_are_screened_as_each_alone(texts: list[str]) -> None:
    together = may_find(texts, REDACTOR.rules)
    assert together == [may_find([text], REDACTOR.rules)[0] for text in texts]


@given(st.lists(VALUES, min_size=2, max_size=6))
@settings(max_examples=50, deadline=None)
def test_a_column_of_json_is_its_texts_one_by_one(values: list[object]) -> None:
    texts = [json.dumps(value) for value in values]
    redacted, counts = REDACTOR.json_texts(pa.array(texts))
    alone = [REDACTOR.json_texts(pa.array([text])) for text in texts]
    assert redacted.to_pylist() == [column[0].as_py() for column, _ in alone]
    assert counts == sum((found for _, found in alone), Counter())


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_json_stays_json_of_the_same_shape(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        column, _ = REDACTOR.json_texts(pa.array([text.encode("utf-8", "replace").decode()]))
        (redacted,) = column.to_pylist()
        assert shape(json.loads(redacted)) == shape(json.loads(text.encode("utf-8", "replace").decode()))
        assert REDACTOR.json_texts(column)[0].equals(column)


def shape(value: object) -> object:
    if isinstance(value, dict):
        return ["object", *map(shape, value.values())]
    return ["array", *map(shape, value)] if isinstance(value, list) else "leaf"


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_card_is_found_in_any_surroundings(text: str) -> None:
    plain = text.replace("4111", "")
    assert "4111111111111111" not in REDACTOR.text(f"{plain} 4111111111111111 {plain}")


@pytest.mark.parametrize(
    "piece",
    ["a", "0", "1 ", "a@", "a@b.", "+4", "12-", "::", "a:", "://a:", "eyJ", "-----BEGIN PRIVATE KEY-----", '{"a":', "[",
     '"', "\\", "password: ", "phone 1", "é", "<EMAIL>", "DE89 3704 ", "=", "?token=", "ssn 1", "4111 1111 1111 1111 "],
)  # fmt: skip
def test_a_megabyte_takes_bounded_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    begin = time.process_time()
    once = REDACTOR.text(text)
    small = time.process_time() - begin
    assert once is not None
    assert small < 30, f"{small:.1f} s for a megabyte"


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "Where is my order 4155552671? ",
        "call 415-555-2671, ",
        '{"to": "b@c.example", "said": "' + "w " * 200 + '"},',
        "a@b.",
    ],
)
def test_ten_megabytes_take_bounded_time(piece: str) -> None:
    begin = time.process_time()
    assert REDACTOR.text(piece * (10_000_000 // len(piece)))
    assert time.process_time() - begin < 120
