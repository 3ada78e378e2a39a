"""The log formats: one plug-in file each, `@log_format("name")` over the function that makes canonical records."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from upturn.domain.errors import ConfigurationError

__all__ = ["FORMAT_MODULES", "LogFormat", "RefusedRecordError", "format_named", "formats", "log_format"]

FORMAT_MODULES: Final[tuple[str, ...]] = (
    "upturn.formats.upturn",
    "upturn.formats.openai_chat",
)
"""Where formats live, in the order in which they are listed. A new format is a new file and its line here."""

Record = dict[str, Any]


class RefusedRecordError(ValueError):
    """A record can't become a conversation; the text is the reason, one line that quotes no customer's words."""


@dataclass(frozen=True)
class LogFormat:
    """One way in which conversations are logged."""

    name: str
    description: str
    """One line: what writes it, and how it is told from the others."""
    sniff: Callable[[Record], bool]
    """Whether a raw record looks like this format. Never raises on a dict."""
    to_canonical: Callable[[Record], Iterable[Record]]
    """The canonical records that a raw record holds, at least one.

    Raises `RefusedRecordError` where the record can't be read; what it passes on wrongly is refused later, with the
    name of the field.
    """
    is_canonical: bool = False
    """Whether raw records are canonical records already: they are not parsed in Python then."""


_REGISTERED: dict[str, LogFormat] = {}


def log_format(
    name: str, *, description: str, sniff: Callable[[Record], bool], is_canonical: bool = False
) -> Callable[[Callable[[Record], Iterable[Record]]], Callable[[Record], Iterable[Record]]]:
    """Register the decorated `to_canonical(record)` as the format `name`.

    Raises
    ------
    ConfigurationError
        If another function has that name already.
    """

    def register(to_canonical: Callable[[Record], Iterable[Record]]) -> Callable[[Record], Iterable[Record]]:
        there = _REGISTERED.get(name)
        if there is not None and there.to_canonical.__module__ != to_canonical.__module__:
            raise ConfigurationError(
                f"two log formats are named {name!r}: {there.to_canonical.__module__} and "
                f"{to_canonical.__module__}; rename one"
            )
        _REGISTERED[name] = LogFormat(name, description, sniff, to_canonical, is_canonical)
        return to_canonical

    return register


def formats() -> Mapping[str, LogFormat]:
    """Give every format by name, in the order of `FORMAT_MODULES`."""
    for module in FORMAT_MODULES:
        importlib.import_module(module)
    return dict(_REGISTERED)


def format_named(name: str) -> LogFormat:
    """Give the format of that name.

    Raises
    ------
    ConfigurationError
        If there is none; the message lists those there are.
    """
    known = formats()
    if name not in known:
        raise ConfigurationError(f"no log format {name!r}: expected one of {', '.join(known)}")
    return known[name]
