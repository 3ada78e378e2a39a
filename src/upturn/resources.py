"""Finds what travels beside the code: `sql/` and `dags/`, in a checkout or in the wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from upturn.domain.errors import ConfigurationError

__all__ = ["dags_folder", "load_sql", "sql_folder"]


def _folder(in_checkout: str, in_wheel: str) -> Path:
    """Give the first of the two places that exists.

    Raises
    ------
    ConfigurationError
        If the installation carries neither.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / in_wheel, package.parent.parent / in_checkout):
        if candidate.is_dir():
            return candidate
    raise ConfigurationError(
        f"this installation lacks its {in_checkout}/ folder: looked in {package / in_wheel} and "
        f"{package.parent.parent / in_checkout}; reinstall upturn from its wheel"
    )


def sql_folder() -> Path:
    """Give the folder of the SQL files."""
    return _folder("sql", "_sql")


def dags_folder() -> Path:
    """Give the folder of the Airflow DAG files."""
    return _folder("dags", "_dags")


@cache
def load_sql(name: str) -> str:
    """Give the text of `sql/NAME.sql`, such as `load_sql("projections/turns")`.

    Raises
    ------
    ConfigurationError
        If there is no such file.
    """
    path = sql_folder() / f"{name}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"no SQL file {name}.sql under {sql_folder()}") from error
