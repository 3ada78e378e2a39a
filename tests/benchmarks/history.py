"""One measured process: the same day added to an empty home and to one with much history, stage by stage, warm."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.pipeline import make_home, run_days, warm_up


def main(files: Path, day: date, old_first: date, old_days: int, repeats: int = 5) -> dict[str, object]:
    """Measure `repeats` times in turn; the median seconds by stage for both homes and the median of the ratios."""
    from upturn.wiring import open_context

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        warm_up(Path(folder))
        old = make_home(Path(folder) / "old", files)
        run_days(open_context(old.root), [old_first + timedelta(days=n) for n in range(old_days)])
        runs: dict[str, list[dict[str, float]]] = {"empty": [], "history": []}
        for number in range(repeats):
            for kind in ("empty", "history"):
                root = Path(folder) / f"{kind}-{number}"
                if kind == "history":
                    shutil.copytree(old.root, root)
                home = make_home(root, files)
                runs[kind].append(run_days(open_context(home.root), [day]))
                shutil.rmtree(root)
    stages = list(runs["empty"][0])
    return {
        stage: {
            "empty": statistics.median(run[stage] for run in runs["empty"]),
            "history": statistics.median(run[stage] for run in runs["history"]),
            "ratio": statistics.median(
                with_history[stage] / without[stage]
                for with_history, without in zip(runs["history"], runs["empty"], strict=True)
            ),
        }
        for stage in stages
    }


if __name__ == "__main__":
    _, given, the_day, first, count = sys.argv
    print(json.dumps(main(Path(given), date.fromisoformat(the_day), date.fromisoformat(first), int(count))))
