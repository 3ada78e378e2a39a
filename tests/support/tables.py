"""Fills warehouse tables straight from canonical logs, for tests of the rooms behind ingestion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SQL = Path(__file__).with_name("load_canonical.sql")


def load_canonical(connection: duckdb.DuckDBPyConnection, folder: Path, *, log_version: int = 1) -> None:
    """Fill `conversations`, `turns` and `feedback` from every `chat-*.jsonl` of `folder`.

    `connection` has the schema (`upturn.warehouse.create_schema`). Every conversation is closed, days are UTC days,
    `user_key` is the md5 of the user id. Tool turns keep their place; `turn_count` counts user, assistant, agent.
    """
    for statement in _SQL.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            parameters = {"log_version": log_version} if "$log_version" in statement else {}
            if "$pattern" in statement:
                parameters["pattern"] = str(folder / "chat-*.jsonl")
            connection.execute(statement, parameters)
