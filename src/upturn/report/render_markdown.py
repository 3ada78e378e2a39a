"""Renders the report as Markdown, for a wiki, a chat or a diff. Text from logs is escaped: it makes no mark-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from upturn.report import findings
from upturn.report.bets import bets
from upturn.report.tables import TextTable, tables
from upturn.report.text import markdown
from upturn.report.words import conversations, day_name, percent, points, share, signed

if TYPE_CHECKING:
    from upturn.report.actions import Citation, ListedSuggestion
    from upturn.report.model import WeeklyReport

__all__ = ["render_markdown", "suggestion_blocks"]

_CHARTS = (
    ("failures", "Where failures are"),
    ("quality", "Quality"),
    ("segments", "Success by persona and channel"),
    ("answers", "Success by turn"),
    ("latency", "Time to the answer"),
)


def render_markdown(report: WeeklyReport) -> str:
    """Give the document. The same report gives the same text."""
    return "\n\n".join(block for block in _blocks(report) if block) + "\n"


def _blocks(report: WeeklyReport) -> Iterator[str]:
    found = tables(report)
    yield f"# Week {report.week[6:]}, {report.label}"
    yield markdown(findings.lead(report))
    if not report.is_over:
        yield "**Preliminary:** the warehouse does not hold the whole week yet; the list is frozen when it is over."
    if report.headline is not None:
        yield f"Success rate: {markdown(share(report.headline.success))}, not calibrated"
    yield "## What to decide"
    yield markdown(findings.what_to_decide(report))
    for one in report.suggestions:
        yield f"### {one.rank}\\. {markdown(one.title)}"
        yield from suggestion_blocks(one)
    yield "## What was shipped, and what it did"
    yield _table(found["shipped"]) or "No fix was shipped in the twelve weeks up to this one."
    yield markdown(bets(report))
    yield _events(report) or "Nothing was decided or released this week."
    yield "## Quality and alerts"
    yield (
        _bullets(f"{alert.line}, {day_name(alert.raised_at)}" for alert in report.alerts)
        or "No alert was raised this week."
    )
    yield markdown(findings.feedback(report))
    said = findings.captions(report)
    for name, title in _CHARTS:
        yield f"### {title}"
        yield markdown(said[name])
        yield _table(found[name])
    yield "### How far scores are from people"
    yield markdown(findings.calibration(report))
    yield _table(found["calibration"])
    yield "### Clusters of failures"
    yield _table(found["clusters"]) or "No failure of this week is in a cluster."
    yield "## Is it all there?"
    yield _bullets(findings.completeness(report.completeness))
    yield _table(found["validations"])
    yield _table(found["quarantine"])
    yield "## How to read the figures"
    yield _bullets(findings.method(report))


def suggestion_blocks(one: ListedSuggestion) -> Iterator[str]:
    """Give what is said of a suggestion under its title, block by block."""
    severity = f"{one.severity} severity, " if one.severity else ""
    yield f"{markdown(one.explanation)}"
    impact = (
        f"{points(one.impact)} of the success rate, {conversations(one.weekly_impact)}"
        if one.impact.value is not None
        else f"not known: {one.impact_reason or 'no reason was given'}"
    )
    made_of = ""
    if one.reach is not None and one.gap is not None:
        made_of = f"{percent(one.reach, 1)} reach × {signed(100 * one.gap)} points gap = {points(one.opportunity)}"
    yield _bullets(
        (
            f"Impact: {impact}",
            f"{severity}{one.priority} priority, {one.implementation_effort} effort, {one.category}, {one.status}",
            *([f"Opportunity: {made_of}"] if made_of else []),
            *(f"To do: {action}" for action in one.recommended_actions),
            *(f"Watch: {metric}" for metric in one.metrics_to_track),
        )
    )
    for citation in one.citations:
        yield _quotation(citation)


def _quotation(citation: Citation) -> str:
    lines = [
        f"> {markdown(turn.role)}: {'**' if turn.is_cited else ''}{markdown(turn.content or '(nothing was said)')}"
        f"{'**' if turn.is_cited else ''}"
        for turn in citation.turns
    ]
    source = f"> ({markdown(citation.why)}; conversation {markdown(citation.conversation_id)})"
    return "\n>\n".join([*lines, source])


def _events(report: WeeklyReport) -> str:
    decisions = (
        f"{one.title or one.suggestion_id}: {one.decision} by {one.actor} on {day_name(one.decided_at)}"
        + (f" – {one.reason}" if one.reason else "")
        for one in report.decisions
    )
    releases = (
        f"Release of {one.assistant_id} {one.assistant_version or ''} ({one.kind}) on {day_name(one.released_at)}"
        + (f": {one.note}" if one.note else "")
        for one in report.releases
    )
    return _bullets((*decisions, *releases))


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {markdown(sentence)}" for sentence in sentences)


def _table(table: TextTable) -> str:
    """Give a table, or nothing where it has no rows."""
    if not table.rows:
        return ""
    lines = [table.headers, tuple("---" for _ in table.headers)]
    head = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([*head, *("| " + " | ".join(markdown(cell) for cell in row) + " |" for row in table.rows)])
