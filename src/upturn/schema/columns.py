"""Columns and tables in one way: keys, nullability, a description each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

__all__ = [
    "COUNT",
    "DAY",
    "FLAG",
    "JSON_TEXT",
    "MOMENT",
    "NUMBER",
    "SMALL",
    "TEXT",
    "key",
    "may",
    "metadata",
    "must",
    "table",
]

metadata = MetaData()


TEXT, JSON_TEXT, DAY = Text(), JSON(), Date()
COUNT, SMALL, FLAG = BigInteger(), Integer(), Boolean()
NUMBER: TypeEngine[Any] = Double()
MOMENT = DateTime(timezone=True)


def key(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    """Give a column of the primary key."""
    return Column(name, kind, primary_key=True, autoincrement=False, nullable=False, comment=comment)


def must(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    """Give a column that is never NULL."""
    return Column(name, kind, nullable=False, comment=comment)


def may(name: str, kind: TypeEngine[Any], comment: str) -> Column[Any]:
    """Give a column that may be NULL; its description says when."""
    return Column(name, kind, nullable=True, comment=comment)


def table(name: str, comment: str, *columns: Column[Any], view: str | None = None) -> Table:
    """Add a table to `metadata`.

    Parameters
    ----------
    view : the SQL file whose select gives its rows, where it is kept in another form; None: it is kept as it is.
    """
    return Table(name, metadata, *columns, comment=comment, info={"view": view} if view else {})
