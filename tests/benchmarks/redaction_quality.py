"""Recall and precision of redaction per entity on the labelled sentences of shared/data/presidio_pii; `forms`: on ours.

The rules were looked at on the sentences with even numbers; the figures are those of the odd ones. Where
presidio-analyzer is installed too, its own figures stand beside (pattern recognizers, no language model).
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.support.secret_forms import secret_forms
from upturn.privacy.redactor import open_redactor
from upturn.settings import RedactionSettings

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "presidio_pii" / "generated_small.json.gz"
KINDS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "national_id",
    "US_DRIVER_LICENSE": "national_id",
    "IP_ADDRESS": "ip",
    "PERSON": "person",
    "ADDRESS": "address",
    "URL_SECRET": "url_secret",
    "API_KEY": "api_key",
    "PASSWORD": "password",
}
"""Entities of the set and ours; its LOCATION, ORGANIZATION, TITLE, DATE_TIME and DOMAIN_NAME are no kinds of ours."""
Found = list[tuple[str, int, int]]
"""(kind, start, end) in characters of the text."""


def ours(text: str) -> Found:
    """Give what upturn replaces: the spans of the text that its result leaves out."""
    parts = re.split(r"(<[A-Z_]+>)", REDACTOR.text(text))
    pattern = "".join("(.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    match = re.fullmatch(pattern, text, re.DOTALL)
    assert match
    return [(part[1:-1].lower(), *match.span(number + 1)) for number, part in enumerate(parts[1::2])]


REDACTOR = open_redactor(RedactionSettings())


def presidio() -> Callable[[str], Found]:
    """Give what presidio finds, without a language model and without a download; ImportError where it is absent."""
    import spacy
    import tldextract.tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            pass

    tldextract.extract = tldextract.tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.recognizers = [one for one in registry.recognizers if "Spacy" not in type(one).__name__]
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])

    def found(text: str) -> Found:
        results = engine.analyze(text, language="en", score_threshold=THRESHOLD)
        return [(KINDS.get(one.entity_type, one.entity_type), one.start, one.end) for one in results]

    return found


THRESHOLD = 0.4
"""Presidio's score from which a find counts: at 0, its default, any nine digits are a licence."""


def figures(records: list[dict[str, Any]], find: Callable[[str], Found]) -> dict[str, Counter[str]]:
    """Count per kind: entities `labelled`, those `hidden` wholly, what was `replaced`, and of that what was `right`."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS.values()}
    for record in records:
        found = find(record["full_text"])
        labels = [
            (KINDS.get(span["entity_type"]), span["start_position"], span["end_position"]) for span in record["spans"]
        ]
        for kind, start, end in labels:
            if kind:
                is_hidden = all(any(first <= place < last for _, first, last in found) for place in range(start, end))
                counts[kind].update(labelled=1, hidden=int(is_hidden))
        for kind, start, end in found:
            if kind in counts:
                is_right = any(kind == label and start < last and first < end for label, first, last in labels)
                counts[kind].update(replaced=1, right=int(is_right))
    return counts


def at_least(hits: int, of: int) -> str:
    """Give the share that `hits` of `of` show with 90 % confidence: the exact one-sided bound (Clopper, Pearson)."""
    from scipy.stats import beta

    if not of:
        return "–"
    return f"{beta.ppf(0.1, hits, of - hits + 1) if hits else 0.0:.2f}"


def table(halves: dict[str, list[dict[str, Any]]], find: Callable[[str], Found]) -> Iterator[str]:
    """Give the lines of the table of docs/reference/privacy.md."""
    yield "| entity | half | labelled | hidden | recall | at least | replaced | right | precision | at least |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for half, records in halves.items():
        for kind, count in figures(records, find).items():
            if count:
                recall = f"{count['hidden'] / count['labelled']:.2f}" if count["labelled"] else "–"
                precision = f"{count['right'] / count['replaced']:.2f}" if count["replaced"] else "–"
                yield (
                    f"| {kind} | {half} | {count['labelled']} | {count['hidden']} | {recall} "
                    f"| {at_least(count['hidden'], count['labelled'])} | {count['replaced']} | {count['right']} "
                    f"| {precision} | {at_least(count['right'], count['replaced'])} |"
                )


def main() -> None:
    """Print the tables."""
    if len(sys.argv) > 1 and sys.argv[1] == "forms":
        print(*table(secret_forms(), ours), sep="\n")
        return
    records = json.loads(gzip.decompress(DATA.read_bytes()))
    halves = {"held out": records[1::2], "looked at": records[::2]}
    every = Counter(span["entity_type"] for record in records for span in record["spans"])
    print("labelled:", ", ".join(f"{name} {count}" for name, count in sorted(every.items())), "\n")
    print("upturn\n", *table(halves, ours), sep="\n")
    try:
        find = presidio()
    except ImportError:
        print("\npresidio-analyzer is not installed: its figures are left out")
        return
    print("\npresidio\n", *table(halves, find), sep="\n")
    for name, one in (("upturn", ours), ("presidio", find)):
        begin = time.process_time()
        for record in records:
            one(record["full_text"])
        print(f"{name}: {len(records) / (time.process_time() - begin):,.0f} texts/s of CPU", file=sys.stderr)


if __name__ == "__main__":
    main()
