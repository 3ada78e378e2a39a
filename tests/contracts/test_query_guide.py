"""The examples of the query guide run."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb
import pytest

from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.warehouse import Warehouse

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "query.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a published, empty home in `warehouse/`."""
    warehouse = Warehouse(Home(tmp_path / "warehouse").create(), Settings())
    warehouse.catch_up(MemoryLog())
    warehouse.publish()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("sql", examples("sql"))
def test_a_sql_example_runs_on_the_read_only_file(folder: Path, sql: str) -> None:
    is_own_file = sql.startswith("attach")
    with duckdb.connect("mine.duckdb" if is_own_file else "warehouse/upturn.duckdb", read_only=not is_own_file) as mine:
        mine.execute(sql)


@pytest.mark.parametrize("code", examples("python"))
def test_a_python_example_runs(folder: Path, code: str) -> None:
    exec(code, {})  # noqa: S102  (our own guide)


@pytest.mark.parametrize("sql", re.findall(r'upturn sql "(.*?)"', GUIDE))
def test_a_command_s_query_runs(folder: Path, sql: str) -> None:
    with duckdb.connect("warehouse/upturn.duckdb", read_only=True) as connection:
        connection.execute(sql)


def test_the_url_is_read_only(folder: Path) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    url = re.findall(r"duckdb:///\S+", GUIDE)[0].replace("/absolute/path/to", str(folder).lstrip(os.sep), 1)
    url = url.replace("duckdb:///" + str(folder).lstrip(os.sep), f"duckdb:///{folder}")
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from turns")).scalar() == 0
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("delete from turns"))
    engine.dispose()
