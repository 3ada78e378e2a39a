"""Says which rules may find something in which texts: expressions of RE2 over many texts at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from upturn.privacy.disguise import ESCAPED, disguised_rows, is_disguised, undisguised
from upturn.privacy.patterns import compiled, encodable

if TYPE_CHECKING:
    import pyarrow as pa

    from upturn.privacy.rule import Rule

__all__ = ["Rules", "may_find", "rows_to_read"]

Rules = tuple["Rule", ...]

_FEW: Final = 8
"""Texts that are looked at one by one: a vectorised scan has its own cost."""


def rows_to_read(column: pa.Array, rules: Rules) -> pa.BooleanArray:
    """Give the rows in which a rule may find something; never NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = _glanced(column, rules)
    if hidden := disguised_rows(column):
        seen = _glanced(pa.array([undisguised(column[row].as_py()).text for row in hidden], pa.large_string()), rules)
        flags = mask.to_pylist()
        for row, is_seen in zip(hidden, seen.to_pylist(), strict=True):
            flags[row] = flags[row] or is_seen
        mask = pa.array(flags, pa.bool_())
    return pc.fill_null(mask, False) if mask.null_count else mask


def _glanced(column: pa.Array, rules: Rules) -> pa.BooleanArray:
    """Give the rows that the glance of a rule matches, as they are written; NULL stays NULL."""
    import pyarrow.compute as pc

    first, *others = _scans(rules)
    mask = pc.match_substring_regex(column, f"{ESCAPED}|{first.glance}")
    for scan in others:
        mask = pc.or_(mask, pc.match_substring_regex(column, scan.glance))
    return mask


def may_find(texts: Sequence[str], rules: Rules) -> list[Rules]:
    """Give for each text those of the rules whose screen it matches, as written or as meant, in their order.

    All of them where JSON may hide a character.
    """
    found = _screened(texts, rules)
    hidden = [place for place, text in enumerate(texts) if is_disguised(text)]
    if hidden:
        meant = _screened([undisguised(texts[place]).text for place in hidden], rules)
        for place, more in zip(hidden, meant, strict=True):
            found[place] = tuple(rule for rule in rules if rule in found[place] or rule in more)
    escaped = compiled(ESCAPED)
    for place, text in enumerate(texts):
        if "\\u" in text and escaped.search(encodable(text)):
            found[place] = rules
    return found


def _screened(texts: Sequence[str], rules: Rules) -> list[Rules]:
    if len(texts) < _FEW:
        return [tuple(rule for rule in rules if compiled(rule.screen).search(encodable(text))) for text in texts]
    import pyarrow as pa

    try:
        column = pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write
        column = pa.array(list(map(encodable, texts)), pa.large_string())
    found: list[Rules] = [()] * len(texts)
    for rule, rows in sorted(_hits(column, rules), key=lambda hit: rules.index(hit[0])):
        for row in rows:
            found[row] += (rule,)
    return found


def _hits(column: pa.Array, rules: Rules) -> Iterator[tuple[Rule, list[int]]]:
    """Give each rule with the rows that its screen matches."""
    import pyarrow.compute as pc

    for scan in _scans(rules):
        rows = pc.indices_nonzero(pc.match_substring_regex(column, scan.glance))
        if scan.is_exact or not len(rows):
            yield scan.rules[0], rows.to_pylist()
            continue
        texts = column.take(rows)
        for rule in scan.rules:
            yield rule, rows.filter(pc.match_substring_regex(texts, rule.screen)).to_pylist()


class _Scan(NamedTuple):
    """One expression for several rules; none for all, whose states would multiply."""

    rules: Rules
    glance: str

    @property
    def is_exact(self) -> bool:
        """Whether what the expression matches, the screen of its only rule does."""
        return len(self.rules) == 1 and self.glance == self.rules[0].screen


@lru_cache(maxsize=256)
def _scans(rules: Rules) -> tuple[_Scan, ...]:
    scans: dict[str, list[Rule]] = {}
    for rule in rules:
        scans.setdefault(rule.scan, []).append(rule)
    return tuple(_Scan(tuple(some), _either(some)) for some in scans.values())


def _either(rules: list[Rule]) -> str:
    glances = dict.fromkeys(rule.glance or rule.screen for rule in rules)
    return "|".join(f"(?:{glance})" for glance in glances) if len(glances) > 1 else next(iter(glances))
