"""A home in which every user says a word of their own, and a search that finds a word wherever a home holds it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from upturn.home import Home
from upturn.simulate.logs import write_logs
from upturn.stages.given import Given
from upturn.stages.pending import pending_days
from upturn.stages.report import report
from upturn.stages.stage import StageContext
from upturn.wiring import open_context, run_stages, take_in

FIRST = date(2026, 11, 2)
WEEK = "2026-W45"
_LETTERS = str.maketrans("0123456789", "abcdefghij")
SETTINGS = """\
start_date = 2026-11-02
[[sources]]
name = "chat"
path = "inbox/chat-{day}.jsonl"
"""


def marker_of(user_id: str) -> str:
    """The word that only this user says; in letters, since topics take no word with a digit in it."""
    return f"quark{user_id.rpartition('-')[2].translate(_LETTERS)}x"


@contextmanager
def nothing_is_compressed() -> Iterator[None]:
    """Write Parquet and DuckDB without compression, so that a search in raw bytes means something."""
    from deltalake import WriterProperties

    from upturn.log import delta, rewriting
    from upturn.warehouse import working

    plain = WriterProperties(compression="UNCOMPRESSED", default_column_properties=None)
    connected, write_table = working._connected, pq.write_table

    def uncompressed(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
        connection = connected(path, wait_seconds)
        connection.execute("pragma force_compression = 'uncompressed'")
        return connection

    def written(table: Any, where: Any, **options: Any) -> None:
        write_table(table, where, **{**options, "compression": "none", "use_dictionary": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delta, "writer_properties", lambda: plain)
        patch.setattr(rewriting, "writer_properties", lambda: plain)
        patch.setattr(working, "_connected", uncompressed)
        patch.setattr(pq, "write_table", written)
        yield


def make_home(root: Path, *, days: int, per_day: int) -> Home:
    """A home with a simulated inbox in which each user's messages, comments and metadata hold the user's own word."""
    home = Home(root).create()
    home.configuration.write_text(SETTINGS, encoding="utf-8")
    write_logs(home.inbox, days=days, per_day=per_day, seed=3, start=FIRST)
    mark_inbox(home)
    return home


def mark_inbox(home: Home) -> None:
    """Let each user of the inbox say the user's own word."""
    for path in sorted(home.inbox.glob("chat-*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("".join(json.dumps(_marked(record)) + "\n" for record in records), encoding="utf-8")


def _marked(record: dict[str, Any]) -> dict[str, Any]:
    user_id = record.get("user_id")
    if not user_id:
        return record
    word = marker_of(user_id)
    for turn in record.get("turns", ()):
        turn["content"] = f"{turn['content'] or ''} {word}"
    for one in record.get("feedback", ()):
        one["comment"] = f"because of {word}"
    return {**record, "metadata": {**(record.get("metadata") or {}), "note": word, "user_id": user_id}}


def run_all(home: Home) -> StageContext:
    """Run what is pending, and report the first week."""
    context = open_context(home.root)
    for day in pending_days(context):
        run_stages(context, day)
    report(context, WEEK)
    return context


def quoted_user(home: Home) -> str:
    """A user of several conversations whom the week's report quotes."""
    told = (home.reports / f"{WEEK}.json").read_text(encoding="utf-8")
    users = {one["user_id"] for one in _records(home) if one.get("user_id") and one["conversation_id"] in told}
    return next(one for one in sorted(users) if marker_of(one) in told and len(conversations_of(home, one)) > 1)


def user_of_several(home: Home) -> str:
    """A user of the first day with several conversations."""
    lines = (home.inbox / f"chat-{FIRST}.jsonl").read_text(encoding="utf-8").splitlines()
    users = sorted({record["user_id"] for record in map(json.loads, lines) if record.get("user_id")})
    return next(one for one in users if len(conversations_of(home, one)) > 1)


def _records(home: Home) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(home.inbox.glob("chat-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def users_of(home: Home) -> list[str]:
    return sorted({one["user_id"] for one in _records(home) if one.get("user_id")})


def conversations_of(home: Home, user_id: str) -> tuple[str, ...]:
    return tuple(sorted({one["conversation_id"] for one in _records(home) if one.get("user_id") == user_id}))


def late_records(home: Home, user_id: str) -> Path:
    """A file of the user: a late comment, then a record that is refused, one that is cut, one of nobody."""
    word = marker_of(user_id)
    turn = {"role": "user", "content": f"{word} again", "created_at": "2026-11-05T09:00:00Z"}
    refused = {"conversation_id": "refused-one", "user_id": user_id, "turns": [turn, {"role": "pilot"}]}
    cut = json.dumps({"conversation_id": "cut-one", "user_id": user_id, "turns": [turn]})[:-4]
    nameless = f'{{"turns": [{{"content": "{word} and no name'
    path = home.root.parent / "late.jsonl"
    comment = {
        "feedback_id": "late",
        "kind": "comment",
        "comment": f"{word} late",
        "created_at": "2026-11-08T09:00:00Z",
    }
    given = {"conversation_id": conversations_of(home, user_id)[0], "feedback": [comment]}
    path.write_text("\n".join((json.dumps(given), json.dumps(refused), cut, nameless)) + "\n", encoding="utf-8")
    return path


def take_late_records(context: StageContext, user_id: str) -> Path:
    path = late_records(context.home, user_id)
    counts = take_in(context, Given((path,)), log_format="upturn")
    assert (counts["append"].appended, counts["append"].quarantined) == (1, 3)
    context.warehouse.catch_up(context.log)
    context.warehouse.publish()
    return path


def places_of(home: Home, word: str) -> set[str]:
    """Where a home holds a word, decoded, and raw; the team's own files in the inbox are left out."""
    found = set()
    for path in sorted(home.root.rglob("*")):
        if not path.is_file() or home.inbox in path.parents:
            continue
        room = path.relative_to(home.root).parts[0]
        if word.encode() in path.read_bytes():
            found.add(f"raw {room}")
        if path.suffix == ".parquet" and any(word in text for text in _texts(path)):
            found.add(f"decoded {room}")
        if path.suffix == ".db" and any(word in text for text in _sqlite_rows(path)):
            found.add(f"rows {room}")
        if path.suffix == ".duckdb":
            found |= {f"{room} {table}" for table in _tables_with(path, word)}
    return found


def _texts(path: Path) -> Iterator[str]:
    for row in pq.read_table(path).to_pylist():
        yield str(row)


def _sqlite_rows(path: Path) -> Iterator[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in names:
            yield from map(str, connection.execute(f'select * from "{name}"'))


def _tables_with(path: Path, word: str) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not temporary"
        ).fetchall()
        for (table,) in tables:
            row = connection.execute(
                f"select count(*) from {table} as held where contains(to_json(held)::varchar, $word)", {"word": word}
            ).fetchone()
            if row and row[0]:
                yield str(table)
