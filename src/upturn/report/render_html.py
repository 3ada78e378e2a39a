"""Renders the report as one self-contained HTML page: no script, no request, every text escaped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from upturn.report import findings, words
from upturn.report.bets import bets
from upturn.report.charts import draw
from upturn.report.estimate import Estimate
from upturn.report.tables import tables

if TYPE_CHECKING:
    import jinja2

    from upturn.report.model import WeeklyReport

__all__ = ["render_html"]


def render_html(report: WeeklyReport) -> str:
    """Give the page. The same report gives the same bytes."""
    from markupsafe import Markup

    charts = {name: Markup(svg) for name, svg in draw(report).items()}  # noqa: S704  vega escapes every label in it
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            charts=charts,
            tables=tables(report),
            captions=findings.captions(report),
            lead=findings.lead(report),
            what_to_decide=findings.what_to_decide(report),
            bets=bets(report),
            feedback=findings.feedback(report),
            calibration=findings.calibration(report),
            completeness=findings.completeness(report.completeness),
            method=findings.method(report),
            scale=_scale(report),
        )
    )


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("upturn.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        percent=words.percent,
        signed=words.signed,
        points=words.points,
        share=words.share,
        interval=words.interval_text,
        conversations=words.conversations,
        seconds=words.milliseconds,
        day_name=words.day_name,
        ends=_ends,
        of_users=findings.of_users,
        count="{:,}".format,
    )
    return environment


def _ends(estimate: Estimate, digits: int = 1) -> str:
    """Give the two ends of a rate's interval as per cent without the sign."""
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return f"{100 * estimate.low:.{digits}f}–{100 * estimate.high:.{digits}f}"


def _scale(report: WeeklyReport) -> Callable[[float], float]:
    """Give the map from an impact to per cent of the width, one for all suggestions; 0 is always on it."""
    ends = [
        end
        for one in report.suggestions
        for end in (one.impact.value, one.impact.low, one.impact.high)
        if end is not None
    ]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) or 1.0
    return lambda value: round(3 + 94 * (value - low) / width, 2)
