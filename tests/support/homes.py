"""Homes for tests that go the whole way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from upturn.home import Home

PROGRAM = Path(sys.executable).parent / "upturn"


def upturn(*arguments: str, home: Path, expect: int = 0, **environment: str) -> str:
    """Run the real program in a process of its own; standard output (standard error where it should fail)."""
    run = subprocess.run(
        [PROGRAM, *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, **environment},
    )
    assert run.returncode == expect, f"exit {run.returncode}\n{run.stdout[-3000:]}\n{run.stderr[-3000:]}"
    return run.stderr if expect else run.stdout


def upturn_json(*arguments: str, home: Path) -> Any:
    """Run the real program with --json; what it printed."""
    return json.loads(upturn(*arguments, "--json", home=home))


def simulated_home(root: Path, *, days: int, per_day: int, seed: int, start: date) -> Home:
    """Make a home with simulated logs in its inbox."""
    upturn("init", "--start", start.isoformat(), home=root)
    size = ["--days", str(days), "--per-day", str(per_day), "--seed", str(seed), "--start", start.isoformat()]
    upturn("simulate", *size, home=root)
    return Home(root)
