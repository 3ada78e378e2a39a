import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.homes import upturn
from tests.support.reference import COMMANDS, ROOT, commands_reference
from upturn.cli.app import app

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, text=True
    )
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def command_names() -> set[str]:
    return {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}


def test_the_commands_reference_is_current() -> None:
    assert COMMANDS.read_text(encoding="utf-8") == commands_reference(), "run `make reference`"


def test_every_command_that_a_page_names_exists() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|\.venv/bin/)upturn ([a-z]+)\b", text))
        assert named <= command_names(), page


def test_every_command_has_home_json_and_an_example() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    for name in command_names() - {"demo"}:
        section = text.split(f"## `upturn {name}`")[1].split("\n## ")[0]
        assert "--home" in section, name
        assert "--json" in section, name
        assert "Example: upturn" in section, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.slow
def test_the_readmes_record_is_ingested_as_it_stands(tmp_path: Path) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "logs.jsonl").write_text(json.dumps(json.loads(block)) + "\n", encoding="utf-8")
    upturn("init", home=tmp_path / "home")
    counts = json.loads(upturn("ingest", str(tmp_path / "logs.jsonl"), "--json", home=tmp_path / "home"))
    assert counts["validate"]["quarantined"] == counts["ingest"]["quarantined"] == 0
    assert counts["append"]["appended"] == 4  # a start, two turns, a feedback; the record says no end


def test_files_are_of_a_size_that_one_reads() -> None:
    for pattern, limit in (("src/*.py", 300), ("tests/*.py", 500), ("sql/*.sql", 120)):
        long = {path.name: n for path in tracked(pattern) if (n := len(path.read_text().splitlines())) > limit}
        assert not long, f"over {limit} lines: {long}"


def test_nothing_names_a_machines_path_or_a_registrys_address() -> None:
    forbidden = re.compile(r"/(?:work|root)/|--(?:extra-)?index[-]url |pypi/[s]imple")
    for path in tracked():
        if path.suffix in {".png", ".parquet", ".gz"} or path == Path(__file__):
            continue
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path.relative_to(ROOT)}: {found and found.group()}"
