"""One measured process: every stage of the pipeline over given files, warm, with seconds by stage and peak memory.

The files are taken in at once, as one batch, as `upturn ingest FOLDER` does: the yardstick reads one file too.
"""

from __future__ import annotations

import contextlib
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from upturn.home import Home
from upturn.schedule import ANALYSIS_STAGES, INTAKE_STAGES
from upturn.stages.stage import StageContext


def make_home(root: Path, files: Path) -> Home:
    """Make a home whose one source is the folder of simulated logs."""
    home = Home(root).create()
    source = f'[[sources]]\nname = "chat"\nformat = "upturn"\npath = "{files}/chat-{{day}}.jsonl"\n'
    home.configuration.write_text(f"start_date = 2026-01-01\n{source}", encoding="utf-8")
    return home


def timed(seconds: dict[str, float], name: str, work: Callable[[], object]) -> None:
    """Add the wall seconds of `work` to `seconds[name]`."""
    begin = time.perf_counter()
    work()
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - begin


def take_in_at_once(context: StageContext, files: Path, day: date, seconds: dict[str, float]) -> None:
    """Ingest, validate and append all files of a folder as one batch; seconds by stage."""
    from upturn.stages.append import append_batch
    from upturn.stages.ingest import ingest_paths
    from upturn.stages.validate import validate_batch

    folder = context.home.staging / "files"
    timed(seconds, "ingest", lambda: ingest_paths(context, [files], batch=folder.name))
    timed(seconds, "validate", lambda: validate_batch(context, folder, day))
    timed(seconds, "append", lambda: append_batch(context, folder))


def analyse(context: StageContext, day: date, seconds: dict[str, float]) -> None:
    """Run the stages from the log to the published warehouse; seconds by stage."""
    from upturn.wiring import run_stage

    for stage in ANALYSIS_STAGES:
        timed(seconds, stage, lambda stage=stage: run_stage(context, stage, day))


def run_whole(context: StageContext, files: Path, day: date) -> dict[str, float]:
    """Take a folder in at once, analyse as of `day` and report its week: seconds by stage."""
    from upturn.stages.report import report

    seconds: dict[str, float] = {}
    take_in_at_once(context, files, day, seconds)
    analyse(context, day, seconds)
    timed(seconds, "report", lambda: report(context, f"{day:%G-W%V}"))
    return seconds


def run_days(context: StageContext, days: list[date]) -> dict[str, float]:
    """Take days in one by one, as the daily run does, then analyse as of the last: seconds by stage."""
    from upturn.wiring import run_stage

    seconds: dict[str, float] = {}
    for day in days:
        for stage in INTAKE_STAGES:
            timed(seconds, stage, lambda stage=stage, day=day: run_stage(context, stage, day))
    analyse(context, days[-1], seconds)
    return seconds


def warm_up(folder: Path) -> float:
    """Run everything once on a tiny home, so that imports and first calls are not measured; their seconds."""
    from upturn.simulate.logs import write_logs
    from upturn.wiring import open_context

    begin = time.perf_counter()
    start = date(2026, 3, 2)
    write_logs(folder / "tiny", days=2, per_day=60, seed=1, start=start)
    home = make_home(folder / "tiny-home", folder / "tiny")
    run_whole(open_context(home.root), folder / "tiny", start + timedelta(days=1))
    run_days(open_context(home.root), [start, start + timedelta(days=1)])
    return time.perf_counter() - begin


def main(files: Path, first: date, days: int) -> dict[str, object]:
    """Measure the whole pipeline over `days` days of logs in `files`."""
    from upturn.wiring import open_context

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        imports = warm_up(Path(folder))
        home = make_home(Path(folder) / "home", files)
        begin = time.perf_counter()
        seconds = run_whole(open_context(home.root), files, first + timedelta(days=days - 1))
        total = time.perf_counter() - begin
        warehouse = home.published.stat().st_size
        log = sum(path.stat().st_size for path in home.events.rglob("*.parquet"))
        shutil.rmtree(home.root)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "stages": seconds,
        "total": total,
        "warm_up": imports,
        "peak_mib": peak,
        "warehouse_mib": warehouse / 2**20,
        "log_mib": log / 2**20,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3]))))
