"""Expressions that a team writes in its settings: RE2, which takes time in proportion to the text."""

from __future__ import annotations

__all__ = ["re2_expression"]


def re2_expression(regex: str) -> str:
    r"""Give the expression back if it is one of RE2: no backreferences and no lookaround.

    >>> re2_expression(r"^ping \d+$")
    '^ping \\d+$'

    Raises
    ------
    ValueError
        If it is none; the text says why.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(regex, options=options)
    except re2.error as error:
        said = error.args[0] if error.args else "unknown"
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise ValueError(f"is no RE2 expression ({reason})") from error
    return regex
