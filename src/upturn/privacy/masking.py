"""Replaces user ids by their pseudonyms within a record: in parsed JSON, and in text that does not parse."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import orjson

from upturn.privacy.nested_json import LEVELS, changed_within, value_of
from upturn.privacy.pseudonym import Pseudonymizer

__all__ = ["mask_record", "mask_value"]

USER_FIELDS: Final = frozenset(
    {
        "user_id", "user", "userId", "user.id", "enduser.id", "enduser.pseudo.id", "langfuse.user.id",
        "langfuse_user_id", "traceloop.association.properties.user_id", "attributes.user.id",
    }
)  # fmt: skip
"""Names under which logs and traces keep the id of a user."""
_MIN_LENGTH: Final = 6
"""Shorter ids are replaced in their fields only: elsewhere they are too often a word of the language."""
_NAME: Final = r"(?:[\w.]*\.)?(?:end)?user(?:[._](?:pseudo\.)?id|Id)?"
_PLAIN: Final = re.compile(rf'("{_NAME}"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,{{}}\[\]"]+)')
_NESTED: Final = re.compile(rf'(\\+"{_NAME}\\+"\s*:\s*(?:\\+")?)([^"\\,}}\]]+)')
"""The same within JSON that is itself text: its quotes have backslashes."""
_PAIRED: Final = re.compile(
    rf'("key"\s*:\s*"{_NAME}"\s*,\s*"value"\s*:\s*{{\s*"\w+"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,{{}}\[\]"]+)'
)
"""The same as OTLP writes attributes: pairs of `key` and `value`."""
_PATTERNS: Final = (_PLAIN, _NESTED, _PAIRED)
_VALUE: Final = r'("(?:[^"\\]|\\.)*"?|[^\s,{}\[\]"]+)'
_PAIRS: Final = ("key", "field_name")
"""Names under which an object says what its `value` is: OTLP's attributes, a ticket's changes."""
_NO_NAMES: Final[frozenset[str]] = frozenset()


def mask_value(
    value: Any, pseudonyms: Pseudonymizer, *, names: frozenset[str] = _NO_NAMES, levels: int = LEVELS, parent: str = ""
) -> Any:
    """Give a JSON value in which each text or number under a user's key, such as `user_id`, is a pseudonym.

    At any depth; also the `value` of an object whose `key` is a user's, as OTLP writes attributes, and within texts
    that are JSON themselves.

    Parameters
    ----------
    names : further names of users' ids: a key, or `parent.key` for a key that is one only there.
    levels : of JSON within text that are read; 0: text stays as it is.
    parent : the key that the value stands under, else "".
    """
    if isinstance(value, dict):
        is_pair = _is_pair(value, names)
        return {
            key: _mask_all(part, pseudonyms)
            if _is_users(key, is_pair, names, parent)
            else mask_value(part, pseudonyms, names=names, levels=levels, parent=key)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [mask_value(part, pseudonyms, names=names, levels=levels, parent=parent) for part in value]
    if isinstance(value, str) and levels:
        return changed_within(
            value,
            lambda inner: mask_value(inner, pseudonyms, names=names, levels=levels - 1, parent=parent),
            otherwise=lambda text: _mask_text(text, pseudonyms, names),
        )
    return value


def _is_pair(value: dict[str, Any], names: frozenset[str]) -> bool:
    said = (value.get(name) for name in (_PAIRS if names else _PAIRS[:1]))
    return any(isinstance(key, str) and (key in USER_FIELDS or key in names) for key in said)


def _is_users(key: str, is_pair: bool, names: frozenset[str], parent: str) -> bool:
    if key in USER_FIELDS or (is_pair and key in ("value", "previous_value")):
        return True
    return bool(names) and (key in names or f"{parent}.{key}" in names)


def _mask_all(value: Any, pseudonyms: Pseudonymizer) -> Any:
    """Give what stands under a user's key: a text or number as a pseudonym, an object with every leaf so."""
    if isinstance(value, dict):
        return {key: _mask_all(part, pseudonyms) for key, part in value.items()}
    if isinstance(value, list):
        return [_mask_all(part, pseudonyms) for part in value]
    return value if value is None or isinstance(value, bool) else pseudonyms.user_key(str(value))


def mask_record(
    raw: bytes,
    pseudonyms: Pseudonymizer,
    *,
    ids: frozenset[str] = frozenset(),
    names: frozenset[str] = _NO_NAMES,
    levels: int = LEVELS,
) -> str:
    """Give a raw record as text without user ids; bytes that are no UTF-8 become U+FFFD.

    An id of six characters or more is replaced wherever the record repeats it, in messages too.

    Parameters
    ----------
    ids : ids that stand under other names; shorter ones are replaced where they are a whole value.
    names : as of `mask_value`.
    levels : as of `mask_value`; with 0 the result is what it was before text was read, as digests of records need it.
    """
    try:
        record = orjson.loads(raw)
        found = _ids_in(record, names, levels=levels)
        equal = ids | {one for one in found if levels and len(one) >= _MIN_LENGTH}
        masked = mask_value(record, pseudonyms, names=names, levels=levels)
        text = orjson.dumps(_mask_equal(masked, equal, pseudonyms, levels=levels)).decode()
    except (orjson.JSONDecodeError, TypeError, RecursionError):  # broken, too deep, or text that is no Unicode
        return _replaced(_mask_text(raw.decode("utf-8", "replace"), pseudonyms, names), set(ids), pseudonyms)
    return _replaced(text, found | ids, pseudonyms)


def _mask_equal(value: Any, ids: frozenset[str], pseudonyms: Pseudonymizer, *, levels: int) -> Any:
    """Give a JSON value in which each text or number that is one of the ids is its pseudonym."""
    if not ids:
        return value
    if isinstance(value, dict):
        return {key: _mask_equal(part, ids, pseudonyms, levels=levels) for key, part in value.items()}
    if isinstance(value, list):
        return [_mask_equal(part, ids, pseudonyms, levels=levels) for part in value]
    is_plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if is_plain and str(value) in ids:
        return pseudonyms.user_key(str(value))
    if isinstance(value, str) and levels:
        return changed_within(
            value,
            lambda inner: _mask_equal(inner, ids, pseudonyms, levels=levels - 1),
            otherwise=lambda text: text,
        )
    return value


def _mask_text(text: str, pseudonyms: Pseudonymizer, names: frozenset[str]) -> str:
    """Mask text that does not parse, by pattern: what stands behind a user's key, up to its quote or comma."""
    patterns = (*_PATTERNS, *_patterns_of(names))
    ids = {found[2].strip('"') for pattern in patterns for found in pattern.finditer(text)} - {"null"}
    for pattern in patterns:
        text = pattern.sub(lambda found: found[1] + _same_quotes(found[2], pseudonyms), text)
    return _replaced(text, ids, pseudonyms)


@lru_cache(maxsize=64)
def _patterns_of(names: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """Give what finds the values of further names in text that does not parse, plain and within JSON as text."""
    keys = "|".join(re.escape(name) for name in sorted(names))
    said = "|".join(_PAIRS)
    patterns = [
        rf'("(?:{keys})"\s*:\s*\[?\s*){_VALUE}',
        rf'(\\+"(?:{keys})\\+"\s*:\s*(?:\\+")?)([^"\\,}}\]]+)',
        rf'("(?:{said})"\s*:\s*"(?:{keys})"\s*,\s*"value"\s*:\s*){_VALUE}',
    ]
    for parent, _, key in (name.rpartition(".") for name in sorted(names) if "." in name):
        patterns.append(
            rf'("{re.escape(parent)}"\s*:[\s\[{{]*+(?:"(?:[^"\\]|\\.)*+"|[^"{{}}\[\]]){{0,400}}?"{key}"\s*:\s*){_VALUE}'
        )
    return tuple(map(re.compile, patterns)) if names else ()


def _same_quotes(given: str, pseudonyms: Pseudonymizer) -> str:
    if given == "null":
        return given
    bare = given.strip('"')
    return given.replace(bare, pseudonyms.user_key(bare)) if bare else given


def _replaced(text: str, ids: set[str], pseudonyms: Pseudonymizer) -> str:
    for user_id in sorted(ids, key=len, reverse=True):
        if len(user_id) >= _MIN_LENGTH:
            text = text.replace(user_id, pseudonyms.user_key(user_id))
    return text


def _ids_in(record: Any, names: frozenset[str], *, levels: int) -> set[str]:
    """Give the ids under users' keys, at any depth."""
    found: set[str] = set()
    pending = [(record, False, levels, "")]
    while pending:
        value, is_below, left, parent = pending.pop()
        if isinstance(value, dict):
            is_pair = _is_pair(value, names)
            pending += [
                (part, is_below or _is_users(key, is_pair, names, parent), left, key) for key, part in value.items()
            ]
        elif isinstance(value, list):
            pending += [(part, is_below, left, parent) for part in value]
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            if is_below:
                found.add(str(value))
            if isinstance(value, str) and left and (inner := value_of(value)) is not None:
                pending.append((inner, is_below, left - 1, parent))
    return found
