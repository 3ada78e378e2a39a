"""The stages detect and cluster over some days of simulated logs, by the real log and warehouse."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from upturn import wiring
from upturn.home import Home
from upturn.simulate.logs import write_logs

pytestmark = pytest.mark.slow

START = date(2026, 11, 2)
STAGES = ("ingest", "validate", "append", "project", "score", "detect", "cluster")


def test_second_run_adds_nothing_and_every_conversation_has_a_topic(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.configuration.write_text('[[sources]]\nname = "chat"\npath = "inbox/chat-{day}.jsonl"\n', encoding="utf-8")
    write_logs(home.inbox, days=3, per_day=80, seed=11, start=START)
    context = wiring.open_context(home.root)
    for offset in range(3):
        wiring.run_stages(context, START + timedelta(days=offset), STAGES)
    last = START + timedelta(days=2)
    version = context.log.version
    again = wiring.run_stages(context, last, ("detect", "cluster"))
    assert (again["detect"].appended, again["cluster"].appended) == (0, 0)
    assert context.log.version == version
    with context.warehouse.connect() as connection:
        count, topics = connection.execute("select count(*), count(topic_id) from production_conversations").fetchone()
        assert count == topics > 0
        judged = connection.execute("select count(*) from failures").fetchone()
        assert judged == (count,)
        clusters, kept = connection.execute(
            "select count(*), count(*) filter (where first_seen < last_seen) from clusters where size > 0"
        ).fetchone()
        assert clusters > 0
        assert kept > 0
        without_exposure = connection.execute(
            "select count(*) from clusters where size > 0 and cluster_id not in (select cluster_id from exposures)"
        ).fetchone()
        assert without_exposure == (0,)
