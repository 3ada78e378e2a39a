"""Structured logs: readable on a terminal, one JSON object a line elsewhere; always on standard error."""

from __future__ import annotations

import logging
import sys

import structlog

__all__ = ["configure_logs"]


def configure_logs(*, level: str = "WARNING") -> None:
    """Set structlog up for this process.

    Parameters
    ----------
    level : DEBUG, INFO, WARNING or ERROR.
    """
    is_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if is_terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_printer,
        cache_logger_on_first_use=False,
    )


def _printer(*_: object) -> structlog.PrintLogger:
    """Give what prints to standard error as it is now: a process may have it replaced, as tests do."""
    return structlog.PrintLogger(sys.stderr)
