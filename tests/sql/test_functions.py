"""SQL's `event_id` and `keyed_digest` are the ones of Python."""

import random
import unicodedata

import duckdb
import pyarrow as pa
import pytest
from scipy.special import stdtrit

from upturn.domain.events import event_id
from upturn.log.functions import fact_digest, keyed_digest, register
from upturn.resources import load_sql

KEY = b"a key of thirty-two bytes, or so"


@pytest.fixture
def connection():
    with duckdb.connect() as fresh:
        register(fresh, pseudonym_key=KEY, fact_key=KEY)
        yield fresh


def random_texts(count: int, seed: int) -> list[str]:
    """Texts of 0 to 40 code points out of all planes, without surrogates and the separator."""
    draw = random.Random(seed)

    def character() -> str:
        while True:
            point = draw.choice((draw.randrange(0x80), draw.randrange(0x3000), draw.randrange(0x110000)))
            if unicodedata.category(chr(point)) != "Cs" and point != 0x1F:
                return chr(point)

    return ["".join(character() for _ in range(draw.randrange(41))) for _ in range(count)]


def test_sql_gives_the_event_id_of_python_for_any_text(connection):
    texts = random_texts(5 * 4000, seed=1)
    rows = pa.table({name: texts[i::5] for i, name in enumerate(("type", "source", "first", "second", "revision"))})
    connection.register("parts", rows)
    got = connection.sql(
        """
        select
            event_id(type, source, first, revision),
            event_id(type, source, native_ids(first, second), revision)
        from parts
        """
    ).fetchall()
    wanted = [
        (
            event_id(row["type"], row["source"], row["first"], revision=row["revision"]),
            event_id(row["type"], row["source"], row["first"], row["second"], revision=row["revision"]),
        )
        for row in rows.to_pylist()
    ]
    assert got == wanted


def test_every_variant_nibble_is_mapped(connection):
    # 4,000 digests: each of 16 nibbles comes up, and a missing branch would give NULL
    missing = connection.sql(
        "select count(*) from range(4000) as t (i) where event_id('t', 's', i::varchar, 'r') is null"
    ).fetchone()
    assert missing == (0,)


def test_event_id_of_a_missing_part_is_null(connection):
    assert connection.sql("select event_id('t', 's', null, 'r')").fetchone() == (None,)


@pytest.mark.parametrize("key", [b"k", KEY, b"b" * 64, b"longer than one block " * 7])
def test_sql_gives_the_keyed_digest_of_python_for_any_text_and_key_length(key):
    texts = random_texts(3000, seed=2)
    with duckdb.connect() as connection:
        register(connection, pseudonym_key=key, fact_key=key)
        connection.register("texts", pa.table({"text": texts}))
        got = connection.sql("select keyed_digest(text) from texts").fetchall()
    assert got == [(keyed_digest(text, key),) for text in texts]


def test_keyed_digest_of_null_is_null_and_of_nothing_is_not(connection):
    assert connection.sql("select keyed_digest(null), keyed_digest('')").fetchone() == (None, keyed_digest("", KEY))


@pytest.mark.parametrize("key", [b"k", KEY, b"longer than one block " * 7])
def test_sql_gives_the_fact_digest_of_python_for_any_text_and_key_length(key):
    texts = random_texts(3000, seed=3)
    with duckdb.connect() as connection:
        register(connection, pseudonym_key=key, fact_key=key)
        connection.register("texts", pa.table({"text": texts}))
        got = connection.sql("select fact_digest(text) from texts").fetchall()
    assert got == [(fact_digest(text, key),) for text in texts]


def test_fact_digest_of_null_is_null_and_of_nothing_is_not(connection):
    assert connection.sql("select fact_digest(null), fact_digest('')").fetchone() == (None, fact_digest("", KEY))


def test_fact_digest_differs_by_key_and_from_the_digest_of_users(connection):
    assert fact_digest("x", KEY) not in {fact_digest("x", b"another"), keyed_digest("x", KEY)}


def test_no_rows_give_no_ids(connection):
    nothing = "select event_id('t', 's', i::varchar, 'r'), keyed_digest(i::varchar) from range(0) as t (i)"
    assert connection.sql(nothing).fetchall() == []


def test_registering_again_replaces_the_key(connection):
    register(connection, pseudonym_key=b"another", fact_key=b"one more")
    got = connection.sql("select keyed_digest('x'), fact_digest('x')").fetchone()
    assert got == (keyed_digest("x", b"another"), fact_digest("x", b"one more"))


@pytest.mark.parametrize("keys", [(b"", KEY), (KEY, b"")])
def test_an_empty_key_is_refused(keys):
    with duckdb.connect() as connection, pytest.raises(ValueError, match="empty"):
        register(connection, pseudonym_key=keys[0], fact_key=keys[1])


@pytest.mark.parametrize("users", [2, 3, 4, 5, 8, 20, 100, 10_000])
def test_students_t_is_that_of_scipy(users):
    with duckdb.connect() as opened:
        opened.execute(load_sql("functions/behaviour"))
        assert opened.execute("select t_of($users)", {"users": users}).fetchone()[0] == pytest.approx(
            stdtrit(users - 1, 0.95), rel=0.01
        )


def test_one_user_has_no_students_t():
    with duckdb.connect() as opened:
        opened.execute(load_sql("functions/behaviour"))
        assert opened.execute("select t_of(1)").fetchone() == (None,)
