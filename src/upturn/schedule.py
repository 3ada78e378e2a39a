"""What the DAG files need to know of a home, read cheaply: a DAG file is imported every few seconds."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from upturn.domain.errors import ConfigurationError

__all__ = [
    "ANALYSIS_STAGES",
    "DAILY_STAGES",
    "DAILY_TASKS",
    "DEFAULT_HOME",
    "INTAKE_STAGES",
    "NEAR_REAL_TIME_STEPS",
    "TASK_DEFAULTS",
    "WAREHOUSE_POOL",
    "Schedule",
    "home_path",
    "read_schedule",
]

INTAKE_STAGES: Final = ("ingest", "validate", "append")
"""From files to the log."""

ANALYSIS_STAGES: Final = ("project", "score", "detect", "cluster", "suggest", "measure", "alert", "publish")
"""From the log to the published warehouse."""

DAILY_STAGES: Final = (*INTAKE_STAGES, *ANALYSIS_STAGES)
"""The daily run, in order."""

DAILY_TASKS: Final = ("late_files", *DAILY_STAGES)
"""The daily DAG, in order: what came late for earlier days, then a task a stage."""

NEAR_REAL_TIME_STEPS: Final = ("ingest", "rules", "thresholds")
"""The run of every few minutes, in order: a task each."""

DEFAULT_HOME: Final = Path("warehouse")

WAREHOUSE_POOL: Final = "upturn_warehouse"
"""Airflow pool with one slot: the working warehouse has one writer."""

TASK_DEFAULTS: Final[dict[str, Any]] = {
    "owner": "upturn",
    "pool": WAREHOUSE_POOL,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=6),
}
"""`default_args` of every DAG."""


@dataclass(frozen=True)
class Schedule:
    """When the DAGs of a home run."""

    timezone: str
    start_date: date
    """First day that the daily DAG covers; catch-up begins here."""


def home_path() -> Path:
    """Give the home that `UPTURN_HOME` names, else `warehouse` in the current folder."""
    return Path(os.environ.get("UPTURN_HOME", DEFAULT_HOME))


def read_schedule(home: Path | None = None) -> Schedule:
    """Read time zone and first day from `upturn.toml`, without the heavier checks of `load_settings`.

    Raises
    ------
    ConfigurationError
        If the file is no TOML, `start_date` is no date, or there is no such time zone.
    """
    path = (home or home_path()) / "upturn.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    named = os.environ.get("UPTURN_START_DATE")
    start = _date_named(named) if named else values.get("start_date", date(2026, 1, 1))
    if not isinstance(start, date):
        raise ConfigurationError(f"{path}: start_date: got {type(start).__name__}, expected a date such as 2026-11-23")
    zone = os.environ.get("UPTURN_TIMEZONE", values.get("timezone", "UTC"))
    try:
        ZoneInfo(zone)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ConfigurationError(
            f"timezone of {path} or UPTURN_TIMEZONE: got {zone!r}, expected a name such as Europe/Paris"
        ) from error
    return Schedule(timezone=str(zone), start_date=start)


def _date_named(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"UPTURN_START_DATE: got {text!r}, expected a date such as 2026-11-23") from error
