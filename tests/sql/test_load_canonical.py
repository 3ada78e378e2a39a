"""The shortcut from canonical logs to tables agrees with the logs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from tests.support.tables import load_canonical
from upturn.simulate.logs import write_logs
from upturn.warehouse import create_schema


def test_loaded_tables_hold_what_was_written(tmp_path: Path) -> None:
    truth = write_logs(tmp_path, days=4, per_day=60, seed=9, start=date(2026, 11, 2))

    with duckdb.connect() as connection:
        create_schema(connection)
        load_canonical(connection, tmp_path)
        counts = connection.execute("""
            select
                (select count(*) from conversations),
                (select count(*) from turns),
                (select count(*) from feedback),
                (select count(*) from conversations where satisfaction not between 0 and 1),
                (select count(*) from feedback where (score is null) <> (kind = 'comment')),
                (select min(day) || '..' || max(day) || ' ' || max(week) from conversations)
        """).fetchone()

    assert counts == (
        truth.conversation_count,
        truth.turn_count,
        truth.feedback_count,
        0,
        0,
        "2026-11-02..2026-11-05 2026-W45",
    )
