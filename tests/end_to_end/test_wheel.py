import os
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_sql_dags_and_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder, inside in (("sql", "upturn/_sql"), ("dags", "upturn/_dags")):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".sql", ".py"} and "__pycache__" not in path.parts:
                assert f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" in names
    for path in (ROOT / "src" / "upturn").rglob("*"):
        if path.suffix in {".j2", ".md", ".css", ".typed", ".json"}:
            assert f"upturn/{path.relative_to(ROOT / 'src' / 'upturn').as_posix()}" in names


def test_the_wheel_runs_a_day_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", site, wheel], check=True)
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def upturn(*arguments: str) -> str:
        return run(f"from upturn.cli import main; main({list(arguments)!r})")

    where = run("import upturn.resources as r; print(r.__file__); print(r.sql_folder()); print(r.dags_folder())")
    assert all(line.startswith(str(site)) for line in where.splitlines())
    upturn("init", "--start", DAY.isoformat())
    upturn("simulate", "--days", "1", "--per-day", "80", "--seed", "2", "--start", DAY.isoformat())
    upturn("run")
    assert int(upturn("sql", "select count(*) from conversations", "--format", "csv").splitlines()[1]) >= 60
    upturn("report")
    assert (work / "warehouse" / "reports" / "2026-W45.html").exists()
