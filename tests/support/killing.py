"""Work in processes that are killed at any moment: forked from one that has everything imported, so each is cheap."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.warehouses import rows_by_table
from upturn.domain.events import FACT_TYPES
from upturn.stages.given import Given
from upturn.warehouse.reading import read_only
from upturn.wiring import open_context, run_stages, take_in

_IMPORTED = (
    "tests.support.killing",
    "deltalake",
    "duckdb",
    "great_expectations",
    "pandas",
    "pyarrow.compute",
    "pyarrow.parquet",
    "sklearn.cluster",
    "upturn.checks.batch",
    "upturn.formats.bundle_typing",
)
_LONGEST = 600.0


def ingest_and_run(home: Path, files: Sequence[Path]) -> None:
    """Do what `upturn ingest FILES` and `upturn run` do."""
    from upturn.stages.pending import pending_days

    context = open_context(home)
    take_in(context, Given(tuple(files)))
    for day in pending_days(context):
        run_stages(context, day)


def ingest(home: Path, files: Sequence[Path]) -> None:
    """Do what `upturn ingest FILES` does."""
    take_in(open_context(home), Given(tuple(files)))


def erase(home: Path, user_id: str) -> None:
    """Do what `upturn erase --user` does, with nothing compressed."""
    from tests.support.erasing import nothing_is_compressed
    from upturn.stages.erase import Subject
    from upturn.stages.erase import erase as erase_subject

    with nothing_is_compressed():
        erase_subject(open_context(home), Subject(user_id=user_id))


def ingest_and_project(home: Path, files: Sequence[Path]) -> None:
    """Do what `upturn ingest FILES` does, and take what is new into the working warehouse."""
    context = open_context(home)
    take_in(context, Given(tuple(files)))
    context.warehouse.catch_up(context.log)


def rebuild(home: Path) -> None:
    """Do what `upturn rebuild` does."""
    from upturn.stages.rebuild import rebuild as rebuild_all

    rebuild_all(open_context(home))


def started(work: Any, *arguments: Any) -> Any:
    """Start work in a process of its own."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    process = context.Process(target=work, args=arguments)
    process.start()
    return process


def finished(*processes: Any) -> float:
    """Wait until all have ended well; the seconds it took."""
    begin = time.perf_counter()
    for process in processes:
        process.join(_LONGEST)
        assert process.exitcode == 0, f"exit code {process.exitcode}"
    return time.perf_counter() - begin


def killed(process: Any, *, after: float) -> bool:
    """Kill a process (SIGKILL) `after` seconds; whether it was still at work."""
    process.join(after)
    is_alive: bool = process.is_alive()
    process.kill()
    process.join()
    return is_alive


def facts(home: Path) -> Counter[str]:
    """How often each fact is in the log, by its id."""
    events = open_context(home).log.read(types=sorted(FACT_TYPES))
    return Counter(events["id"].to_pylist())


def working_tables(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the working warehouse."""
    with open_context(home).warehouse.connect() as connection:
        return rows_by_table(connection)


def rebuilt_tables(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a warehouse made anew from the log."""
    context = open_context(home)
    context.warehouse.rebuild(context.log)
    return working_tables(home)


def tables(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every published table, but what says when it was published: that is recorded afterwards."""
    with read_only(open_context(home).home) as connection:
        found = rows_by_table(connection)
    del found["warehouse_state"]
    found["runs"] = [row for row in found["runs"] if "publish" not in row]
    return found
