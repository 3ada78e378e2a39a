"""Finds national identity, tax and social security numbers: by form and check digits, weak forms beside their name.

Source: the number formats of the library python-stdnum, which cites each country's authority; the national insurance
number by HM Revenue & Customs, NIM39110.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from upturn.privacy.rule import NOT_JOINED, Rule, Span, nearest_word

__all__ = ["NATIONAL_ID"]

_STRONG: Final = (
    ("us.ssn", r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}"),
    ("es.dni", r"\d{8}[ -]?[A-Z]"),
    ("es.nie", r"[XYZ][ -]?\d{7}[ -]?[A-Z]"),
    ("it.codicefiscale", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]"),
    ("fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"),
    ("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    ("fr.nir", r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[0-9AB] ?\d{3} ?\d{3} ?\d\d"),
    ("be.nn", r"\d\d\.\d\d\.\d\d[-.]\d{3}[-. ]\d\d"),
    ("se.personnummer", r"\d{6}[-+]\d{4}"),
    ("ch.ssn", r"756\.\d{4}\.\d{4}\.\d\d"),
    ("kr.rrn", r"\d{6}-[1-8]\d{6}"),
    ("cn.ric", r"[1-9]\d{16}[0-9X]"),
    ("mx.curp", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d"),
    ("in_.aadhaar", r"[2-9]\d{3} \d{4} \d{4}"),
)
"""(module of stdnum, form): few other things have the form, and fewer its check digits."""

_WEAK: Final = (
    ("us.ssn", r"\d{9}"),
    ("us.itin", r"9\d\d-?\d\d-?\d{4}"),
    ("nl.bsn", r"\d{9}|\d{4}\.\d\d\.\d{3}"),
    ("pl.pesel", r"\d{11}"),
    ("de.idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
    ("no.fodselsnummer", r"\d{6} ?\d{5}"),
    ("ca.sin", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
    ("au.tfn", r"\d{3} ?\d{3} ?\d{2,3}"),
    ("gb.nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
    ("in_.aadhaar", r"[2-9]\d{11}"),
    ("in_.pan", r"[A-Z]{5}\d{4}[A-Z]"),
    ("br.cpf", r"\d{11}"),
    ("za.idnr", r"\d{13}"),
    ("tr.tckimlik", r"\d{11}"),
    ("ro.cnp", r"\d{13}"),
    ("pt.nif", r"\d{9}"),
    ("ie.pps", r"\d{7}[A-W][A-IW]?"),
)
"""The same forms as order and ticket numbers: taken for an identity only beside a word that says so."""

_NINO: Final = re.compile(
    r"(?<![0-9A-Za-z_])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" ?\d\d ?\d\d ?\d\d ?[A-D](?![0-9A-Za-z])",
    re.IGNORECASE,
)
_WORDS_TEXT: Final = (
    r"\bssn\b|social[ _]security|social[ _]insurance|national[ _]insurance|\bnino\b|\btax[ _-]?(?:id|file|number|payer)"
    r"|\btin\b|\bitin\b|steuer|\bbsn\b|burgerservice|pesel|personnummer|personal[ _](?:id|number)|fødselsnummer|\bcpf\b"
    r"|\bnir\b|sécurité sociale|\bnhs\b|\bsin\b|\btfn\b|\bdni\b|\bnie\b|codice fiscale|aadhaar|\bpan\b|national[ _]id"
    r"|identity|\bid card|\bkimlik|\bcnp\b|\bnif\b|\bpps\b|\bcpr\b"
)
_WORDS: Final = re.compile(f"(?P<identity>{_WORDS_TEXT})", re.IGNORECASE)
_DOCUMENT: Final = re.compile(
    r"(?:passport|driv(?:er|ing)(?:'?s|’s)?[ _]licen[cs]e|\bssn\b|social[ _]security|national[ _](?:insurance|id)"
    r"|identity[ _]card)"
    r"(?:[ _](?:number|num|no|nr|card|id))?\.?[\"']?\s{0,3}(?:(?:is|was|:|=|#)[ \t]{0,3}){0,2}[\"']?"
    r"(?P<value>[A-Za-z]{0,3}\d(?:[ -]?[0-9A-Za-z]){4,12})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
"""A document's number behind its name, for those without check digits."""


@cache
def _forms(which: str) -> re.Pattern[str]:
    pairs = _STRONG if which == "strong" else _WEAK
    return re.compile(NOT_JOINED + rf"(?:{'|'.join(form for _, form in pairs)})(?![0-9A-Za-z_])", re.IGNORECASE)


def _is_valid(written: str, pairs: tuple[tuple[str, str], ...]) -> bool:
    return any(
        re.fullmatch(form, written, re.IGNORECASE)
        and importlib.import_module(f"stdnum.{module}").is_valid(
            written.replace(" ", "") if module == "in_.aadhaar" else written
        )
        for module, form in pairs
    )


def _identities(text: str) -> Iterator[Span]:
    spans = [found.span() for found in _NINO.finditer(text)]
    spans += [found.span() for found in _forms("strong").finditer(text) if _is_valid(found.group(), _STRONG)]
    spans += [found.span("value") for found in _DOCUMENT.finditer(text) if _digits(found["value"]) >= 5]
    if _WORDS.search(text):
        for found in _forms("weak").finditer(text):
            if nearest_word(text, found.start(), _WORDS) and _is_valid(found.group(), _WEAK):
                spans.append(found.span())
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            yield start, end
            last = end


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


NATIONAL_ID: Final = Rule(
    "national_id",
    "<NATIONAL_ID>",
    r"(?i)(?:\b|\\[bfnrt])(?:[a-z]{2} ?\d\d ?\d\d ?\d\d ?[a-d]\b|\d{3}[ -]\d\d[ -]\d{4}"
    r"|(?:\d{8}|[xyz][ -]?\d{7})[ -]?[a-z]\b|[a-z]{4,6}\d{2,6}[a-z]|\d{6}[-+a-fu-y]\d{3}|\d{3}\.\d{3}\.\d{3}"
    r"|[12] ?\d\d ?\d\d ?\d[0-9ab] ?\d{3} ?\d{3} ?\d\d|\d\d\.\d\d\.\d\d[-.]\d|756\.\d{4}|\d{17}"
    rf"|[2-9]\d{{3}} \d{{4}} \d{{4}})|{_WORDS_TEXT}|passport|licen[cs]e|national[ _]id",
    _identities,
    scan="identities",
)
