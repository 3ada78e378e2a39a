"""The report's charts: rows in, SVG text out, the same bytes for the same rows; nothing where there are no rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from upturn.report.estimate import Estimate
from upturn.report.theme import ACCENT, INK, MUTED, SOFT, WIDTH, svg
from upturn.report.words import metric_name, percent

if TYPE_CHECKING:
    import altair as alt

    from upturn.report.model import WeeklyReport

__all__ = ["CHARTS", "draw"]

Rows = list[dict[str, Any]]

_LABELS: Final = 200
"""Pixels that the labels of a horizontal chart take."""
_LONGEST_LABEL: Final = 34


def draw(report: WeeklyReport) -> dict[str, str]:
    """Draw every chart that has something to show, by name; an empty week gives an empty dictionary."""
    drawn = {name: chart(report) for name, chart in CHARTS.items()}
    return {name: svg(chart, name) for name, chart in drawn.items() if chart is not None}


def _impact(report: WeeklyReport) -> alt.TopLevelMixin | None:
    rows = [
        {**_span(one.impact.times(100)), "name": f"{one.rank}  {_short(one.title)}"}
        for one in report.suggestions
        if one.impact.value is not None
    ]
    return _ranges(rows, title="predicted change of the success rate, points", rule=0.0)


def _segments(report: WeeklyReport) -> alt.TopLevelMixin | None:
    rows = [
        {
            **_span(one.success.times(100)),
            "name": f"{_short(one.persona or 'persona not said', 20)} · {_short(one.channel, 12)}",
        }
        for one in report.segments
    ]
    headline = report.headline
    average = None if headline is None or headline.success.value is None else 100 * headline.success.value
    return _ranges(rows, title="success, % (dashed: all conversations)", rule=average)


def _ranges(rows: Rows, *, title: str, rule: float | None) -> alt.TopLevelMixin | None:
    """Draw a dot with its interval per row, in the order of the rows."""
    if not rows:
        return None
    import altair as alt

    y = alt.Y("name:N", sort=None, title=None)
    x = alt.X("value:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    spans = base.mark_rule(color=SOFT, strokeWidth=5, strokeCap="round").encode(
        x=alt.X("low:Q", title=title), x2="high:Q"
    )
    dots = base.mark_point(filled=True, color=ACCENT, size=70, opacity=1).encode(x=x)
    layers = [spans, dots]
    if rule is not None:
        line = alt.Chart(alt.InlineData(values=[{"at": rule}]))
        layers.insert(0, line.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x=alt.X("at:Q", title=title)))
    return alt.layer(*layers).properties(width=WIDTH - _LABELS, height=alt.Step(26))


def _quality(report: WeeklyReport) -> alt.TopLevelMixin | None:
    """Draw one small panel per metric with a line and its band; success first."""
    rows: Rows = [{**_span(one.success.times(100)), "week": one.week, "metric": "success"} for one in report.history]
    rows += [
        {**_span(one.score.times(100)), "week": one.week, "metric": metric_name(one.metric, one.scorer)}
        for one in report.quality
    ]
    rows = [row for row in rows if row["value"] is not None]
    if not rows:
        return None
    import altair as alt

    weeks = sorted({row["week"] for row in rows})
    last = [{**row, "label": f"{row['value']:.0f}"} for row in rows if row["week"] == weeks[-1]]
    order = list(dict.fromkeys(row["metric"] for row in rows))
    x = alt.X(
        "week:O",
        title=None,
        scale=alt.Scale(domain=weeks),
        axis=alt.Axis(values=[weeks[0], weeks[-1]], labelAngle=0, labelExpr="slice(datum.label, 5)", labelFlush=False),
    )
    scale = alt.Scale(zero=False, nice=True, padding=4)
    axis = alt.Axis(tickCount=3, title=None)
    base = alt.Chart().encode(x=x)
    band = base.mark_area(color=SOFT, opacity=0.6).encode(y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q")
    line = base.mark_line(color=ACCENT, strokeWidth=2).encode(y=alt.Y("value:Q", scale=scale, axis=axis))
    point = base.mark_point(filled=True, color=ACCENT, size=36, opacity=1).encode(y=alt.Y("value:Q", scale=scale))
    text = base.mark_text(align="left", dx=7, color=INK, fontWeight=600).encode(y=alt.Y("value:Q"), text="label:N")
    is_last = alt.FieldEqualPredicate(field="week", equal=weeks[-1])
    labels = {row["metric"]: row["label"] for row in last}
    values = [{**row, "label": labels.get(row["metric"], "")} for row in rows]
    layered = alt.layer(
        band, line, point.transform_filter(is_last), text.transform_filter(is_last), data=alt.InlineData(values=values)
    ).properties(width=158, height=66)
    panels: alt.FacetChart = layered.facet(
        facet=alt.Facet("metric:N", sort=order, title=None), columns=2, spacing={"row": 14, "column": 34}
    )
    independent: alt.FacetChart = panels.resolve_scale(y="independent").resolve_axis(x="independent")
    return independent


def _failures(report: WeeklyReport) -> alt.TopLevelMixin | None:
    rows = [
        {
            "name": _short(one.title or ("no topic yet" if one.topic_id is None else one.topic_id)),
            "failed": one.failed_total,
            "label": f"{percent(one.failure.value)} of {one.failure.count}",
        }
        for one in report.topics
    ]
    if not rows:
        return None
    import altair as alt

    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", sort=None, title=None),
        x=alt.X("failed:Q", title="failed conversations (expected)", axis=alt.Axis(tickCount=4)),
    )
    bars = base.mark_bar(color=ACCENT, height=14, cornerRadiusEnd=2)
    text = base.mark_text(align="left", dx=6, color=MUTED).encode(text="label:N")
    return alt.layer(bars, text).properties(width=WIDTH - _LABELS - 60, height=alt.Step(26))


def _latency(report: WeeklyReport) -> alt.TopLevelMixin | None:
    latency = report.latency
    if latency is None:
        return None
    import altair as alt

    rows = [
        {
            "from": start / 1000,
            "to": (start + latency.bin_ms) / 1000,
            "answers": count,
            "slow": start >= latency.threshold_ms,
        }
        for start, count in latency.bins
    ]
    limit = [{"at": latency.threshold_ms / 1000, "label": f"limit {latency.threshold_ms / 1000:g} s"}]
    title = f"seconds to the answer (last bar: {2 * latency.threshold_ms / 1000 - latency.bin_ms / 1000:g} and over)"
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:Q", title=title, bin="binned", axis=alt.Axis(tickCount=6, grid=False)),
            x2="to:Q",
            y=alt.Y("answers:Q", title="answers", axis=alt.Axis(tickCount=4)),
            color=alt.condition("datum.slow", alt.value(ACCENT), alt.value(SOFT)),
        )
    )
    line = alt.Chart(alt.InlineData(values=limit)).encode(x=alt.X("at:Q", title=title))
    rule = line.mark_rule(color=INK, strokeDash=[4, 3])
    text = line.mark_text(align="left", dx=6, dy=6, color=INK).encode(text="label:N", y=alt.value(0))
    return alt.layer(bars, rule, text).properties(width=WIDTH - 60, height=190)


def _answers(report: WeeklyReport) -> alt.TopLevelMixin | None:
    rows = [{**_span(one.success.times(100)), "answer": one.answer} for one in report.answers]
    if not rows:
        return None
    import altair as alt

    x = alt.X("answer:O", title="answer in the conversation", axis=alt.Axis(labelAngle=0))
    scale, axis = alt.Scale(zero=False, nice=True), alt.Axis(tickCount=5)
    title = "does not go wrong there, %"
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    spans = base.mark_rule(color=SOFT, strokeWidth=5, strokeCap="round").encode(
        y=alt.Y("low:Q", title=title, scale=scale, axis=axis), y2="high:Q"
    )
    dots = base.mark_point(filled=True, color=ACCENT, size=70, opacity=1).encode(y=alt.Y("value:Q", title=title))
    return alt.layer(spans, dots).properties(width=WIDTH - 60, height=190)


def _span(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _short(text: str, length: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


CHARTS: Final[Mapping[str, Callable[[WeeklyReport], Any]]] = MappingProxyType(
    {
        "impact": _impact,
        "quality": _quality,
        "failures": _failures,
        "latency": _latency,
        "answers": _answers,
        "segments": _segments,
    }
)
"""The charts by name, in the order of the page."""
