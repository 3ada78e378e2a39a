import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.homes import PROGRAM

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def test_the_demo_ends_with_suggestions_a_report_and_queries_that_run(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    command = [PROGRAM, "demo", "--home", home, "--days", "7", "--per-day", "60", "--seed", "5"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (report,) = re.findall(r"\S+\.html", ran.stdout)
    assert Path(report).stat().st_size > 10_000
    assert "What to fix" in ran.stdout
    assert "Why it stands there" in ran.stdout
    queries = [line.strip() for line in ran.stdout.splitlines() if line.strip().startswith(".venv/bin/upturn sql")]
    assert len(queries) == 3
    for query in queries:
        arguments = shlex.split(query)[1:]
        told = subprocess.run([PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        assert len(told.stdout.splitlines()) > 1, query
