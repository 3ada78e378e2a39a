"""The top suggestions as a table for the terminal. Control signs of customers' text never reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from upturn.report.listed import listed_suggestions
from upturn.report.rows import dictionaries
from upturn.report.week import Week
from upturn.report.words import conversations, interval_text, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from rich.table import Table

    from upturn.report.actions import ListedSuggestion

__all__ = ["render_suggestions", "suggestions_table"]

_SEVERE: Final = frozenset({"critical", "high"})


def suggestions_table(
    connection: duckdb.DuckDBPyConnection, *, week: str | None = None, timezone: str = "UTC", limit: int = 5
) -> Table:
    """Give the first suggestions of a week as a table.

    Parameters
    ----------
    week : an ISO week; None: the newest with a conversation. A week that was published shows its list as it was.
    """
    if week is None:
        (newest,) = dictionaries(connection, "newest_week")
        week = newest["week"]
    if week is None:
        return render_suggestions((), title="No conversation yet")
    chosen = Week.parse(week)
    history = dictionaries(connection, "headline", first_week=week, week=week)
    listed = listed_suggestions(
        connection,
        week=week,
        week_end=chosen.end(timezone),
        first_week=week,
        conversation_count=history[0]["conversation_count"] if history else 0,
    )
    return render_suggestions(listed.suggestions[:limit], title=f"What to fix, {week} ({chosen.label})")


def render_suggestions(suggestions: Sequence[ListedSuggestion], *, title: str) -> Table:
    """Give a table of `suggestions`; none: one row that says so."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right", style="bold")
    table.add_column("Suggestion", ratio=1, min_width=28)
    table.add_column("Points (90 %)", justify="right")
    table.add_column("A week", justify="right")
    if not suggestions:
        table.add_row("", Text("Nothing to decide: no suggestion is pending."))
    for one in suggestions:
        text = Text(one.title, style="bold")
        text.append(f"\n{one.explanation}", style="not bold")
        tags = f"{one.priority} priority, {one.implementation_effort} effort"
        text.append(f"\n{tags}", style="not bold dim")
        if one.severity:
            text.append(f", {one.severity} severity", style="bold red" if one.severity in _SEVERE else "not bold dim")
        table.add_row(str(one.rank), text, _impact(one), _weekly(one))
    return table


def _impact(one: ListedSuggestion) -> str:
    if one.impact.value is None:
        return "not known"
    return f"{signed(100 * one.impact.value)}\n{interval_text(one.impact.times(100))}"


def _weekly(one: ListedSuggestion) -> str:
    return conversations(one.weekly_impact).replace(" conversations a week (", "\n").rstrip(")")
