"""Attributes as OTLP's JSON and SDKs write them: lists of keys and typed values, objects nested or not; by full name.

Source: OpenTelemetry Protocol 1.x, JSON encoding of KeyValue and AnyValue (64-bit numbers as text).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["Attributes", "attributes_of", "flat_attributes", "names_of", "objects_of", "value_of"]

Attributes = dict[str, Any]

_SCALARS: Final = ("stringValue", "boolValue", "doubleValue", "bytesValue")
_DEPTH: Final = 30


def attributes_of(given: Any) -> Attributes:
    """Give attributes by full name, from an object (nested or not) or from OTLP's list of keys and values."""
    if isinstance(given, dict):
        return flat_attributes(given)
    plain: Attributes = {}
    is_flat = True
    for pair in given if isinstance(given, list) else ():
        if isinstance(pair, dict) and isinstance(key := pair.get("key"), str):
            plain[key] = value = value_of(pair.get("value"))
            is_flat = is_flat and not isinstance(value, dict)
    return plain if is_flat else flat_attributes(plain)


def flat_attributes(given: dict[str, Any], before: str = "", depth: int = 0) -> Attributes:
    """Give attributes of nested objects by their full names, joined with dots."""
    flat: Attributes = {}
    for key, value in given.items():
        if isinstance(value, dict) and value and depth < _DEPTH:
            flat |= flat_attributes(value, f"{before}{key}.", depth + 1)
        else:
            flat[f"{before}{key}"] = value
    return flat


def names_of(given: Any) -> set[str]:
    """Give full names of the attributes that `attributes_of` would give."""
    if isinstance(given, dict):
        return set(flat_attributes(given))
    return {pair["key"] for pair in objects_of(given) if isinstance(pair.get("key"), str)}


def value_of(given: Any, depth: int = 0) -> Any:
    """Give the value of OTLP's AnyValue; what is none is itself."""
    if not isinstance(given, dict) or depth > _DEPTH:
        return given
    for name in _SCALARS:
        if name in given:
            return given[name]
    if "intValue" in given:
        return _number(given["intValue"])
    listed, pairs = given.get("arrayValue"), given.get("kvlistValue")
    if isinstance(listed, dict):
        values = listed.get("values")
        return [value_of(value, depth + 1) for value in values] if isinstance(values, list) else []
    if isinstance(pairs, dict):
        inner = objects_of(pairs.get("values"))
        return {
            pair["key"]: value_of(pair.get("value"), depth + 1) for pair in inner if isinstance(pair.get("key"), str)
        }
    return given


def _number(given: Any) -> Any:
    """Give a 64-bit number, which OTLP's JSON writes as text."""
    try:
        return int(given)
    except (ValueError, TypeError, OverflowError):
        return given


def objects_of(values: Any) -> Iterator[dict[str, Any]]:
    """Give what is an object of a list; nothing of what is no list."""
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())
