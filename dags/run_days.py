"""Run the real Airflow DAGs over simulated days, in one process: what `upturn demo` starts. It is no DAG file."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track

from upturn.domain.errors import UpturnError
from upturn.home import Home
from upturn.resources import dags_folder

QUERIES = (
    (
        "What to fix first",
        "select title, impact_estimate, impact_low, impact_high from suggestion_list order by place limit 5",
    ),
    ("Success by channel and persona", "select * from success_by_channel_persona order by channel, persona limit 10"),
    ("Failures of a cluster", "select cluster_id, title, size, exposure_count, exposed_share from failure_clusters"),
)


MARKER = "demo.json"
"""Says that a folder was made by the demo, which may then make it anew."""


def configure_airflow(home: Path) -> None:
    """Point Airflow at a folder of its own inside the home: SQLite, no examples, no network."""
    settings = {
        "AIRFLOW_HOME": home / "airflow",
        "AIRFLOW__CORE__DAGS_FOLDER": dags_folder(),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow' / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "UPTURN_HOME": home,
        "GX_ANALYTICS_ENABLED": "false",
    }
    os.environ.update({name: str(value) for name, value in settings.items()})


@contextlib.contextmanager
def output_to(log: Path) -> Iterator[None]:
    """Send what this process and its libraries print to a file, down to the file descriptors."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[0])
            os.close(kept[1])


def load_dags() -> dict[str, object]:
    """Give the DAGs by id; every file must import."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(dags_folder()))
    if bag.import_errors:
        raise SystemExit(f"DAG files that do not import: {bag.import_errors}")
    return dict(bag.dags)


def run(dag: object, run_after: datetime, conf: dict[str, str]) -> None:
    """Run one DAG once; a run that did not succeed ends the program."""
    finished = dag.test(logical_date=run_after, run_conf=conf)  # type: ignore[attr-defined]
    if finished.state != "success":
        raise SystemExit(f"{finished.dag_id} {conf}: {finished.state}")


def last_sunday(before: date) -> date:
    """Give the newest Sunday before a day."""
    return before - timedelta(days=before.isoweekday())


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--per-day", type=int, default=150)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--last-day", type=date.fromisoformat, default=last_sunday(datetime.now(UTC).date()))
    return parser.parse_args()


def prepare_home(arguments: argparse.Namespace, first: date) -> Home:
    """Make a fresh home with simulated logs in its inbox, in the place of an earlier demo's only."""
    import shutil

    from upturn.cli.homes import init
    from upturn.domain.errors import ConfigurationError
    from upturn.simulate.logs import write_logs

    root: Path = arguments.home
    if (root / MARKER).exists():
        shutil.rmtree(root)
    elif root.exists() and any(root.iterdir()):
        raise ConfigurationError(
            f"{root} is no demo's home: expected nothing there, or {MARKER} of an earlier demo; nothing was touched, "
            "name another folder with --home"
        )
    root.mkdir(parents=True, exist_ok=True)
    (root / MARKER).write_text(json.dumps({"seed": arguments.seed, "days": arguments.days}), encoding="utf-8")
    init(home=root, timezone="UTC", start=first.isoformat())
    home = Home(root)
    write_logs(home.inbox, days=arguments.days, per_day=arguments.per_day, seed=arguments.seed, start=first)
    return home


def main() -> None:
    """Simulate, run every day, run the weeks, show the result."""
    arguments = parse_arguments()
    console = Console()
    first = arguments.last_day - timedelta(days=arguments.days - 1)
    log = arguments.home / "airflow.log"
    console.print(f"[bold]1[/] simulating {arguments.days} days of {arguments.per_day} conversations from {first}")
    try:
        with output_to(Path(os.devnull)):
            home = prepare_home(arguments, first)
    except UpturnError as error:
        sys.exit(f"upturn: {error}")
    console.print("[bold]2[/] preparing Airflow (SQLite)")
    configure_airflow(home.root)
    with output_to(log):
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
        dags = load_dags()
    days = [first + timedelta(days=number) for number in range(arguments.days)]
    for day in track(days, description="[bold]3[/] daily_optimization", console=console):
        with output_to(log):
            midnight = datetime.combine(day, datetime.min.time(), UTC)
            run(dags["daily_optimization"], midnight + timedelta(days=2), {"day": day.isoformat()})
    weeks = sorted({f"{day:%G-W%V}": day for day in days if day.isoweekday() == 7}.items())
    for week, sunday in track(weeks, description="[bold]4[/] weekly_review", console=console):
        with output_to(log):
            midnight = datetime.combine(sunday, datetime.min.time(), UTC)
            run(dags["weekly_review"], midnight + timedelta(days=2), {"week": week})
    show_result(console, home, weeks[-1][0] if weeks else None)


def show_result(console: Console, home: Home, week: str | None) -> None:
    """Print the top suggestions, the report's path and three queries to try."""
    from upturn.cli.output import clean
    from upturn.failures.explain import explain
    from upturn.report.terminal import suggestions_table
    from upturn.warehouse import read_only

    with read_only(home) as connection:
        console.print(suggestions_table(connection, week=week, limit=5))
        best = connection.execute("select suggestion_id from suggestion_list order by place limit 1").fetchone()
        explanation = explain(connection, best[0]) if best else []
    if week:
        console.print(f"\nThe report: [bold]{home.reports / week}.html[/] (also .md and .json)", soft_wrap=True)
    console.print("\nThree queries to try:")
    for title, query in QUERIES:
        console.print(
            f'  # {title}\n  .venv/bin/upturn sql --home {home.root} "{query}"', highlight=False, soft_wrap=True
        )
    console.print("\nWhy it stands there:")
    for line in explanation:
        console.print(f"  {clean(line)}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"\nAny other: .venv/bin/upturn explain --home {home.root} ID", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
