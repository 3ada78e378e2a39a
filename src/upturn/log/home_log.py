"""The event log of a home: beside its warehouse, or where `log` in `upturn.toml` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.log.delta import DeltaLog
from upturn.stores.address import is_address

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["home_log"]


def home_log(home: Home, settings: Settings) -> DeltaLog:
    """Give the event log of a home; nothing is opened yet.

    Raises
    ------
    ConfigurationError
        If `log` is an address of no known object store.
    """
    if not settings.log:
        return DeltaLog(home.events)
    if is_address(settings.log):
        return DeltaLog(settings.log, copies=home.copies)
    return DeltaLog(home.root / settings.log)
