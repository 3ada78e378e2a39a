"""From where a database is read again: at the mark, and so far before it as late commits may lie."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from upturn.formats.sql_rows import MARKS, Overlap, keep_marks, rows_of, staged_marks
from upturn.stores.database import Selection

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mark", "since"),
    [
        (5_000, 4_900),
        (Decimal(5_000), Decimal(4_900)),
        (NOON, NOON - timedelta(minutes=10)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (5_000.5, 5_000.5),
        ("v7", "v7"),
        (None, "2026-01-01"),
    ],
)
def test_numbers_and_times_are_read_again_from_before_their_mark(tmp_path, mark, since):
    def rows():
        return rows_of(
            "sqlite:///chats.db",
            Selection(table="messages", watermark="seq"),
            source="desk",
            marks=tmp_path / "marks",
            parameters={"since": "2026-01-01"},
            overlap=Overlap(timedelta(minutes=10), 100),
        )

    first = rows()
    first.mark = mark
    (tmp_path / MARKS).write_text(staged_marks([first]) or "{}", encoding="utf-8")
    keep_marks(tmp_path, tmp_path / "marks")
    again = rows()
    assert again.parameters["since"] == since
    assert again.mark == mark
