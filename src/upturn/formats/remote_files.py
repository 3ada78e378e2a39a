"""Which objects of a store an address or pattern names, and which configured source they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from upturn.domain.errors import InputError
from upturn.formats.sources import LogFile, is_log_name, path_expression, source_of
from upturn.settings import Source
from upturn.stores.address import shown
from upturn.stores.objects import StoredObject, objects_under, still_part

__all__ = ["matching_objects", "remote_files"]


def matching_objects(pattern: str) -> list[StoredObject]:
    """Give the objects that a pattern matches, sorted by address: `*`, `?`, `**/` and days as in a source's path.

    Without wildcards: the object of that address, or else every log below it.
    """
    if re.search(r"[*?{]", pattern):
        expression = re.compile(path_expression(pattern))
        return [one for one in objects_under(still_part(pattern)) if expression.fullmatch(one.address)]
    return [
        one
        for one in objects_under(pattern)
        if one.address == pattern or (is_log_name(one.name) and not one.name.startswith("."))
    ]


def remote_files(pattern: str, sources: Iterable[Source], home: Path) -> list[LogFile]:
    """Give the objects that an address names, as files to ingest.

    Raises
    ------
    InputError
        If it names nothing.
    StoreError, StoreUnreachableError
        If the store refuses or does not answer.
    """
    known = list(sources)
    found = matching_objects(pattern)
    if not found:
        raise InputError(
            f"{shown(pattern)} names no log: expected an object, a folder with logs in it, or a pattern that matches "
            "some; check the address"
        )
    return [
        LogFile(Path(one.name), source_of(one.address, known, home), is_named=one.address == pattern, stored=one)
        for one in found
    ]
