"""Seconds to import a DAG file beyond Airflow itself, each in a fresh process: the median of several."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

DAGS = Path(__file__).parents[2] / "dags"
_CODE = (
    "import time, runpy, airflow.sdk, airflow.sdk.exceptions\n"
    "from airflow.sdk import CronDataIntervalTimetable, Param, Asset, chain, dag, get_current_context, task\n"
    "begin = time.perf_counter()\n"
    "runpy.run_path({path!r})\n"
    "print(time.perf_counter() - begin)\n"
)


def main(repeats: int = 5) -> dict[str, float]:
    """Measure every DAG file."""
    return {
        path.name: statistics.median(
            float(subprocess.check_output([sys.executable, "-c", _CODE.format(path=str(path))], text=True).split()[-1])
            for _ in range(repeats)
        )
        for path in sorted(DAGS.glob("*.py"))
        if path.name not in {"run_days.py", "serve.py"}
    }
