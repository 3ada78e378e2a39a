"""Checks of a home: each says what it looked at, whether it is fine, and the next step where it is not."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.domain.errors import UpturnError

if TYPE_CHECKING:
    from pathlib import Path

    from upturn.home import Home

__all__ = ["Finding", "examine"]


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    check: str
    is_fine: bool
    finding: str


def examine(home: Home) -> list[Finding]:
    """Run every check; a check that cannot go on becomes a finding, never an exception."""
    checks: tuple[tuple[str, Callable[[Home], str]], ...] = (
        ("home", _marker),
        ("settings", _settings),
        ("key", _key),
        ("key of facts", _fact_key),
        ("event log", _log),
        ("erasure", _erasure),
        ("staging", _staging),
        ("working warehouse", _working),
        ("published warehouse", _published),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings.append(Finding(name, True, check(home)))
        except UpturnError as error:
            findings.append(Finding(name, False, str(error)))
            if name in {"home", "settings"}:  # without these no other check can mean anything
                break
    return findings


def _marker(home: Home) -> str:
    home.require()
    return f"version {home.marker.read_text(encoding='utf-8').strip()}"


def _settings(home: Home) -> str:
    from upturn.settings import load_settings

    settings = load_settings(home)
    judge = "on" if settings.judge.is_on else "off"
    rules = f"{len(settings.internal)} rule(s) of internal traffic"
    return f"{len(settings.sources)} source(s), time zone {settings.timezone}, judge {judge}, {rules}"


def _key(home: Home) -> str:
    from upturn.settings import load_settings

    if load_settings(home).pseudonym_key is not None:
        return "from the environment"
    return _key_file(home.key_file, "restore it, or users get new pseudonyms")


def _fact_key(home: Home) -> str:
    from upturn.settings import load_settings

    if load_settings(home).fact_key is not None:
        return "from the environment"
    return _key_file(
        home.fact_key,
        "restore it, or what is ingested again counts twice; a home that never had one gets it with the next ingest",
    )


def _key_file(path: Path, missing: str) -> str:
    if not path.exists():
        raise UpturnError(f"{path} is missing: {missing}")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UpturnError(f"{path} has mode {mode:o}, expected 600: chmod 600 {path}")
    return f"{path.name}, mode {mode:o}"


def _log(home: Home) -> str:
    from upturn.log.home_log import home_log
    from upturn.settings import load_settings

    return f"log version {home_log(home, load_settings(home)).version}"


def _erasure(home: Home) -> str:
    from upturn.log.home_log import home_log
    from upturn.privacy.tombstones import tombstone_key
    from upturn.settings import load_settings

    if home.forgetting.exists():
        raise UpturnError("an erasure or a retention was cut short: `upturn run` finishes it")
    if tombstone_key(home, is_made=False) is not None:
        return f"{home.tombstone_key.name} is there: keep a backup of it"
    if home_log(home, load_settings(home)).read(types=["subject.erasing"]).num_rows:
        raise UpturnError(
            f"{home.tombstone_key} is missing: restore it from a backup; without it nobody that was erased is kept out"
        )
    return "nobody was erased"


def _staging(home: Home) -> str:
    left = sorted(path.name for path in home.staging.iterdir() if path.is_dir()) if home.staging.exists() else []
    return f"{len(left)} batch(es) not yet appended: {', '.join(left[:5])}" if left else "empty"


def _working(home: Home) -> str:
    from upturn.settings import load_settings
    from upturn.warehouse import look_at_working

    if not home.working.exists():
        return "not made yet: `upturn run` makes it"
    version, is_current = look_at_working(home.working, load_settings(home))
    remade = "" if is_current else "; made by another version or under other settings: the next run makes it anew"
    return f"holds the log up to version {version}{remade}"


def _published(home: Home) -> str:
    from upturn.warehouse import read_only

    if not home.published.exists():
        return "not made yet: `upturn run` makes it"
    with read_only(home) as connection:
        row = connection.execute("select schema_version, log_version from warehouse_state").fetchone()
        counts = connection.execute(
            "select count(*) filter (where is_internal), count(*) from conversations"
        ).fetchone()
    version, watermark = row or ("unknown", 0)
    internal, conversations = counts or (0, 0)
    return f"schema {version}, log version {watermark}, {internal} of {conversations} conversations internal"
