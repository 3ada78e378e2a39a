"""Rows of real databases become conversations: streamed, from a mark on, and without a secret in any message."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.homes import upturn, upturn_json
from tests.support.ingesting import context, staged
from tests.support.postgres import PASSWORD, QUOTED, postgres_server
from upturn.domain.errors import (
    ConfigurationError,
    MissingExtraError,
    StoreError,
    StoreUnreachableError,
    TransientError,
    UpturnError,
)
from upturn.home import Home
from upturn.log.delta import DeltaLog
from upturn.settings import Source, load_settings
from upturn.stages.databases import marks_folder
from upturn.stages.ingest import ingest
from upturn.stages.pending import pending_days
from upturn.stores.database import Selection, stream_rows
from upturn.wiring import open_context, run_stage

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
COLUMNS = "conversation_id, message_id, role, content, created_at, updated_at"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
def postgres(server) -> str:
    """A server whose table `messages` is empty."""
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("drop table if exists messages")
        connection.execute("create sequence if not exists counter")
        connection.execute(
            "create table messages (conversation_id text, message_id text, role text, content text, "
            "created_at timestamptz, updated_at timestamptz)"
        )
    return server


def add(url: str, *rows: tuple[int, int]) -> None:
    """Insert messages: a number, and the minutes after noon at which it was updated."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for number, minutes in rows:
            moment = NOON + timedelta(minutes=minutes)
            role = "assistant" if number % 2 else "user"
            values = (f"c{number // 2}", f"m{number}", role, f"text {number}", moment, moment)
            connection.execute(f"insert into messages ({COLUMNS}) values (%s, %s, %s, %s, %s, %s)", values)


def turns(home: Path) -> list[str]:
    """The texts of all turns in the log, in order."""
    events = DeltaLog(home / "events").read(types=["turn.logged"])
    return sorted(json.loads(data)["content"] for data in events["data"].to_pylist())


@pytest.mark.slow
def test_a_table_of_postgres_is_read_from_its_watermark_on_and_no_row_at_the_mark_is_lost(postgres, tmp_path):
    home = tmp_path / "home"
    upturn("init", home=home)
    add(postgres, (0, 0), (1, 60))
    command = ("ingest", "env:CHATS", "--table", "messages", "--watermark", "updated_at", "--source", "desk")
    first = json.loads(upturn(*command, "--json", home=home, CHATS=postgres))
    # a row a turn; two rows of one conversation
    assert (first["ingest"]["read"], first["ingest"]["turns"], first["ingest"]["quarantined"]) == (2, 2, 0)
    assert turns(home) == ["text 0", "text 1"]
    # row 2 has the mark's own value, row 3 was committed late with a time 5 minutes before it, row 4 is newer;
    # row 0, an hour before, is not read again
    add(postgres, (2, 60), (3, 55), (4, 61))
    second = json.loads(upturn(*command, "--json", home=home, CHATS=postgres))
    assert (second["ingest"]["read"], second["append"]["quarantined"]) == (4, 0)
    assert turns(home) == [f"text {number}" for number in range(5)]
    # without its mark everything is read again, and known
    for mark in marks_folder(Home(home)).iterdir():
        mark.unlink()
    third = json.loads(upturn(*command, "--json", home=home, CHATS=postgres))
    assert (third["ingest"]["read"], third["append"]["appended"]) == (5, 0)
    assert turns(home) == [f"text {number}" for number in range(5)]
    everything = "".join(path.read_text(errors="replace") for path in home.rglob("*") if path.is_file())
    assert PASSWORD not in everything
    assert QUOTED not in everything


@pytest.mark.slow
def test_a_days_query_takes_the_days_bounds_in_the_teams_time_zone(postgres, tmp_path, monkeypatch):
    # 2 November in Paris is 23:00 UTC of the day before to 23:00 UTC
    add(postgres, (0, -13 * 60 - 1), (2, -13 * 60), (4, 11 * 60 - 1), (6, 11 * 60))
    monkeypatch.setenv("CHATS", postgres)
    query = "select * from messages where created_at >= :day_start and created_at < :day_end"
    source = Source(name="desk", database="env:CHATS", query=query)
    here = context(tmp_path, source)
    object.__setattr__(here, "settings", here.settings.model_copy(update={"timezone": "Europe/Paris"}))
    counts = ingest(here, date(2026, 11, 2))
    assert (counts.read, counts.notes["sources_arrived"]) == (2, 1)
    found = staged(tmp_path / "staging/2026-11-02")["turns"]
    assert sorted(found["content"].to_pylist()) == ["text 2", "text 4"]
    assert set(found["source_name"].to_pylist()) == {"desk"}
    assert all("#query" in name and "127.0.0.1" in name and QUOTED not in name for name in found["file"].to_pylist())


@pytest.mark.slow
def test_a_large_table_is_streamed_in_flat_memory(postgres, tmp_path):
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "insert into messages select 'c' || n, 'm' || n, 'user', repeat('word ', 200), now(), now() "
            "from generate_series(1, 60000) as n"
        )
    tracemalloc.start()
    rows = 0
    for part in stream_rows(postgres, Selection(table="messages"), parameters={}):
        rows += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 60,000 rows of 1 kB are 60 MB; 1,000 are held at once
    assert rows == 60_000
    assert peak < 12_000_000


@pytest.mark.slow
def test_a_query_that_would_write_is_refused_by_the_database(postgres):
    add(postgres, (0, 0))
    with pytest.raises(StoreError, match="read-only"):
        list(stream_rows(postgres, Selection(query="select nextval('counter')"), parameters={}))
    with pytest.raises(StoreError):
        list(stream_rows(postgres, Selection(query="delete from messages returning *"), parameters={}))
    assert len(next(stream_rows(postgres, Selection(table="messages"), parameters={}))) == 1


def problems(url: str) -> list[tuple[str, Selection, type[UpturnError], str]]:
    wrong = url.replace(QUOTED, "other%3Asecret")
    nobody = url.partition("@")[0] + "@127.0.0.1:1/postgres"
    whole = Selection(table="messages")
    return [
        (wrong, whole, StoreError, "authentication failed"),
        (nobody, whole, StoreUnreachableError, "can't be reached"),
        (url.replace("/postgres", "/nothing"), whole, StoreError, "does not exist"),
        (url, Selection(table="nothing"), StoreError, "does not exist"),
        (url, Selection(query="select :since"), ConfigurationError, "--since"),
        (url, Selection(query="select :now"), ConfigurationError, ":now"),
        (url, Selection(query="select content::int from messages"), StoreError, "fails on a value"),
        (url.replace("psycopg", "pg8000"), whole, MissingExtraError, "pip install"),
        ("postgresql//" + QUOTED, whole, ConfigurationError, "expected postgresql"),
    ]


@pytest.mark.slow
def test_every_failure_is_one_line_that_says_what_to_do_and_holds_no_secret_and_no_customers_words(postgres):
    add(postgres, (0, 0))
    for url, selection, kind, said in problems(postgres):
        with pytest.raises(kind, match=said) as caught:
            list(stream_rows(url, selection, parameters={"since": None}))
        text = str(caught.value)
        assert "\n" not in text
        for secret in (PASSWORD, QUOTED, "other:secret", "other%3Asecret", "text 0"):
            assert secret not in text
        assert caught.value.__cause__ is None  # a traceback would show the library's words
        assert isinstance(caught.value, TransientError) == (kind is StoreUnreachableError)


@pytest.fixture
def sqlite(tmp_path) -> str:
    """A database in a file, with two conversations; one row has no watermark."""
    path = tmp_path / "chats.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table messages ({COLUMNS.replace('updated_at', 'seq')})")
        connection.executemany(
            "insert into messages values (?, ?, ?, ?, ?, ?)",
            [
                ("c1", "m1", "user", "hello", "2026-11-02T09:00:00Z", 1),
                ("c1", "m2", "assistant", "hi", "2026-11-02T09:00:05Z", 10_002),
                ("c2", "m3", "user", "a word", "2026-11-02T10:00:00Z", None),
            ],
        )
    return f"sqlite:///{path}"


@pytest.mark.slow
def test_sqlite_is_read_like_any_database_and_a_row_without_watermark_always(sqlite, tmp_path):
    home = tmp_path / "home"
    upturn("init", home=home)
    command = ("ingest", sqlite, "--table", "messages", "--watermark", "seq")
    first = upturn_json(*command, home=home)
    assert (first["ingest"]["read"], first["append"]["quarantined"]) == (3, 0)
    assert turns(home) == ["a word", "hello", "hi"]
    second = upturn_json(*command, home=home)
    # the row at the mark and the one without; that 10,001 before it is none that may have been committed late
    assert (second["ingest"]["read"], second["append"]["appended"]) == (2, 0)
    shown = upturn("ingest", sqlite, "--query", "select * from messages", "--dry-run", home=home)
    assert "c1" in shown


def today() -> date:
    return datetime.now(UTC).date()


@pytest.mark.slow
def test_a_daily_source_keeps_its_mark_only_once_its_rows_are_in_the_log(sqlite, tmp_path, monkeypatch):
    monkeypatch.setenv("CHATS", sqlite)
    home = Home(tmp_path / "home").create()
    home.configuration.write_text(
        f"start_date = {today() - timedelta(days=2)}\n"
        '[[sources]]\nname = "desk"\ndatabase = "env:CHATS"\ntable = "messages"\nwatermark = "seq"\n'
    )
    here, day = open_context(home.root), today() - timedelta(days=1)
    assert pending_days(here) == [day - timedelta(days=1), day]
    for _ in range(2):  # killed after the first: all three rows are read again
        assert run_stage(here, "ingest", day).read == 3
        assert not marks_folder(home).exists()
    run_stage(here, "validate", day)
    assert run_stage(here, "append", day).quarantined == 0
    assert len(list(marks_folder(home).iterdir())) == 1
    # the row at the mark, and the one without
    assert run_stage(here, "ingest", day).read == 2
    run_stage(here, "validate", day)
    assert run_stage(here, "append", day).appended == 0
    assert turns(home.root) == ["a word", "hello", "hi"]
    monkeypatch.delenv("CHATS")
    with pytest.raises(ConfigurationError, match="the environment has no CHATS"):
        run_stage(here, "ingest", day)


def test_what_a_source_may_say_of_a_database():
    with pytest.raises(ValueError, match="every day would read all rows"):
        Source(name="desk", database="env:CHATS", table="messages")
    with pytest.raises(ValueError, match="one of `path` and `database`"):
        Source(name="desk", database="env:CHATS", path="inbox/{day}.jsonl", query="select :day")
    with pytest.raises(ValueError, match="one of `table` and `query`"):
        Source(name="desk", database="env:CHATS", watermark="updated_at")
    with pytest.raises(ValueError, match="database"):
        Source(name="desk", database="postgresql://me:secret@db/chats", table="messages", watermark="updated_at")


def test_an_address_with_a_password_in_upturn_toml_is_refused_and_not_repeated(tmp_path):
    home = Home(tmp_path / "home").create()
    home.configuration.write_text(
        '[[sources]]\nname = "desk"\ndatabase = "postgresql://me:secret-word@db/chats"\ntable = "m"\nwatermark = "u"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(home)
    assert "secret-word" not in str(caught.value)


def test_values_of_every_kind_become_json(tmp_path, monkeypatch):
    from upturn.formats.sql_rows import SqlRows

    path = tmp_path / "kinds.db"
    table = sa.table("kinds")
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table kinds (a, b, c, d, e)")
        connection.exec_driver_sql(
            "insert into kinds values (?, ?, ?, ?, ?)", (1, 2.5, "é", b"\x00\xff", 9_223_372_036_854_775_807)
        )
    engine.dispose()
    rows = SqlRows("kinds", f"sqlite:///{path}", Selection(table=table.name), {}, "k")
    (chunk,) = rows.chunks(1_000_000)
    assert chunk.lines == [1]
    assert json.loads(chunk.texts[0]) == {"a": 1, "b": 2.5, "c": "é", "d": None, "e": 9_223_372_036_854_775_807}
