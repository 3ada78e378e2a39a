"""What the report says of a shipped fix: measured, too early, too little, or never to be told."""

from datetime import UTC, datetime

import pytest

from upturn.report.actions import ShippedFix
from upturn.report.tables import shipped_line

AT = datetime(2026, 11, 10, tzinfo=UTC)


def fix(**fields):
    given = dict.fromkeys(ShippedFix.__dataclass_fields__)
    given |= {"suggestion_id": "s", "title": "Slow", "category": "performance", "shipped_at": AT, "predicted": 0.02}
    return ShippedFix(**{**given, **fields})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ("not measured yet", "too early to say")),
        (
            {"metric": "success_rate", "verdict": "not measurable", "method": "it touches slow responses"},
            ("can't be: it touches slow responses", "not measurable"),
        ),
        (
            {"metric": "success_rate", "verdict": "too little data", "before_count": 3, "after_count": 4},
            ("too little data, 3 before and 4 after", "too little data"),
        ),
        (
            {"metric": "success_rate", "verdict": "improved", "before_count": 30, "after_count": 1400,
             "effect": 0.05, "effect_low": 0.01, "effect_high": 0.09},
            ("+5.0 points of success_rate (+1.0 to +9.0), 30 before and 1,400 after", "improved"),
        ),
    ],
)  # fmt: skip
def test_a_shipped_fix_is_told_with_what_is_known_of_it(fields, said):
    assert shipped_line(fix(**fields)) == ("Slow", "10 Nov", "+2.0 points", *said)
