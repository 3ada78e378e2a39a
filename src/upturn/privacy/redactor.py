"""Replaces personal data in columns of text, before anything is stored.

Two steps: a vectorised scan with RE2 finds the few texts that may hold something, and the rules decide on these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from upturn.privacy.accounts import CARD, IBAN
from upturn.privacy.contacts import EMAIL, phone_rule
from upturn.privacy.credentials import API_KEY, PASSWORD, is_secret_name
from upturn.privacy.disguise import is_disguised, undisguised
from upturn.privacy.json_redaction import JsonToken, is_json, json_tokens, replaced_tokens
from upturn.privacy.names import model_rules
from upturn.privacy.national_ids import NATIONAL_ID
from upturn.privacy.network import IP, URL_SECRET
from upturn.privacy.patterns import pattern_rule
from upturn.privacy.rule import PLACEHOLDER, Rule, Span
from upturn.privacy.screening import Rules, may_find, rows_to_read

if TYPE_CHECKING:
    import pyarrow as pa

    from upturn.settings import RedactionSettings

__all__ = ["Redactor", "open_redactor"]

_MAX_PASSES: Final = 16
"""What a replacement uncovers is looked at again; more often than this only for texts made to provoke it."""
_MAX_DEPTH: Final = 6
"""Levels of JSON within a text of JSON that are read as such."""
_NAME_CHARS: Final = 64
_BATCH_CHARS: Final = 1_000_000


class _Part(NamedTuple):
    """A text, or a value of JSON, in which something may be found."""

    text: str
    name: str
    """The key that it stands under, else ""."""
    rules: Rules
    """Those that may find something."""
    times: int
    """How often the text is there: it is decided once and counted so often."""
    is_json: bool = False


@dataclass(frozen=True)
class Redactor:
    """Replaces what its rules find by their placeholders; everything else keeps its bytes.

    Made by `open_redactor`. The same text gives the same result at any time, and a result gives itself.
    """

    rules: Rules
    """In the order in which they look: what one has replaced, those behind it do not see."""
    model: str | None = None
    """The language model that finds names and addresses; None: these are not looked for."""

    def texts(self, column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array | pa.ChunkedArray, Counter[str]]:
        """Give a column of text redacted, and how often each kind was replaced.

        Parameters
        ----------
        column : (n,) string or large_string; NULL stays NULL.

        Returns
        -------
        A column of the same type and length: `column` itself where nothing was found.
        """
        return self._column(column, is_json_column=False)

    def json_texts(self, column: pa.Array | pa.ChunkedArray) -> tuple[pa.Array | pa.ChunkedArray, Counter[str]]:
        """Give a column of JSON redacted within its strings, keys and numbers; valid JSON stays valid.

        As `texts`, but a number becomes a placeholder in quotes also where it is the whole value.
        """
        return self._column(column, is_json_column=True)

    def text(self, text: str) -> str:
        """Give one text redacted.

        >>> from upturn.settings import RedactionSettings
        >>> open_redactor(RedactionSettings()).text("Write to ann@example.com or call +44 20 7946 0958.")
        'Write to <EMAIL> or call <PHONE>.'
        """
        return self._until_stable([text], [1], Counter(), is_json_column=False)[0]

    def _column(
        self, column: pa.Array | pa.ChunkedArray, *, is_json_column: bool
    ) -> tuple[pa.Array | pa.ChunkedArray, Counter[str]]:
        import pyarrow as pa
        import pyarrow.compute as pc

        counts: Counter[str] = Counter()
        if not self.rules:
            return column, counts
        if isinstance(column, pa.ChunkedArray):
            done = [self._column(chunk, is_json_column=is_json_column) for chunk in column.chunks]
            total = sum((found for _, found in done), counts)
            return (pa.chunked_array([chunk for chunk, _ in done], column.type) if total else column), total
        if column.null_count == len(column):
            return column, counts
        mask = rows_to_read(column, self.rules)
        if not mask.true_count:
            return column, counts
        candidates = column.filter(mask).dictionary_encode()
        texts = candidates.dictionary.to_pylist()
        times = pc.value_counts(candidates.indices).field("counts").to_pylist()
        redacted: list[str] = []
        for part in _batches(texts):
            redacted += self._until_stable(texts[part], times[part], counts, is_json_column=is_json_column)
        if redacted == texts:
            return column, counts
        values = pa.array(redacted, column.type).take(candidates.indices)
        return pc.replace_with_mask(column, mask, values), counts

    def _until_stable(
        self, texts: Sequence[str], times: Sequence[int], counts: Counter[str], *, is_json_column: bool
    ) -> list[str]:
        texts = list(texts)
        places = list(range(len(texts)))
        for _ in range(_MAX_PASSES):
            flagged = may_find([texts[place] for place in places], self.rules)
            places = [place for place, rules in zip(places, flagged, strict=True) if rules]
            parts = [
                _Part(texts[place], "", rules, times[place], is_json_column)
                for place, rules in zip(places, filter(None, flagged), strict=True)
            ]
            redacted = zip(places, self._redacted(parts, counts, depth=0), strict=True)
            changed = {place: text for place, text in redacted if text != texts[place]}
            if not changed:
                break
            for place, text in changed.items():
                texts[place] = text
            places = list(changed)
        return texts

    def _redacted(self, parts: Sequence[_Part], counts: Counter[str], *, depth: int) -> list[str]:
        """Redact JSON by its strings and numbers, other text as it stands; both where JSON is broken."""
        texts = [part.text for part in parts]
        may_be_json = depth <= _MAX_DEPTH
        nested = [
            place
            for place, part in enumerate(parts)
            if may_be_json and (part.is_json or part.text.lstrip()[:1] in {"{", "["})
        ]
        done = set()
        for place, text in zip(
            nested, self._redacted_json([parts[place] for place in nested], counts, depth=depth), strict=True
        ):
            texts[place] = text
            if is_json(text):
                done.add(place)
        return [
            text if place in done else _plain(part, text, counts)
            for place, (part, text) in enumerate(zip(parts, texts, strict=True))
        ]

    def _redacted_json(self, parts: Sequence[_Part], counts: Counter[str], *, depth: int) -> list[str]:
        """Redact the tokens of JSON texts, those of all texts together; strings may hold JSON again."""
        chosen = _candidate_tokens(parts)
        inner: list[_Part] = []
        secrets: list[list[str | None]] = []
        for part, tokens in zip(parts, chosen, strict=True):
            secrets.append([_secret(token, part, counts) for token, _ in tokens])
            inner += (
                _Part(token.value, token.name, rules, part.times)
                for (token, rules), secret in zip(tokens, secrets[-1], strict=True)
                if secret is None
            )
        redacted = iter(self._redacted(inner, counts, depth=depth + 1) if inner else ())
        return [
            replaced_tokens(
                part.text,
                [
                    (token, next(redacted) if secret is None else secret)
                    for (token, _), secret in zip(tokens, hidden, strict=True)
                ],
            )
            for part, tokens, hidden in zip(parts, chosen, secrets, strict=True)
        ]


def _batches(texts: Sequence[str]) -> Iterator[slice]:
    """Cut texts where a batch would grow long: of large JSON, the tokens of a batch are held at once."""
    start = length = 0
    for place, text in enumerate(texts):
        if length and length + len(text) > _BATCH_CHARS:
            yield slice(start, place)
            start, length = place, 0
        length += len(text)
    yield slice(start, len(texts))


def _candidate_tokens(parts: Sequence[_Part]) -> list[list[tuple[JsonToken, Rules]]]:
    """Give for each JSON text its tokens in which something may be found, with the rules that may."""
    alike: dict[Rules, list[int]] = {}
    for place, part in enumerate(parts):
        alike.setdefault(part.rules, []).append(place)
    chosen: list[list[tuple[JsonToken, Rules]]] = [[] for _ in parts]
    for rules, places in alike.items():
        tokens = [(place, token) for place in places for token in json_tokens(parts[place].text)]
        for (place, token), found in zip(tokens, may_find([token.said for _, token in tokens], rules), strict=True):
            if found:
                chosen[place].append((token, found))
    return chosen


def _secret(token: JsonToken, part: _Part, counts: Counter[str]) -> str | None:
    """Give the placeholder of what stands under a secret's name, whatever it looks like; None: it is no such."""
    kind = is_secret_name(token.name) if token.name else None
    rule = next((rule for rule in part.rules if rule.kind == kind), None) if kind else None
    text = token.value
    if not rule or not text or text.isdigit() or text[0] in "{[" or PLACEHOLDER.fullmatch(text):
        return None
    counts[rule.kind] += part.times
    return rule.placeholder


def _plain(part: _Part, text: str, counts: Counter[str]) -> str:
    """Apply rules to what a part has become; the name under which it stands (a JSON key) counts as said before it."""
    before = f"{part.name[-_NAME_CHARS:]}: " if part.name else ""
    whole = before + text
    is_plain = not is_disguised(whole)
    for rule in part.rules:
        spans = list(_free(whole, len(before), rule))
        if spans:
            counts[rule.kind] += len(spans) * part.times
            whole = _replaced(whole, spans, rule.placeholder)
        if is_plain:
            continue
        meant = undisguised(whole)
        spans = [span for span in meant.written(_free(meant.text, 0, rule)) if span[0] >= len(before)]
        if spans:
            counts[rule.kind] += len(spans) * part.times
            whole = _replaced(whole, spans, rule.placeholder)
    return whole[len(before) :]


def _free(text: str, begin: int, rule: Rule) -> Iterator[Span]:
    """Give what a rule finds from `begin` on, outside of placeholders."""
    taken = [found.span() for found in PLACEHOLDER.finditer(text)] if "<" in text else []
    place = 0
    for start, end in rule.find(text):
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        if start >= begin and (place == len(taken) or taken[place][0] >= end):
            yield start, end


def _replaced(text: str, spans: list[Span], placeholder: str) -> str:
    pieces: list[str] = []
    last = 0
    for start, end in spans:
        pieces += (text[last:start], placeholder)
        last = end
    return "".join((*pieces, text[last:]))


def open_redactor(settings: RedactionSettings) -> Redactor:
    """Give the redactor that the settings ask for.

    Raises
    ------
    ConfigurationError
        If a language model is configured that is not installed.
    """
    if not settings.is_on:
        return Redactor(())
    own = (URL_SECRET, API_KEY, PASSWORD, EMAIL, IBAN, CARD, IP, NATIONAL_ID, phone_rule(settings.phone_regions))
    named = model_rules(settings.model) if settings.model else ()
    chosen = [rule for rule in (*own, *named) if rule.kind not in settings.off]
    return Redactor((*map(pattern_rule, settings.patterns), *chosen), model=settings.model)
