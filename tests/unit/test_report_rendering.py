"""The week's page, Markdown and JSON say what the warehouse holds, and nothing that a customer wrote acts in them."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import duckdb
import pytest

from tests.support.report_home import WEEK, fill
from upturn.report.findings import what_to_decide
from upturn.report.gather import ReportScope, gather
from upturn.report.model import WeeklyReport
from upturn.report.render_html import render_html
from upturn.report.render_json import render_json
from upturn.report.render_markdown import render_markdown
from upturn.report.terminal import suggestions_table
from upturn.report.week import Week
from upturn.warehouse import create_schema

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [pay](https://evil.example) \x1b[31mred\x1b[0m "
    "\u202egnp.exe \x00 {{ 7*7 }} ]]> --> </style></svg>"
)


def scope(week: str = WEEK) -> ReportScope:
    return ReportScope(week=Week.parse(week), timezone="UTC", latency_threshold_ms=3000.0, window_days=28)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'")
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def report(connection: duckdb.DuckDBPyConnection) -> WeeklyReport:
    return gather(connection, scope())


@pytest.fixture(scope="module")
def page(report: WeeklyReport) -> str:
    return render_html(report)


@pytest.fixture
def hostile(connection: duckdb.DuckDBPyConnection) -> Iterator[WeeklyReport]:
    connection.execute("begin")
    text = {"text": HOSTILE}
    connection.execute("update turns set content = $text", text)
    connection.execute("update topics set title = $text", text)
    connection.execute("update conversations set persona = $text, channel = $text", text)
    connection.execute("update clusters set title = $text, top_terms = to_json([$text])", text)
    connection.execute("update suggestions set title = $text, description = $text, explanation = $text", text)
    connection.execute("update quarantine set reason = $text, source_name = $text", text)
    connection.execute("update decisions set actor = $text, reason = $text", text)
    connection.execute("update alerts set metric = $text, segment = $text", text)
    yield gather(connection, scope())
    connection.execute("rollback")


class _Elements(HTMLParser):
    """Collects what a browser would build."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Elements()
    parser.feed(page)
    return parser.tags


def test_success_of_the_page_is_that_of_the_tables(connection: duckdb.DuckDBPyConnection, page: str) -> None:
    row = connection.execute(
        "select avg(1 - failure_probability), count(*) from failures"
        " join production_conversations using (conversation_id) where week = $week",
        {"week": WEEK},
    ).fetchone()
    assert row is not None
    assert f"<strong>{100 * row[0]:.1f} %</strong>" in page
    assert f"<strong>{row[1]:,}</strong>" in page


def test_slow_answers_of_the_page_are_those_of_the_tables(connection: duckdb.DuckDBPyConnection, page: str) -> None:
    row = connection.execute(
        "select avg((latency_ms > 3000)::int) from turns join production_conversations using (conversation_id)"
        " where week = $week and role = 'assistant' and latency_ms is not null",
        {"week": WEEK},
    ).fetchone()
    assert row is not None
    assert f"<strong>{100 * row[0]:.1f} %</strong>" in page


def test_severe_safety_leads_and_the_largest_gain_follows(report: WeeklyReport) -> None:
    assert [one.suggestion_id for one in report.suggestions] == ["s-2", "s-1", "s-3", "s-4", "s-5"]
    first = report.suggestions[1]
    assert first.weekly_impact.value == pytest.approx(0.0312 * 100)  # 100 conversations in the week


def test_a_suggestion_whose_failures_are_gone_leaves_the_list(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")
    connection.execute("update clusters set status = 'resolved' where cluster_id = 'k-t-refund'")
    found = gather(connection, scope())
    connection.execute("rollback")
    assert [one.suggestion_id for one in found.suggestions] == ["s-2", "s-3", "s-4", "s-5"]


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_each_suggestion_shows_impact_interval_and_reason(report: WeeklyReport, render: type[object] | object) -> None:
    text = render(report)  # type: ignore[operator]
    for expected in (
        "Teach the assistant how refunds of cancelled orders work",
        "+1.2 to +5.2",
        "+3 conversations a week (+1 to +5)",
        "no comparable conversation without the tool",
        "19 % of conversations are exposed",
        "high severity",
        "Write an article on refunds",
        "not measured yet",
        "+14.7 points of success (+3.1 to +26.2)",
        "7 of 7 sources arrived on every day",
        "3 of 4 validations held",
        "2 records were refused",
        "not calibrated",
    ):
        assert expected in text, expected


def test_evidence_quotes_the_turn_that_is_cited(connection: duckdb.DuckDBPyConnection, report: WeeklyReport) -> None:
    citation = report.suggestions[1].citations[0]
    (cited,) = [turn for turn in citation.turns if turn.is_cited]
    row = connection.execute(
        "select content from turns where conversation_id = 'c-1116-000' and turn_index = 1"
    ).fetchone()
    assert row is not None
    assert (citation.conversation_id, cited.turn_index, cited.content) == ("c-1116-000", 1, row[0])
    assert len(report.suggestions[1].citations) == 3
    assert report.suggestions[1].evidence_count == 4


def test_the_page_asks_for_nothing_and_runs_nothing(page: str) -> None:
    tags = elements(page)
    assert not {"script", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in tags}
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name)
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    tags = elements(page)
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    charts = [attributes for _, attributes in tags if attributes.get("role") == "img"]
    assert len(charts) == 6
    assert all(len(chart["aria-label"] or "") > 30 for chart in charts)
    assert len({identity for _, a in tags if (identity := a.get("id"))}) == len([1 for _, a in tags if a.get("id")])


def test_rendering_twice_gives_the_same_bytes(connection: duckdb.DuckDBPyConnection, report: WeeklyReport) -> None:
    connection.execute("set threads = 1")
    again = gather(connection, scope())
    connection.execute("reset threads")
    assert again == report
    for render in (render_html, render_markdown, render_json):
        assert render(again) == render(report)


def test_hostile_text_builds_no_element(hostile: WeeklyReport, page: str) -> None:
    dangerous = render_html(hostile)
    assert "&lt;script&gt;alert(1)" in dangerous
    assert {tag for tag, _ in elements(dangerous)} <= {tag for tag, _ in elements(page)}
    assert not [1 for _, attributes in elements(dangerous) if "onerror" in attributes]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", dangerous)
    assert "{{ 7*7 }}" in dangerous


def test_hostile_text_builds_nothing_in_markdown(hostile: WeeklyReport) -> None:
    from markdown_it import MarkdownIt

    text = render_markdown(hostile)
    built = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    made = {tag for tag, _ in elements(built)}
    assert made <= {
        "h1",
        "h2",
        "h3",
        "p",
        "strong",
        "ul",
        "li",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert "[pay](https://evil.example)" in built  # shown, not followed
    assert "https://" not in text  # nothing that a chat would make a link of
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_hostile_text_does_not_reach_the_terminal(hostile: WeeklyReport, connection: duckdb.DuckDBPyConnection) -> None:
    from rich.console import Console

    assert hostile.suggestions
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(suggestions_table(connection, limit=5))
    text = console.export_text()
    assert "<script>alert(1)" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_terminal_table_shows_the_list(connection: duckdb.DuckDBPyConnection) -> None:
    from rich.console import Console

    console = Console(width=140, record=True, file=io.StringIO())
    console.print(suggestions_table(connection, limit=2))
    text = console.export_text()
    assert "What to fix, 2026-W47 (16–22 November 2026)" in text
    assert "+1.2 to +5.2" in text
    assert "high severity" in text
    assert "VAT" not in text


def test_json_holds_the_figures_as_numbers(report: WeeklyReport) -> None:
    data = json.loads(render_json(report))
    assert data["week"] == WEEK
    assert data["suggestions"][1]["impact"] == {"value": 0.0312, "low": 0.0121, "high": 0.0523, "count": 100}
    assert data["suggestions"][4]["impact"]["value"] is None
    assert sum(day["conversation_count"] for day in data["completeness"]["days"]) == 100


@pytest.mark.parametrize("is_schema_only", [True, False])
def test_a_week_with_nothing_says_so_and_shows_no_zero(
    is_schema_only: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    if is_schema_only:
        with duckdb.connect() as empty:
            create_schema(empty)
            found = gather(empty, scope())
    else:
        found = gather(connection, scope("2024-W10"))
    page, text = render_html(found), render_markdown(found)
    for expected in (
        "No closed production conversation began in this week",
        "nobody rated",
        "Nothing to decide",
        "No conversation of this week was judged",
        "No answer of this week has a measured latency",
        "No alert was raised",
        "No batch of this week was validated",
    ):
        assert expected in page, expected
    assert "Nobody rated or commented this week." in text
    assert "0.0 %" not in page + text
    assert "<svg" not in page
    assert json.loads(render_json(found))["headline"] is None


def test_an_empty_list_says_what_was_found_all_the_same(report: WeeklyReport) -> None:
    assert len(report.clusters) > 1
    told = what_to_decide(replace(report, suggestions=()))
    assert told.startswith("Nothing to decide: no suggestion was pending at the end of this week. Yet ")
    assert f"{len(report.clusters)} groups of failures alike were found, listed below" in told
    assert "Yet" not in what_to_decide(replace(report, suggestions=(), clusters=()))


def test_a_missing_source_and_an_empty_day_are_named(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")
    connection.execute(
        "update runs set notes = to_json({'sources_arrived': 6, 'sources_expected': 7, 'sources_missing': 'crm'})"
        " where day = '2026-11-18'"
    )
    connection.execute("update conversations set week = '2020-W01', day = '2020-01-01' where day = '2026-11-19'")
    page = render_html(gather(connection, scope()))
    connection.execute("rollback")
    assert "Sources were missing: Wed 18 Nov 6 of 7 arrived (not crm)." in page
    assert "No conversation at all on Thu 19 Nov." in page


def test_without_labels_the_report_says_that_no_score_is_calibrated(page: str, report: WeeklyReport) -> None:
    assert report.calibration == ()
    assert "No score is calibrated" in page
    assert "No score is calibrated" in render_markdown(report)


def test_labels_correct_the_success_that_the_model_sees(connection: duckdb.DuckDBPyConnection) -> None:
    """Annotators call every sixteenth conversation of the weeks a failure that the model thinks likelier served."""
    connection.execute("begin")
    try:
        connection.execute(
            "insert into label_requests by name select conversation_id as request_id, conversation_id, "
            "'[\"success\"]'::json as metrics, 'other' as stratum, 0.0625 as inclusion_probability, "
            "0.01 as random_number, date '2026-01-01' as first_day, date '2026-12-31' as last_day, "
            "'ana' as requested_by, timestamptz '2026-11-20' as requested_at, 1 as log_version "
            "from conversations order by conversation_id limit 40"
        )
        connection.execute(
            "insert into labels by name select request_id || '/ana' as label_id, request_id, conversation_id, "
            "'success' as metric, 0.0 as score, 'ana' as annotator, 0.0625 as inclusion_probability, "
            "timestamptz '2026-11-20' as labelled_at, 1 as log_version from label_requests"
        )
        told = gather(connection, scope())
    finally:
        connection.execute("rollback")
    (row,) = told.calibration
    assert (row.metric, row.scorer) == ("success", "failure model")
    assert row.label_count <= 40
    assert row.bias > 0
    assert row.corrected < row.mean_score
    text = render_markdown(told)
    assert "success (failure model)" in text
    assert "too kind" in text
    assert "How far scores are from people" in render_html(told)
