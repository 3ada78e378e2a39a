"""The reference names every metric, with the version that is in force."""

from __future__ import annotations

import re
from pathlib import Path

from upturn.judge.rubrics import RUBRICS
from upturn.metrics.registry import plugged_metrics
from upturn.metrics.rules import RULE_METRICS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def test_every_metric_is_in_the_reference_with_its_version_and_description() -> None:
    rows = re.findall(
        r"^\| (\w+) \| (\S+) \| (rule|judge) \| (.+?) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE
    )
    rules = {(metric.name, metric.version, "rule", metric.description) for metric in RULE_METRICS}
    plugged = {(metric.name, metric.version, "rule", metric.description) for metric in plugged_metrics().values()}
    assert {row for row in rows if row[2] == "rule"} == rules | plugged
    judged = [(rubric.metric, f"{rubric.metric}.v{rubric.version}", "judge", rubric.description) for rubric in RUBRICS]
    assert [row for row in rows if row[2] == "judge"] == judged
