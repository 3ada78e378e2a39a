"""JMESPath expressions of a mapping, made ready once: functions of a value that is JSON.

Source: the JMESPath specification (jmespath.org), by its reference implementation, with four functions more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import orjson
from jmespath import compile as parse
from jmespath import exceptions
from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

from upturn.formats.registry import RefusedRecordError

__all__ = ["Search", "compile_path", "is_conditional"]

Search = Callable[[Any], Any]
"""Gives what a path finds in a value; None: nothing. Raises RefusedRecordError where it does not fit the value."""

_KINDS: Final = {"array": "a list", "object": "an object", "string": "text", "null": "nothing"}
_MAX_DEPTH: Final = 60


class _Functions(Functions):
    @signature({"types": ["string", "null"]})
    def _func_from_json(self, text: str | None) -> Any:
        try:
            return None if text is None else orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise RefusedRecordError("from_json(): the text is no valid JSON") from error

    @signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_split(self, text: str | None, separator: str) -> list[str]:
        if not separator:
            raise RefusedRecordError("split(): the separator is empty")
        return [part.strip() for part in text.split(separator)] if text else []

    @signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @signature({"types": ["string", "null"]})
    def _func_trim(self, text: str | None) -> str | None:
        return None if text is None else text.strip()


_FUNCTIONS: Final = _Functions()


@lru_cache(maxsize=4096)
def compile_path(path: str) -> Search:
    """Give the function of a JMESPath expression.

    Beside the functions of the standard there are `from_json(text)`, `split(text, separator)`, `lower(text)` and
    `trim(text)`; each gives nothing for nothing.

    >>> compile_path("Events[?Agent == 'User'].Text | [0]")({"Events": [{"Agent": "User", "Text": "Hello"}]})
    'Hello'

    Raises
    ------
    ValueError
        If it is no JMESPath, or calls a function that there is not; the text says where.
    """
    try:
        tree = parse(path).parsed
    except exceptions.JMESPathError as error:
        raise ValueError(f"is no JMESPath: {_where(error)}") from error
    for name in _called(tree):
        if name not in _FUNCTIONS.FUNCTION_TABLE:
            raise ValueError(f"calls {name}(), which JMESPath has not")
    return _plain(tree) or _interpreted(tree)


def is_conditional(path: str) -> bool:
    """Whether a path has the form `condition && path`, which is nothing where the condition does not hold."""
    return bool(parse(path).parsed["type"] == "and_expression")


def _interpreted(tree: Any) -> Search:
    interpreter = TreeInterpreter(Options(custom_functions=_FUNCTIONS))
    visit = interpreter.visit

    def search(value: Any) -> Any:
        try:
            return visit(tree, value)
        except exceptions.JMESPathError as error:
            raise RefusedRecordError(_misfit(error)) from error
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
            if isinstance(error, RefusedRecordError):
                raise
            raise RefusedRecordError(f"the path does not fit the record ({type(error).__name__})") from error

    return search


def _plain(tree: Any) -> Search | None:
    """Give names, places, comparisons and filters as plain functions: most paths are such, and it is fast."""
    make = _PLAIN.get(tree["type"])
    return make(tree) if make else None


def _children(tree: Any) -> list[Search] | None:
    """Give the parts of a node as plain functions; None where one is none."""
    found = [_plain(child) for child in tree["children"]]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _field(tree: Any) -> Search:
    name = tree["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(tree: Any) -> Search:
    place = tree["value"]

    def search(value: Any) -> Any:
        return value[place] if isinstance(value, list) and -len(value) <= place < len(value) else None

    return search


def _literal(tree: Any) -> Search:
    return lambda _: tree["value"]


def _itself(_: Any) -> Search:
    return lambda value: value


def _chain(tree: Any) -> Search | None:
    steps = _children(tree)
    if not steps:
        return None

    def search(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return search


def _comparison(tree: Any) -> Search | None:
    """Give = or != of two paths; numbers and booleans are never equal."""
    parts, kind = _children(tree), tree["value"]
    if parts is None or kind not in ("eq", "ne"):
        return None
    left, right = parts
    is_wanted = kind == "eq"

    def search(value: Any) -> bool:
        one, other = left(value), right(value)
        is_same = isinstance(one, bool) == isinstance(other, bool) and one == other
        return is_same is is_wanted

    return search


def _is_true(value: Any) -> bool:
    """Whether JMESPath takes a value for true: all but false, nothing, and empty text, lists and objects."""
    return value is not None and value is not False and value not in ("", [], {})


def _either(tree: Any) -> Search | None:
    parts = _children(tree)
    if parts is None:
        return None
    left, right = parts

    def search(value: Any) -> Any:
        found = left(value)
        return found if _is_true(found) else right(value)

    return search


def _both(tree: Any) -> Search | None:
    parts = _children(tree)
    if parts is None:
        return None
    left, right = parts

    def search(value: Any) -> Any:
        found = left(value)
        return right(value) if _is_true(found) else found

    return search


def _filtered(tree: Any) -> Search | None:
    parts = _children(tree)
    if parts is None:
        return None
    base, rest, condition = parts

    def search(value: Any) -> list[Any] | None:
        given = base(value)
        if not isinstance(given, list):
            return None
        found = (rest(one) for one in given if _is_true(condition(one)))
        return [one for one in found if one is not None]

    return search


_PLAIN: Final[dict[str, Callable[[Any], Search | None]]] = {
    "field": _field,
    "index": _index,
    "literal": _literal,
    "current": _itself,
    "identity": _itself,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "comparator": _comparison,
    "or_expression": _either,
    "and_expression": _both,
    "filter_projection": _filtered,
}


def _called(tree: Any, depth: int = 0) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise ValueError("is nested too deeply")
    if tree["type"] == "function_expression":
        yield tree["value"]
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from _called(child, depth + 1)


def _where(error: exceptions.JMESPathError) -> str:
    place = getattr(error, "lex_position", getattr(error, "lexer_position", None))
    token = getattr(error, "token_value", None)
    said = f"at character {place + 1}" if isinstance(place, int) else "it can't be read"
    return f"{said}, near {token}" if token else said


def _misfit(error: exceptions.JMESPathError) -> str:
    """Say what does not fit, without the value."""
    if isinstance(error, exceptions.JMESPathTypeError):
        wanted = " or ".join(_KINDS.get(str(kind), str(kind)) for kind in error.expected_types)
        return f"{error.function_name}(): expected {wanted}, got {_KINDS.get(error.actual_type, error.actual_type)}"
    if isinstance(error, exceptions.ArityError):
        return f"{error.function_name}(): called with {error.actual_arity} arguments, takes {error.expected_arity}"
    return f"the path does not fit the record ({type(error).__name__})"
