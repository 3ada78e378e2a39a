"""Renders the report as JSON: every figure as a number, for whoever reads it with a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upturn.report.model import WeeklyReport

__all__ = ["render_json"]


def render_json(report: WeeklyReport) -> str:
    """Give the report's fields as indented JSON; rates are 0..1, times ISO 8601 in UTC, the unknown is null."""
    import orjson

    return orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode("utf-8")
