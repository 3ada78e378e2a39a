"""The one tree of errors: each class is terminal (no retry helps) or transient (a retry may)."""

from __future__ import annotations

__all__ = [
    "ConfigurationError",
    "DecisionError",
    "DiskFullError",
    "HomeBusyError",
    "HomeVersionError",
    "InputError",
    "LogConflictError",
    "LogDamagedError",
    "MissingExtraError",
    "NotFoundError",
    "StaleDecisionError",
    "StoreError",
    "StoreUnreachableError",
    "TransientError",
    "UpturnError",
]


class UpturnError(Exception):
    """Anything upturn refuses to do, said for a person: what, where, got, expected, next step.

    Terminal unless it is a `TransientError`. Messages never quote a customer's text.
    """

    exit_code = 1


class TransientError(UpturnError):
    """A condition that passes by itself: the same call may succeed later."""


class ConfigurationError(UpturnError):
    """`upturn.toml` or an environment variable says something that can't be used."""

    exit_code = 2


class InputError(UpturnError):
    """A file to ingest is missing, unreadable, truncated as a whole or of no known format."""


class NotFoundError(UpturnError):
    """An id or a home that was asked for does not exist."""


class DecisionError(UpturnError):
    """A decision that the suggestion's state or dates do not allow."""


class StaleDecisionError(DecisionError):
    """Somebody decided on the suggestion after the state that this decision was made on."""


class HomeVersionError(UpturnError):
    """The home was written by a newer upturn than this one."""


class MissingExtraError(UpturnError):
    """An optional library is needed; the message names the extra that brings it."""


class LogConflictError(TransientError):
    """Other writers kept winning the compare-and-swap on the event log."""


class LogDamagedError(UpturnError):
    """The event log's table can't be read: its `_delta_log` or a data file is missing or broken."""


class HomeBusyError(TransientError):
    """Another process holds the pipeline's working warehouse."""


class DiskFullError(TransientError):
    """A write failed because the disk is full; log and warehouse are whole."""


class StoreError(UpturnError):
    """An object store or a database refuses: no such place, no credentials, no right."""


class StoreUnreachableError(TransientError):
    """An object store or a database does not answer, or is too busy to."""
