"""What the figures say, one sentence each: shared by page, Markdown, alternative texts and terminal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from upturn.report.estimate import FEW
from upturn.report.words import conversations, metric_name, milliseconds, percent, points, share

if TYPE_CHECKING:
    from upturn.report.arrivals import Completeness
    from upturn.report.estimate import Estimate
    from upturn.report.model import Headline, WeeklyReport

__all__ = [
    "calibration",
    "captions",
    "completeness",
    "feedback",
    "lead",
    "method",
    "of_users",
    "success_change",
    "told",
    "what_to_decide",
]

_PENDING: Final = "pending"
_MIX_MATTERS: Final = 0.005
"""Change of the success rate by a changed mix from which on it is said: half a point."""


def lead(report: WeeklyReport) -> str:
    """Say the week in one paragraph."""
    if report.headline is None:
        return "No closed production conversation began in this week, so there is no rate to show."
    parts = [f"{report.headline.conversation_count:,} conversations {of_users(report.headline)} were closed."]
    if report.headline.success.value is None:
        parts.append("Whether they succeeded has not been judged yet.")
    else:
        rate = f"{percent(report.headline.success.value, 1)} of them{_ends(report.headline.success)}"
        parts.append(f"An estimated {rate} served their user. {success_change(report)}")
    parts += told(report.headline)
    return " ".join(parts)


def of_users(headline: Headline) -> str:
    """Say whose conversations they were: a conversation without a user's id is nobody's second one for sure."""
    if not headline.nameless_count:
        return f"of {headline.user_count:,} users"
    if not headline.user_count:
        return "of users whom the log does not name"
    return f"of {headline.user_count:,} users and {headline.nameless_count:,} times nobody named"


def told(headline: Headline) -> list[str]:
    """Hold the estimate against what the source says, where it says how conversations ended; else nothing."""
    if headline.told.value is None or headline.told.count < FEW or headline.told_success.value is None:
        return []
    resolved, estimated = (f"{percent(one.value, 1)}{_ends(one)}" for one in (headline.told, headline.told_success))
    text = (
        f"Where the source says how they ended ({headline.told.count:,}), {resolved} were resolved; the estimate for "
        f"the same ones is {estimated}."
    )
    apart = _are_apart(headline.told, headline.told_success)
    return [f"{text} They are far apart: trust comparisons, not the level." if apart else text]


def _are_apart(one: Estimate, other: Estimate) -> bool:
    ends = (one.low, one.high, other.low, other.high)
    return None not in ends and (one.high < other.low or other.high < one.low)  # type: ignore[operator]


def _ends(estimate: Estimate) -> str:
    """Give the interval of a share in brackets; nothing where it has none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f" ({100 * estimate.low:.1f}–{100 * estimate.high:.1f} at 90 %)"


def success_change(report: WeeklyReport) -> str:
    """Compare the success rate with the week before."""
    change = report.change
    if change.value is None or change.low is None or change.high is None:
        return "There is no week before to compare with."
    if change.low <= 0 <= change.high:
        text = f"No clear change against the week before: {points(change)}."
    else:
        text = f"That is {'better' if change.value > 0 else 'worse'} than the week before: {points(change)}."
    same = report.change_at_one_mix
    if same.value is None or abs(same.value - change.value) < _MIX_MATTERS:
        return text
    return f"{text} The mix of assistants and channels changed too; at one mix it would be {points(same)}."


def what_to_decide(report: WeeklyReport) -> str:
    """Say how many suggestions wait, and what the first would bring."""
    if not report.suggestions:
        text = "Nothing to decide: no suggestion was pending at the end of this week."
        found = len(report.clusters)
        if not found:
            return text
        groups = "a group of failures alike was" if found == 1 else f"{found} groups of failures alike were"
        return f"{text} Yet {groups} found, listed below: for none is it shown what a fix would gain."
    count = len(report.suggestions)
    text = f"{count} suggestion{'s' if count > 1 else ''}, best first."
    best = max(
        (one for one in report.suggestions if one.impact.value is not None),
        key=lambda one: (one.impact.value, -one.rank),
        default=None,
    )
    if best is not None:
        text += (
            f" The largest expected gain is number {best.rank}: {points(best.impact)} of the success rate, "
            f"{conversations(best.weekly_impact)}."
        )
    severe = [str(one.rank) for one in report.suggestions if one.severity in ("critical", "high")]
    if severe:
        text += f" Safety leads by severity, not by reach: number {', '.join(severe)}."
    more = report.pending_count - count
    return text + (f" {more} more wait below the list." if more > 0 else "")


def captions(report: WeeklyReport) -> dict[str, str]:
    """Give each chart's finding by its name; where there is nothing to draw, why."""
    return {
        "impact": _impact(report),
        "quality": "Each conversation counts once; bands are 90 % intervals, each panel has its own scale."
        if report.quality
        else "No response of these weeks was scored.",
        "failures": _failures(report),
        "latency": _latency(report),
        "answers": _answers(report),
        "segments": _segments(report),
    }


def _impact(report: WeeklyReport) -> str:
    unknown = [one for one in report.suggestions if one.impact.value is None]
    if len(unknown) == len(report.suggestions):
        return "No suggestion has an impact that can be estimated."
    text = "Dots are the expected effect, bars its 90 % interval. Fixes that touch the same conversations don't add up."
    return text + (f" {len(unknown)} without an estimate are left out." if unknown else "")


def _failures(report: WeeklyReport) -> str:
    if not report.topics:
        return "No conversation of this week was judged."
    top = report.topics[0]
    return f"Most failures: “{top.title or 'no topic yet'}”, where {share(top.failure)} of conversations fail."


def _latency(report: WeeklyReport) -> str:
    latency = report.latency
    if latency is None:
        return "No answer of this week has a measured latency."
    return (
        f"{share(latency.slow)} of answers took longer than {latency.threshold_ms / 1000:g} s. "
        f"Half took up to {milliseconds(latency.median_ms)}, 95 % up to {milliseconds(latency.p95_ms)}."
    )


def _answers(report: WeeklyReport) -> str:
    if not report.answers:
        return "No answer of this week belongs to a judged conversation."
    worst = max(report.answers, key=lambda place: (place.failed_count, -place.answer))
    if worst.failed_count == 0:
        return "No conversation went wrong at one of its first ten answers."
    return (
        f"Most go wrong at answer {worst.answer}: {worst.failed_count:,} of the {worst.success.count:,} conversations "
        "that got there."
    )


def _segments(report: WeeklyReport) -> str:
    if not report.segments:
        return "No conversation of this week was judged."
    sized = [one for one in report.segments if one.success.count >= FEW and one.success.value is not None]
    if not sized:
        return f"No persona and channel has {FEW} conversations: too few to compare."
    worst = min(sized, key=lambda one: (one.success.value, one.channel, one.persona or ""))
    return (
        f"Lowest among those with {FEW} conversations or more: {worst.persona or 'persona not said'} on "
        f"{worst.channel}, {share(worst.success)}."
    )


def feedback(report: WeeklyReport) -> str:
    """Say what people volunteered: a rate of those who answered, never a sample."""
    if not report.feedback:
        return "Nobody rated or commented this week."
    headline = report.headline
    if headline is None or headline.satisfaction.value is None:
        return "Nobody gave a rating this week; there are comments only."
    return (
        f"Mean rating of those who gave one: {share(headline.satisfaction)} of the scale. They chose themselves, so "
        "this is not a rate of all users."
    )


def calibration(report: WeeklyReport) -> str:
    """Say how far scores are from people; without labels, that nobody knows."""
    if not report.calibration:
        return "No score is calibrated: no labels were drawn at random, so nobody knows how far scores are from people."
    furthest = max(report.calibration, key=lambda one: abs(one.bias))
    way = "too kind" if furthest.bias > 0 else "too harsh"
    text = "Corrected means rest on labels drawn at random; volunteered feedback never enters them."
    if round(100 * furthest.bias) == 0:
        return text
    name = metric_name(furthest.metric, furthest.scorer)
    return f"{text} Furthest off: {name}, {100 * abs(furthest.bias):.0f} points {way}."


def completeness(found: Completeness) -> tuple[str, ...]:
    """Say whether what the figures stand on is all there; one sentence per kind of evidence."""
    return (_sources(found), _days(found), _checks(found), _refused(found))


def _sources(found: Completeness) -> str:
    if not found.sources:
        return "Which sources arrived is not known: ingest left no note for this week."
    short = [day for day in found.sources if day.arrived < day.expected]
    absent = found.days_over - len(found.sources)
    text = (
        f"{found.sources[-1].expected} of {found.sources[-1].expected} sources arrived on every day that was ingested."
    )
    if short:
        text = "Sources were missing: " + "; ".join(
            f"{_day(day.day)} {day.arrived} of {day.expected} arrived"
            + (f" (not {', '.join(day.missing)})" if day.missing else "")
            for day in short
        )
        text += "."
    return text + (f" {absent} of {found.days_over} days were not ingested by the daily run." if absent > 0 else "")


def _days(found: Completeness) -> str:
    over = found.days[: found.days_over]
    empty = [_day(day.day) for day in over if day.conversation_count == 0]
    still_open = sum(day.open_count for day in found.days)
    if not over:
        text = "No day of this week is over yet."
    elif empty:
        text = f"No conversation at all on {', '.join(empty)}."
    else:
        text = f"All {len(over)} days{'' if len(over) == 7 else ' that are over'} have conversations."
    if 0 < len(over) < len(found.days):
        text += f" {len(found.days) - len(over)} of 7 days are to come."
    return text + (f" {still_open:,} are still open and not counted." if still_open else "")


def _checks(found: Completeness) -> str:
    if not found.suites:
        return "No batch of this week was validated."
    failed = sum(suite.failed_count for suite in found.suites)
    total = sum(suite.expectation_count for suite in found.suites)
    return f"{total - failed:,} of {total:,} validations held."


def _refused(found: Completeness) -> str:
    if not found.quarantine:
        return "No record was refused."
    count = sum(group.record_count for group in found.quarantine)
    return f"{count:,} record{'s were' if count > 1 else ' was'} refused and kept in quarantine."


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def method(report: WeeklyReport) -> tuple[str, ...]:
    """Say what the figures mean and assume, for somebody who was not there."""
    return (
        "Success is the estimated chance that a conversation served its user, from signals in the transcript; a wanted "
        "hand-over to a person is not a failure. "
        + (
            f"{report.label_count:,} labels of these weeks were drawn at random: the table of how far scores are from "
            "people holds what they correct; the success rate above is as estimated, not corrected."
            if report.label_count
            else "It is not calibrated: no labels were drawn at random, so trust comparisons more than levels."
        ),
        "Intervals are at 90 % and count users, not messages, so a chatty user can't dominate. They hold sampling "
        "error, not the error of the success model itself.",
        "Impact = reach × gap × fixability. Reach is the share of conversations that a fix would touch, failed or not; "
        "the gap is how much less often they succeed than comparable ones; fixability is the part that a fix closes.",
        f"Reach and gap look at the {report.window_days} days up to the newest run; conversations a week are at this "
        "week's volume. Ratings are volunteered and stand apart from the success rate.",
        "Internal, bot and test traffic and open conversations are left out.",
    )
