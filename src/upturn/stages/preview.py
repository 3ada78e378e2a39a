"""A dry run of ingest: the first records beside what they become, without personal data and cut short for a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from upturn.domain.errors import ConfigurationError
from upturn.formats.mapping_files import load_mapping
from upturn.formats.preview import PreviewedRecord, preview
from upturn.formats.sources import LogFile
from upturn.privacy.masking import mask_record
from upturn.privacy.pseudonym import Pseudonymizer
from upturn.privacy.redactor import Redactor, open_redactor

if TYPE_CHECKING:
    from upturn.home import Home
    from upturn.settings import Settings

__all__ = ["ShownRecord", "preview_paths"]

_TEXT_SHOWN: Final = 120
_ITEMS_SHOWN: Final = 6


@dataclass(frozen=True)
class ShownRecord:
    """A raw record and its fate, fit to be shown: redacted, users' ids hidden, long texts and lists cut."""

    file: str
    line: int
    format: str
    raw: Any
    canonical: list[Any]
    refusal: str | None
    skipped: str | None


class _Hidden(Pseudonymizer):
    """Hides every user id under one word."""

    def user_key(self, user_id: str) -> str:  # noqa: ARG002
        return "<USER>"


def preview_paths(
    home: Home,
    settings: Settings,
    files: Sequence[LogFile],
    *,
    format: str | None = None,  # noqa: A002  the word of the command line
    mapping: Path | None = None,
    count: int = 3,
) -> Iterator[ShownRecord]:
    """Give the first `count` records of each file and what ingest would make of them; nothing is written.

    All kinds of personal data are replaced, also those that the settings keep.

    Raises
    ------
    InputError, ConfigurationError
        As ingest does.
    """
    if format is not None and mapping is not None:
        raise ConfigurationError("both a format and a mapping: a mapping is the format of its records; leave one out")
    forced = load_mapping(mapping) if mapping else format
    redactor = open_redactor(settings.redaction.model_copy(update={"is_on": True, "off": frozenset()}))
    for one in preview(files, home=home.root, forced=forced, count=count):
        yield _shown(one, redactor)


def _shown(one: PreviewedRecord, redactor: Redactor) -> ShownRecord:
    canonical = [_fit(orjson.dumps(made), one, redactor) for made in one.canonical]
    raw = _fit(one.raw, one, redactor)
    return ShownRecord(one.file, one.line, one.format, raw, canonical, one.refusal, one.skipped)


def _fit(text: bytes, one: PreviewedRecord, redactor: Redactor) -> Any:
    """Give a record without personal data, as JSON cut short; one that does not parse as text."""
    import pyarrow as pa

    masked = mask_record(text, _Hidden(b""), ids=one.user_ids, names=one.user_fields)
    try:
        orjson.loads(masked)
    except orjson.JSONDecodeError:
        return _cut(redactor.text(masked))
    redacted, _ = redactor.json_texts(pa.array([masked], pa.large_string()))
    return _cut(orjson.loads(redacted[0].as_py()))


def _cut(value: Any) -> Any:
    """Give a JSON value with long texts and lists cut, and how much was left out."""
    if isinstance(value, str) and len(value) > _TEXT_SHOWN:
        return f"{value[:_TEXT_SHOWN]}… ({len(value) - _TEXT_SHOWN} more characters)"
    if isinstance(value, dict):
        return {name: _cut(part) for name, part in value.items()}
    if isinstance(value, list):
        rest = len(value) - _ITEMS_SHOWN
        return [*map(_cut, value[:_ITEMS_SHOWN]), *([f"… ({rest} more)"] if rest > 0 else [])]
    return value
