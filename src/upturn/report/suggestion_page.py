"""One suggestion with all there is to know before deciding: figures, evidence, trend, and who decided what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from upturn.report.listed import one_suggestion
from upturn.report.render_markdown import suggestion_blocks
from upturn.report.rows import records
from upturn.report.text import markdown
from upturn.report.words import day_name, percent

if TYPE_CHECKING:
    import duckdb

    from upturn.report.actions import ListedSuggestion

__all__ = ["DecisionTaken", "SuggestionPage", "suggestion_markdown", "suggestion_page"]


@dataclass(frozen=True)
class DecisionTaken:
    """One decision on the suggestion."""

    decision: str
    actor: str
    reason: str | None
    decided_at: datetime
    assignee: str | None
    assistant_version: str | None


@dataclass(frozen=True)
class SuggestionPage:
    """A suggestion and its history. Its rank is 0: it stands alone here."""

    suggestion: ListedSuggestion
    decisions: tuple[DecisionTaken, ...]

    @property
    def revision(self) -> int:
        """Number of decisions so far: what whoever decides on this page has seen."""
        return len(self.decisions)


def suggestion_page(connection: duckdb.DuckDBPyConnection, suggestion_id: str) -> SuggestionPage | None:
    """Give the page of a suggestion; None where there is none of that id."""
    found = one_suggestion(connection, suggestion_id)
    if found is None:
        return None
    return SuggestionPage(found, records(connection, "history", DecisionTaken, suggestion_id=suggestion_id))


def suggestion_markdown(page: SuggestionPage) -> str:
    """Give the page as Markdown; text from logs is escaped."""
    return "\n\n".join(_blocks(page)) + "\n"


def _blocks(page: SuggestionPage) -> Iterator[str]:
    one = page.suggestion
    yield f"# {markdown(one.title)}"
    yield markdown(one.description)
    yield from suggestion_blocks(one)
    yield f"*{markdown(one.assumptions)}*"
    if one.cluster_title:
        stability = "not known" if one.cluster_stability is None else f"{one.cluster_stability:.2f}"
        title, size, state = markdown(one.cluster_title), one.cluster_size, one.cluster_status
        yield f"Cluster “{title}”: {size} failures, {state}, stability {stability}."
    if one.trend:
        weeks = "; ".join(
            f"{point.week} {percent(point.failure.value or 0, 0)} of {point.failure.count}" for point in one.trend[-8:]
        )
        yield f"Failures among the conversations that a fix would touch, by week: {markdown(weeks)}."
    yield (
        "\n".join(f"- {markdown(_line(taken))}" for taken in page.decisions) or "Nobody has decided anything on it yet."
    )


def _line(taken: DecisionTaken) -> str:
    to = f" to {taken.assignee}" if taken.assignee else ""
    version = f" with version {taken.assistant_version}" if taken.assistant_version else ""
    reason = f": {taken.reason}" if taken.reason else ""
    return f"{day_name(taken.decided_at)}, {taken.actor}: {taken.decision}{to}{version}{reason}"
