"""What users of the simulated assistants want, and what a good answer to it is, from `texts/*.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

__all__ = ["Assistant", "Want", "catalogue", "expand"]

ASSISTANTS: Final = ("shop", "telecom", "bank")
_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Want:
    """One thing that users come for."""

    id: str
    near: str
    """The want that is most easily taken for it."""
    subject: str
    asks: tuple[str, ...]
    """Every form of asking for it, with `{slot}`s."""
    answers: tuple[str, ...]
    follows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Further questions with their answers."""
    tool: str | None
    is_handover: bool
    """Whether being handed to a person is what is wanted."""
    is_sensitive: bool


@dataclass(frozen=True)
class Assistant:
    """One assistant, the wants it serves and the versions that it ships."""

    id: str
    share: float
    """Share of all conversations, 0..1."""
    versions: tuple[str, str]
    needs: str
    """What it asks for before it can look something up."""
    needs_slot: str
    """The slot that holds it."""
    hazard: tuple[str, ...]
    """An answer that could hurt somebody."""
    wants: tuple[Want, ...]


def expand(template: str) -> tuple[str, ...]:
    """Give every text of a template: `[a|b]` stands for a or b.

    >>> expand("[where is|where's] my {product}")
    ('where is my {product}', "where's my {product}")
    """
    parts = _CHOICE.split(template)
    options = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return tuple(re.sub(r" +", " ", "".join(choice)) for choice in product(*options))


def _expand_all(templates: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip() for template in templates for text in expand(template))


def _want(entry: dict[str, Any]) -> Want:
    return Want(
        id=entry["id"],
        near=entry["near"],
        subject=entry["subject"],
        asks=_expand_all(entry["asks"]),
        answers=_expand_all(entry["answers"]),
        follows=tuple((_expand_all([question]), _expand_all([answer])) for question, answer in entry["follows"]),
        tool=entry.get("tool"),
        is_handover=entry.get("is_handover", False),
        is_sensitive=entry.get("is_sensitive", False),
    )


@cache
def catalogue() -> tuple[Assistant, ...]:
    """Give the assistants with their wants, in a fixed order."""
    return tuple(_assistant(Path(__file__).parent / "texts" / f"{name}.toml") for name in ASSISTANTS)


def _assistant(path: Path) -> Assistant:
    entry = tomllib.loads(path.read_text(encoding="utf-8"))
    old, new = entry["versions"]
    return Assistant(
        id=entry["id"],
        share=entry["share"],
        versions=(old, new),
        needs=entry["needs"],
        needs_slot=entry["needs_slot"],
        hazard=expand(entry["hazard"]),
        wants=tuple(_want(want) for want in entry["want"]),
    )
