"""The figures behind the charts, as tables of ready words: the page folds them away, Markdown shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.report.words import conversations, metric_name, percent, points, share, signed

if TYPE_CHECKING:
    from upturn.report.actions import ShippedFix
    from upturn.report.model import Calibrated, FeedbackKind, WeeklyReport

__all__ = ["TextTable", "shipped_line", "tables"]


@dataclass(frozen=True)
class TextTable:
    """A table of words. The first column names the row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report: WeeklyReport) -> dict[str, TextTable]:
    """Give the table of each chart, and those that have no chart, by name. No rows: nothing is known."""
    weeks = sorted({point.week for point in report.quality if point.week <= report.week})[-2:]
    return {
        "impact": TextTable(
            ("Suggestion", "Success rate", "Conversations a week"),
            tuple(
                (f"{one.rank}. {one.title}", points(one.impact), conversations(one.weekly_impact))
                for one in report.suggestions
            ),
        ),
        "quality": TextTable(
            ("Metric", "Week", "Score", "Responses", "Unscored"),
            tuple(
                (
                    metric_name(point.metric, point.scorer),
                    point.week,
                    share(point.score),
                    f"{point.response_count:,}",
                    f"{point.unscored_count:,}",
                )
                for point in report.quality
                if point.week in weeks
            ),
        ),
        "failures": TextTable(
            ("Topic", "Conversations that fail", "Expected failures"),
            tuple(
                (topic.title or "no topic yet", share(topic.failure), f"{topic.failed_total:.1f}")
                for topic in report.topics
            ),
        ),
        "latency": _latency(report),
        "answers": TextTable(
            ("Answer", "Does not go wrong there", "Went wrong"),
            tuple((str(place.answer), share(place.success), f"{place.failed_count:,}") for place in report.answers),
        ),
        "segments": TextTable(
            ("Persona and channel", "Success"),
            tuple(
                (f"{one.persona or 'persona not said'} · {one.channel}", share(one.success)) for one in report.segments
            ),
        ),
        "clusters": TextTable(
            ("Cluster of failures", "This week", f"Last {report.window_days} days", "Stability", "Status"),
            tuple(
                (
                    cluster.title,
                    f"{cluster.week_count:,}",
                    f"{cluster.size:,}",
                    "too few members" if cluster.stability is None else f"{cluster.stability:.2f}",
                    cluster.status,
                )
                for cluster in report.clusters
            ),
        ),
        "calibration": TextTable(
            ("Metric", "Labels", "Agreement", "Kappa", "Mean score", "Corrected", "Labels more to halve the interval"),
            tuple(_calibrated(one) for one in report.calibration),
        ),
        "feedback": TextTable(
            ("Feedback", "Pieces", "People", "Mean score"),
            tuple(_feedback(kind) for kind in report.feedback),
        ),
        "validations": TextTable(
            ("Suite", "Held", "Rows looked at (largest batch)", "Expected, and not so"),
            tuple(
                (
                    suite.suite,
                    f"{suite.expectation_count - suite.failed_count:,} of {suite.expectation_count:,}",
                    f"{suite.evaluated_count:,}",
                    suite.failed or "none",
                )
                for suite in report.completeness.suites
            ),
        ),
        "quarantine": TextTable(
            ("Source", "Records", "Reason"),
            tuple(
                (group.source_name, f"{group.record_count:,}", group.reason) for group in report.completeness.quarantine
            ),
        ),
        "shipped": TextTable(
            ("Fix", "Shipped", "Predicted", "Measured", "Verdict"),
            tuple(shipped_line(fix) for fix in report.shipped),
        ),
    }


def shipped_line(fix: ShippedFix) -> tuple[str, ...]:
    """Say one shipped fix: title, day and version, prediction, effect, verdict."""
    version = f" in {fix.assistant_version}" if fix.assistant_version else ""
    shipped = f"{fix.shipped_at.day} {fix.shipped_at:%b}{version}"
    predicted = "no prediction" if fix.predicted is None else f"{signed(100 * fix.predicted)} points"
    if fix.metric is None:
        return (fix.title, shipped, predicted, "not measured yet", "too early to say")
    if fix.verdict == "not measurable":
        return (fix.title, shipped, predicted, f"can't be: {fix.method}", fix.verdict)
    if fix.effect is None or fix.effect_low is None or fix.effect_high is None:
        effect = "too little data"
    else:
        ends = f"{signed(100 * fix.effect_low)} to {signed(100 * fix.effect_high)}"
        effect = f"{signed(100 * fix.effect)} points of {fix.metric} ({ends})"
    counts = f", {fix.before_count or 0:,} before and {fix.after_count or 0:,} after"
    return (fix.title, shipped, predicted, effect + counts, fix.verdict or "none")


def _calibrated(one: Calibrated) -> tuple[str, ...]:
    is_sure = one.corrected_low is not None and one.corrected_high is not None
    ends = f" ({percent(one.corrected_low, 1)} to {percent(one.corrected_high, 1)})" if is_sure else ", too few labels"
    return (
        f"{metric_name(one.metric, one.scorer)}, {one.scorer_version}",
        f"{one.label_count:,}",
        percent(one.agreement),
        "none" if one.kappa is None else f"{one.kappa:.2f}",
        percent(one.mean_score, 1),
        percent(one.corrected, 1) + ends,
        "more would not do" if one.labels_to_halve is None else f"{one.labels_to_halve:,}",
    )


def _feedback(kind: FeedbackKind) -> tuple[str, ...]:
    way = "volunteered" if kind.is_volunteered else "asked for"
    return (
        f"{kind.kind} by {kind.author}, {way}",
        f"{kind.feedback_count:,}",
        f"{kind.people_count:,}",
        "comments only" if kind.score is None else percent(kind.score),
    )


def _latency(report: WeeklyReport) -> TextTable:
    latency = report.latency
    return TextTable(
        ("Seconds", "Answers"),
        ()
        if latency is None
        else tuple(
            (f"{start / 1000:.2f}–{(start + latency.bin_ms) / 1000:.2f}", f"{count:,}") for start, count in latency.bins
        ),
    )
