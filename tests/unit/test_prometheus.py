"""The published warehouse as Prometheus reads it: parsed back by prometheus_client's own parser, over a real socket."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.sql.test_marts import conversation, insert
from tests.support.homes import upturn
from upturn.domain.errors import NotFoundError, UpturnError
from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.monitoring.exposition import exposition, serve
from upturn.monitoring.families import FAMILIES
from upturn.settings import Settings
from upturn.warehouse import Warehouse


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A published warehouse with two conversations, three test results and a measured improvement."""
    place = Home(tmp_path / "home").create()
    warehouse = Warehouse(place, Settings())
    warehouse.catch_up(MemoryLog())
    with warehouse.connect() as connection:
        conversation(connection, "a", persona="novice", satisfaction=0.5, ended_at="2026-11-23 10:00:10+00")
        conversation(connection, "b", persona="novice", satisfaction=1.0, ended_at="2026-11-23 12:00:00+00")
        conversation(connection, "c", week="2026-W47", satisfaction=0.0, ended_at="2026-11-23 10:00:50+00")
        for number, result in enumerate(("passed", "passed", "failed")):
            row = {"execution_id": str(number), "run_id": "r", "test_id": "t", "type": "functional", "result": result}
            insert(connection, "test_results", {**row, "occurred_at": "2026-11-23 10:00:00+00"})
        run = {"run_id": "1", "stage": "project", "day": "1970-01-02", "read_count": 1, "appended_count": 0}
        done = {"skipped_count": 0, "quarantined_count": 0, "notes": "{}", "completed_at": "1970-01-01 00:01:00+00"}
        insert(connection, "runs", {**run, **done})
    warehouse.publish()
    return place


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Give each sample by its name and its labels' values, sorted."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_text_says_what_the_warehouse_says(home: Home) -> None:
    told = samples(exposition(home))
    assert told["test_executions_total", "functional", "passed"] == 2
    assert told["test_executions_total", "failed", "functional"] == 1
    assert told["user_satisfaction_score", "shop"] == 0.75  # of the newest week; c is of the week before
    assert told["upturn_conversations", "shop"] == 3
    assert told["upturn_stage_completed_timestamp_seconds", "project"] == 60
    assert told["upturn_stage_day_timestamp_seconds", "project"] == 86_400


def test_the_histogram_is_cumulative_and_the_bound_belongs_to_its_bucket(home: Home) -> None:
    told = samples(exposition(home))
    name = "conversation_duration_seconds"
    # novices: 10 s and 2 h; unknown: 50 s
    assert [told[f"{name}_bucket", bound, "novice"] for bound in ("10.0", "30.0", "3600.0", "+Inf")] == [1, 1, 1, 2]
    assert (told[f"{name}_sum", "novice"], told[f"{name}_count", "novice"]) == (7210, 2)
    assert [told[f"{name}_bucket", bound, "unknown"] for bound in ("30.0", "60.0")] == [0, 1]


def test_an_empty_warehouse_names_its_metrics_and_invents_no_value(tmp_path: Path) -> None:
    place = Home(tmp_path / "home").create()
    with pytest.raises(NotFoundError, match="no published warehouse"):
        exposition(place)
    warehouse = Warehouse(place, Settings())
    warehouse.catch_up(MemoryLog())
    warehouse.publish()
    text = exposition(place)
    assert {name for name, *_ in samples(text)} == {"upturn_log_version", "upturn_suggestions_pending"}
    assert all(f"# HELP {family.name}" in text for family in FAMILIES)


def test_the_endpoint_reads_anew_at_each_scrape(home: Home) -> None:
    server, thread = serve(home, 0)
    try:
        url = f"http://127.0.0.1:{server.server_port}/metrics"
        assert server.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert samples(answer.read().decode())["upturn_conversations", "shop"] == 3
        warehouse = Warehouse(home, Settings())
        with warehouse.connect() as connection:
            conversation(connection, "d")
        warehouse.publish()
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert samples(answer.read().decode())["upturn_conversations", "shop"] == 4
        with pytest.raises(UpturnError, match="can't be served"):
            serve(home, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@pytest.mark.slow
def test_the_command_writes_a_file_in_one_step(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "upturn.prom"
    upturn("metrics", "--file", str(target), home=home.root)
    assert samples(target.read_text(encoding="utf-8"))["upturn_conversations", "shop"] == 3
    assert list(tmp_path.glob(".*partial")) == []
    assert "upturn_log_version" in upturn("metrics", home=home.root)


def test_the_guide_names_every_metric_with_its_labels() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "monitor.md").read_text(encoding="utf-8")
    for family in FAMILIES:
        labels = f"{{{','.join(family.labels)}}}" if family.labels else ""
        assert f"| `{family.name}{'_total' if family.kind == 'counter' else ''}{labels}` | {family.kind} |" in guide
