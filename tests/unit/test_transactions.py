from pathlib import Path

import duckdb
import pytest

from upturn.warehouse.transactions import transaction


def test_the_error_of_a_commit_that_fails_comes_through(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as first:
        first.execute("create table t (i integer primary key)")
        second = first.cursor()

        def both() -> None:
            with transaction(second):
                second.execute("insert into t values (1)")
                first.execute("insert into t values (1)")  # commits at once: the second's commit must fail

        with pytest.raises(duckdb.Error, match=r"(?i)commit.*PRIMARY KEY|PRIMARY KEY.*commit"):
            both()
        assert first.execute("from t").fetchall() == [(1,)]
        with transaction(second):
            second.execute("insert into t values (2)")
        assert first.execute("select max(i) from t").fetchone() == (2,)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_raises_inside_leaves_nothing(error: type[BaseException]) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t (i integer)")

        def halfway() -> None:
            with transaction(connection):
                connection.execute("insert into t values (1)")
                raise error

        with pytest.raises(error):
            halfway()
        assert connection.execute("from t").fetchall() == []
