"""Cleaning removes what killed processes left, leaves what living ones write, and never calls done what is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from upturn.formats.claims import claim, locked
from upturn.home import Home
from upturn.stages import cleaning
from upturn.wiring import open_context


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home").create()
    found.forgetting.touch()
    return found


def token_of_an_ended_process(home: Home) -> str:
    """Give the token of a process that was killed: its claim lies there, and nobody holds it."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom upturn.formats.claims import claim\n"
        "print(claim(Path(sys.argv[1])), flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", code, home.staging], capture_output=True, text=True, check=False)
    assert run.returncode == -signal.SIGKILL
    return run.stdout.strip()


def batch(home: Home, name: str) -> Path:
    folder = home.staging / name
    folder.mkdir()
    (folder / "turns-00000.parquet").write_bytes(b"half")
    return folder


def test_what_a_living_process_stages_stays_and_what_killed_ones_left_goes(home: Home) -> None:
    own = claim(home.staging)
    mine = {batch(home, name) for name in (f".2026-11-02.{own}.draft", f".fetched-files-0f.{own}")}
    mine.add(home.staging / f".{own}.claim")
    dead = token_of_an_ended_process(home)
    assert (home.staging / f".{dead}.claim").exists()
    for name in (f".2026-11-03.{dead}.draft", f".fetched-files-1f.{dead}", ".2026-11-04.old", ".2026-11-05.draft"):
        batch(home, name)
    (home.staging / ".a-file").touch()
    (home.staging / ".2026-11-06.lock").touch()
    with locked(home.staging / "2026-11-07"):
        cleaning.clean(open_context(home.root), None)
        assert set(home.staging.iterdir()) == {*mine, home.staging / ".2026-11-07.lock"}
    assert set(home.staging.iterdir()) == mine
    assert not home.forgetting.exists()


def test_what_cannot_be_removed_is_an_error_and_the_marker_stays(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    left = batch(home, ".2026-11-04.old")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "unlink", refused)
    with pytest.raises(PermissionError):
        cleaning.clean(open_context(home.root), None)
    monkeypatch.undo()
    assert left.is_dir()
    assert home.forgetting.exists()
    cleaning.clean(open_context(home.root), None)
    assert not left.exists()
