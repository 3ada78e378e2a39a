"""What holds for every test: nothing skips in CI, and Hypothesis behaves on slow machines."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("upturn", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("upturn")

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what skipped."""
    if report.skipped:
        _skipped.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run in which any test skipped: a figure that nobody computed is not a figure."""
    if os.environ.get("CI") and _skipped and not hasattr(session.config, "workerinput"):
        print(f"\n{len(_skipped)} test(s) skipped in CI, which is not allowed: {', '.join(_skipped)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
