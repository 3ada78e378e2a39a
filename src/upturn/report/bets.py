"""What the record of earlier predictions says: how far to trust those on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.report.words import signed

if TYPE_CHECKING:
    from upturn.report.model import WeeklyReport

__all__ = ["bets"]


def bets(report: WeeklyReport) -> str:
    """Say how earlier predictions held, once fixes were measured to the end."""
    record = report.bets
    if record is None or record.predicted is None or record.effect is None or record.error is None:
        return (
            "No fix has been measured to the end of its horizon yet, so nobody knows how far to trust predictions here."
        )
    of_them = "the one fix" if record.fix_count == 1 else f"{record.fix_count} fixes"
    text = (
        f"Predictions so far: {of_them} measured to the end, predicted {signed(100 * record.predicted)} and measured "
        f"{signed(100 * record.effect)} points on the conversations touched"
    )
    if record.error_low is None or record.error_high is None:
        return f"{text}. Too few to judge predictions by."
    ends = f"{signed(100 * record.error_low)} to {signed(100 * record.error_high)}"
    held = f"{record.as_predicted_count} of {record.judged_count}"
    text += f", on average {signed(100 * record.error)} off ({ends})."
    return f"{text} As predicted, within both intervals: {held}; 90 % should be."
