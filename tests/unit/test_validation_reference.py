"""docs/reference/validation.md lists the expectations that are checked, no more and no less."""

from __future__ import annotations

from pathlib import Path

from upturn.checks.suites import BATCH, ROW_SUITES, SOURCE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "validation.md"


def test_every_expectation_is_in_the_reference_and_every_row_is_an_expectation() -> None:
    section = ""
    listed: list[tuple[str, str, str, str]] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| ") and not line.startswith("| expectation"):
            name, reason, predicate = (cell.strip() for cell in line.strip("|").split("|"))
            listed.append((section, name, reason, predicate.strip("`")))

    assert listed == [
        (suite, expectation.name, expectation.reason, expectation.predicate)
        for suite, expectations in (*ROW_SUITES, ("batch", BATCH), ("source", SOURCE))
        for expectation in expectations
    ]
