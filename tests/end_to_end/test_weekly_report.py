"""The report stage on a real warehouse and log: three files, one published list, the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.support.report_home import WEEK, fill
from upturn.domain.errors import ConfigurationError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ConversationStarted, SuggestionProposed
from upturn.home import Home
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.stages.recording import record
from upturn.stages.report import report
from upturn.stages.stage import StageContext, as_of
from upturn.warehouse import Warehouse, read_only

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    home = Home(tmp_path / "home").create()
    settings = Settings()
    return StageContext(
        home=home,
        settings=settings,
        log=MemoryLog(),
        warehouse=Warehouse(home, settings),
        clock=lambda: datetime(2026, 11, 23, 5, 0, tzinfo=UTC),
    )


def _proposal(suggestion_id: str, impact: float, day: date) -> NewEvent:
    moment = datetime(2026, 11, 18, tzinfo=UTC)
    return NewEvent(
        type="suggestion.proposed",
        source="upturn",
        native_ids=(suggestion_id,),
        revision=day.isoformat(),
        subject=suggestion_id,
        time=moment,
        payload=SuggestionProposed(
            suggestion_id=suggestion_id,
            day=day,
            category="knowledge",
            rule="knowledge_gap",
            title=f"Fix {suggestion_id}",
            description="Why.",
            priority="high",
            severity=None,
            impact_estimate=impact,
            impact_low=impact - 0.01,
            impact_high=impact + 0.01,
            impact_reason=None,
            opportunity=impact * 2,
            opportunity_low=impact,
            opportunity_high=impact * 3,
            reach=0.2,
            gap=0.3,
            implementation_effort="low",
            evidence=[],
            recommended_actions=["Write it down"],
            metrics_to_track=[],
            proposed_change=None,
            cluster_id=None,
            proposed_at=moment,
            expires_at=datetime(2026, 12, 16, tzinfo=UTC),
            explanation="One line.",
            assumptions="None.",
        ),
    )


def _started() -> NewEvent:
    moment = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    return NewEvent(
        type="conversation.started",
        source="chat",
        native_ids=("c1",),
        revision="1",
        subject="c1",
        time=moment,
        payload=ConversationStarted(
            conversation_id="c1",
            assistant_id="shop",
            assistant_version=None,
            config_version=None,
            channel="web",
            user_key=None,
            origin="production",
            is_internal=False,
            persona=None,
            started_at=moment,
            metadata=None,
            updated_at=None,
            record_digest="d1",
        ),
    )


def _at_the_end_of(context: StageContext, day: date) -> None:
    context.warehouse.catch_up(context.log, as_of=as_of(day, context.settings.timezone))


def _files(context: StageContext) -> dict[str, bytes]:
    return {path.suffix: path.read_bytes() for path in sorted(context.home.reports.iterdir())}


@pytest.mark.slow
def test_a_published_week_keeps_its_list_and_its_figures(context: StageContext) -> None:
    record(
        context, [_started(), _proposal("s-1", 0.03, date(2026, 11, 20)), _proposal("s-2", 0.02, date(2026, 11, 20))]
    )
    _at_the_end_of(context, date(2026, 11, 22))

    first = report(context, WEEK)
    assert first.appended == 1
    assert sorted(_files(context)) == [".html", ".json", ".md"]
    assert [Path(str(first.notes[kind])).exists() for kind in ("html", "md", "json")] == [True, True, True]
    with read_only(context.home) as published:
        rows = published.execute(
            "select suggestion_id, rank, impact_estimate from weekly_rankings order by rank"
        ).fetchall()
    assert rows == [("s-1", 1, 0.03), ("s-2", 2, 0.02)]
    before = _files(context)

    again = report(context, WEEK)
    assert again.appended == 0
    assert _files(context) == before

    # a new figure and a new suggestion come later: the list stands, and says what moved
    record(context, [_proposal("s-2", 0.05, date(2026, 11, 25)), _proposal("s-3", 0.09, date(2026, 11, 25))])
    report(context, WEEK)
    shown = json.loads((context.home.reports / f"{WEEK}.json").read_text(encoding="utf-8"))["suggestions"]
    assert [(one["suggestion_id"], one["impact"]["value"]) for one in shown] == [("s-1", 0.03), ("s-2", 0.02)]
    assert [one["restated_impact"] for one in shown] == [None, 0.05]


def test_a_week_that_is_not_over_is_preliminary_and_publishes_nothing(context: StageContext) -> None:
    record(context, [_started(), _proposal("s-1", 0.03, date(2026, 11, 20))])
    _at_the_end_of(context, date(2026, 11, 20))
    counts = report(context, WEEK)
    assert counts.appended == 0
    assert "Preliminary" in (context.home.reports / f"{WEEK}.html").read_text(encoding="utf-8")


def test_an_empty_home_has_a_report_that_says_so(context: StageContext) -> None:
    counts = report(context, WEEK)
    assert (counts.read, counts.appended) == (0, 0)
    text = (context.home.reports / f"{WEEK}.md").read_text(encoding="utf-8")
    assert "No closed production conversation began in this week" in text


def test_no_such_week_is_refused_with_what_is_expected(context: StageContext) -> None:
    with pytest.raises(ConfigurationError, match="expected an ISO week such as 2026-W47"):
        report(context, "2026-W54")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    import duckdb

    from upturn.report.gather import ReportScope, gather
    from upturn.report.render_html import render_html
    from upturn.report.week import Week

    scope = ReportScope(week=Week.parse(WEEK), timezone="UTC", latency_threshold_ms=3000.0, window_days=28)
    with duckdb.connect() as connection:
        fill(connection)
        connection.execute("update turns set content = $text", {"text": "<img src=//t.example/p> " + "wide" * 80})
        text = render_html(gather(connection, scope))
    path = tmp_path / "page.html"
    path.write_text(text.replace("<details>", "<details open>"), encoding="utf-8")
    return path


@pytest.fixture
def browser() -> Iterator[object]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: install Debian's package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1200])
def test_a_browser_shows_the_page_without_a_request_or_a_scroll_bar(browser: object, page: Path, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]
    requests: list[str] = []
    messages: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(page.as_uri())
    assert requests == [page.as_uri()]
    assert messages == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    headings = tab.evaluate("[...document.querySelectorAll('h1, h2')].map(heading => heading.innerText)")
    assert headings == [
        "Week 47, 16–22 November 2026",
        "What to decide",
        "What was shipped, and what it did",
        "Quality and alerts",
        "Is it all there?",
        "How to read the figures",
    ]
    assert tab.evaluate(
        "[...document.querySelectorAll('svg.plot')].every(plot => plot.getBoundingClientRect().width > 200)"
    )
