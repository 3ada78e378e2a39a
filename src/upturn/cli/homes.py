"""`init`, `status`, `doctor`, `simulate`, `demo`: a home and what is in it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from upturn.cli.output import HomeOption, JsonOption, as_records, show_rows, write_json
from upturn.domain.errors import UpturnError
from upturn.home import Home
from upturn.schedule import DEFAULT_HOME

__all__ = ["add_commands"]

TEMPLATE = """\
# upturn: everything a home may configure is in docs/guide/configuration.md
timezone = "{timezone}"
start_date = {start}          # first day that the daily DAG covers

[[sources]]
name = "chat"
path = "inbox/chat-{{day}}.jsonl*"   # one file or more a day, {{day}} = 2026-11-23; relative to this folder
# format = "upturn"                # default: found out from the content

# [judge]                          # an LLM judge: off until a URL or UPTURN_JUDGE__API_KEY is set
# base_url = "http://127.0.0.1:8000/v1"
# model = "gpt-4o-mini"
# sample_rate = 0.05
# usd_per_month = 100.0
"""


def init(
    home: HomeOption = DEFAULT_HOME,
    timezone: Annotated[str, typer.Option(help="The team's time zone: days and weeks are its.")] = "UTC",
    start: Annotated[str, typer.Option(help="First day the daily DAG covers; default: today.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Create a home: upturn.toml, inbox, its keys. An existing one is left as it is."""
    from upturn.privacy.fact_key import make_fact_key
    from upturn.privacy.hiding import load_hiding
    from upturn.settings import Settings, load_settings

    try:
        first = date.fromisoformat(start) if start else date.today()  # noqa: DTZ011  the user's own day
    except ValueError as error:
        raise typer.BadParameter(f"--start: {start!r} is no day; expected a form like 2026-11-23") from error
    try:
        Settings(timezone=timezone)
    except ValueError as error:
        raise typer.BadParameter(f"--timezone: no zone {timezone!r}; expected a name like Europe/Paris") from error
    place = Home(home.resolve())
    is_new = not place.marker.exists()
    place.create()
    if not place.configuration.exists():
        place.configuration.write_text(TEMPLATE.format(timezone=timezone, start=first), encoding="utf-8")
    settings = load_settings(place)
    if is_new and not place.key_file.exists():  # what an older home holds is known under its old key
        make_fact_key(place, settings)
    load_hiding(place, settings)
    if as_json:
        write_json({"home": str(place.root), "configuration": str(place.configuration)})
        return
    typer.echo(
        f"{place.root} is ready.\n"
        f"  1. put a day's logs into {place.inbox} as chat-YYYY-MM-DD.jsonl, or: upturn ingest FILE --home {home}\n"
        f"  2. upturn run --home {home}\n"
        f"  3. upturn report --home {home}"
    )


def simulate(
    home: HomeOption = DEFAULT_HOME,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days to write.")] = 28,
    per_day: Annotated[int, typer.Option(min=1, max=1_000_000, help="Conversations a day.")] = 150,
    seed: Annotated[int, typer.Option(help="Same seed, same logs.")] = 1,
    start: Annotated[str, typer.Option(help="First day, such as 2026-10-26; default: so that it ends yesterday.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: the home's inbox.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write logs of simulated assistants with planted failure modes, and their truth beside them."""
    from upturn.simulate.logs import write_logs

    if out is None:
        out = Home(home.resolve()).require().inbox
    first = date.fromisoformat(start) if start else date.today() - timedelta(days=days)  # noqa: DTZ011
    truth = write_logs(out, days=days, per_day=per_day, seed=seed, start=first)
    if as_json:
        write_json({"folder": str(out), "truth": str(out / "truth.json"), "modes": len(truth.modes)})
        return
    typer.echo(f"{days} days with {len(truth.modes)} planted failure modes are in {out}; the truth is in truth.json")


def status(
    home: HomeOption = DEFAULT_HOME,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="How far scores are from people's labels, and where they differ most.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say how far the home is: days run, what arrived, was refused or redacted, what waits for a decision."""
    from upturn.settings import load_settings
    from upturn.warehouse import home_status
    from upturn.warehouse.status import CALIBRATION, SECTIONS

    place = Home(home.resolve()).require()
    settings = load_settings(place)
    if not place.published.exists():
        from upturn.log.home_log import home_log

        version = home_log(place, settings).version
        found = {"log_version": version, "published": None, "next": "upturn run"}
        said = f"nothing published yet; the event log is at version {version}; next: upturn run --home {home}"
        write_json(found) if as_json else typer.echo(said)
        return
    sections = home_status(place, CALIBRATION if calibration else SECTIONS)
    if as_json:
        write_json({name: as_records(columns, rows) for name, (columns, rows) in sections.items()})
        return
    for name, (columns, rows) in sections.items():
        show_rows(columns, rows, title=name)
        typer.echo("")
    if calibration and not sections["agreement"][1]:
        typer.echo(f"not calibrated: no labels yet; next: upturn label draw --home {home}, then upturn label")


def doctor(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check a home: marker, settings, key, log, both warehouse files. Exit code 1 if anything is wrong."""
    from upturn.stages.doctor import examine

    findings = examine(Home(home.resolve()))
    if as_json:
        write_json([{"check": f.check, "is_fine": f.is_fine, "finding": f.finding} for f in findings])
    else:
        show_rows(["", "check", "finding"], [["✓" if f.is_fine else "✗", f.check, f.finding] for f in findings])
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


def demo(
    home: Annotated[Path, typer.Option("--home", help="Where the demo's home is made.")] = Path("demo"),
    days: Annotated[int, typer.Option(min=7, max=120, help="Days to simulate and run.")] = 28,
    per_day: Annotated[int, typer.Option(min=10, help="Conversations a day.")] = 150,
    seed: Annotated[int, typer.Option(help="Same seed, same demo.")] = 7,
) -> None:
    """Simulate logs, run the real Airflow DAGs over every day, then the weekly one; show what to fix."""
    from upturn.resources import dags_folder

    script = dags_folder() / "run_days.py"
    command = [sys.executable, str(script), "--home", str(home.resolve()), "--days", str(days)]
    command += ["--per-day", str(per_day), "--seed", str(seed)]
    code = subprocess.run(command, check=False, env={**os.environ, "UPTURN_HOME": str(home.resolve())}).returncode
    if code:
        log = home / "airflow.log"
        raise UpturnError(f"the demo ended with exit code {code}{f'; its log is {log}' if log.exists() else ''}")


def add_commands(app: typer.Typer) -> None:
    """Register these commands."""
    app.command(epilog="Example: upturn init --home warehouse --timezone Europe/Paris")(init)
    app.command(epilog="Example: upturn status --json")(status)
    app.command(epilog="Example: upturn simulate --days 28 --per-day 150 --seed 7")(simulate)
    app.command(epilog="Example: upturn demo")(demo)
    app.command(epilog="Example: upturn doctor")(doctor)
