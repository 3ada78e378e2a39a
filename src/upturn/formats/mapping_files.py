"""Mappings as they are given: a TOML file, or a table of a source in `upturn.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from upturn.domain.errors import ConfigurationError
from upturn.formats.file_layouts import file_reader
from upturn.formats.mapping import Mapping
from upturn.formats.mapping_records import MappedRecords
from upturn.formats.registry import LogFormat, Place
from upturn.settings import Source

__all__ = ["load_mapping", "mapping_format", "source_mapping"]

_GUIDE: Final = "see docs/guide/map-your-logs.md"
_SAID: Final = {
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "model_type": "expected a path as text, or a table",
    "dict_type": "expected a table",
    "tuple_type": "expected a list",
}
_SHOWN: Final = 3
_NOWHERE: Final = Place("", 0)


def load_mapping(path: Path) -> LogFormat:
    """Give the format that a mapping file describes.

    Raises
    ------
    ConfigurationError
        If there is no such file, or it says what a mapping can't: file, key, what is expected and what was got.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"the mapping {path} can't be read ({error.strerror}): check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    return mapping_format(values, where=str(path))


def source_mapping(source: Source, home: Path) -> LogFormat | None:
    """Give the format of a source that has a mapping; None: it has none.

    Raises
    ------
    ConfigurationError
        If the mapping can't be used.
    """
    if source.mapping is None:
        return None
    if isinstance(source.mapping, str):
        return load_mapping(home / source.mapping)
    return mapping_format(source.mapping, where=f"upturn.toml, mapping of the source {source.name}")


def mapping_format(values: Table[str, Any], *, where: str) -> LogFormat:
    """Give the format that a mapping describes.

    Parameters
    ----------
    where : file, or key of `upturn.toml`, for messages.

    Raises
    ------
    ConfigurationError
        If the mapping can't be used.
    """
    try:
        mapping = Mapping.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        said = "; ".join(f"{_key(one['loc'])}: {_problem(one)}" for one in problems[:_SHOWN])
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ConfigurationError(f"{where}: {said}{more}; {_GUIDE}") from error
    records = MappedRecords(mapping)
    return LogFormat(
        name=mapping.name,
        description=f"records by the mapping {where}",
        sniff=lambda _: False,
        to_canonical=lambda record: records.canonical(record, _NOWHERE),
        with_place=records.canonical,
        user_ids=records.user_ids,
        read=file_reader(mapping.file),
    )


def _key(place: tuple[int | str, ...]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "mapping"


def _problem(one: Any) -> str:
    said = _SAID.get(one["type"]) or str(one["msg"]).removeprefix("Value error, ").replace(
        "Input should be", "expected"
    )
    got = one["input"]
    is_short = isinstance(got, (str, int, float, bool)) and one["type"] not in ("missing", "extra_forbidden")
    return f"{said}, got {str(got)[:60]!r}" if is_short else said
