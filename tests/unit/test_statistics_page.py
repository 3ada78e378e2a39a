"""The table of priors on the statistics page is the one in the code."""

import re
from pathlib import Path

from upturn.impact.fixability import FIXABILITY, fixability_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "statistics.md"


def test_the_page_shows_the_priors_in_force():
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d.]+) \| ([\d.]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = {name: (float(mean), float(spread)) for name, mean, spread in rows}
    other = shown.pop("any other")
    assert shown == {name: (prior.mean, prior.spread) for name, prior in FIXABILITY.items()}
    assert other == (fixability_of("nothing known").mean, fixability_of("nothing known").spread)
