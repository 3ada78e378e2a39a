"""Finds person names and street addresses with a spaCy model, where a team has installed one; without it they stay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, Final

from upturn.domain.errors import ConfigurationError
from upturn.privacy.rule import Rule, Span

__all__ = ["model_rules"]

_LABELS: Final = {
    "person": frozenset({"PERSON", "PER"}),
    "address": frozenset({"GPE", "LOC", "FAC"}),
}
"""What models of OntoNotes and of Wikipedia (WikiNER) call them."""
_PIECE: Final = 50_000
"""Characters that are read at once: a model's memory grows with them."""
_ANY_LETTER: Final = r"\pL"


def model_rules(name: str) -> tuple[Rule, ...]:
    """Give the rules for names and addresses under a spaCy model. Every text with a letter is read then: it is slow.

    Raises
    ------
    ConfigurationError
        If spaCy or the model is not installed.
    """
    _model(name)
    return tuple(
        Rule(kind, f"<{kind.upper()}>", _ANY_LETTER, partial(_entities, name=name, labels=labels), scan="model")
        for kind, labels in _LABELS.items()
    )


@cache
def _model(name: str) -> Any:
    try:
        import spacy

        return spacy.load(name)
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            f"redaction.model is {name!r}, which is not installed: expected spaCy and that model in this environment; "
            f"run `pip install spacy` and `python -m spacy download {name}`, or leave it out (person names and "
            "addresses are kept then)"
        ) from error


def _entities(text: str, *, name: str, labels: frozenset[str]) -> Iterator[Span]:
    for start in range(0, len(text), _PIECE):
        for entity in _model(name)(text[start : start + _PIECE]).ents:
            if entity.label_ in labels and entity.end_char > entity.start_char:
                yield start + entity.start_char, start + entity.end_char
