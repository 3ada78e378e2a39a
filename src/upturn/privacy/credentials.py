"""Finds keys, tokens and passwords.

Source: the forms that OpenAI, Anthropic, Amazon Web Services, GitHub, GitLab, Slack, Stripe, Google, SendGrid, Twilio,
npm, PyPI, Hugging Face, Groq, xAI, Grafana, Shopify, DigitalOcean, Square, Azure, Airtable, Atlassian, Brevo,
Databricks, Docker, Doppler, Figma, Heroku, Linear, Mailchimp, Mailgun, New Relic, Notion, Perplexity, PlanetScale,
Postman, Pulumi, Replicate, RubyGems, Sentry, Supabase, Telegram and HashiCorp Vault document for their keys; RFC 7519
(JWT), RFC 7468 (PEM), RFC 6750 (Bearer), RFC 7617 (Basic).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from upturn.privacy.rule import Rule, Span

__all__ = ["API_KEY", "PASSWORD", "is_secret_name"]

_FORMS: Final = (
    r"sk-[A-Za-z0-9_-]{20,}",
    r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    r"gh[pousr]_[A-Za-z0-9]{36,}",
    r"github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"xox[a-z]-[A-Za-z0-9-]{10,}",
    r"xapp-\d-[A-Za-z0-9-]{10,}",
    r"(?:sk|rk|pk)_(?:test|live)_[A-Za-z0-9]{10,}",
    r"whsec_[A-Za-z0-9+/=]{20,}",
    r"AIza[A-Za-z0-9_-]{35,}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"SK[0-9a-f]{32}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"hf_[A-Za-z0-9]{30,}",
    r"gsk_[A-Za-z0-9]{40,}",
    r"xai-[A-Za-z0-9]{40,}",
    r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}",
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    r"do[opr]_v1_[0-9a-f]{64}",
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}",
    r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    r"ATATT3[A-Za-z0-9_=-]{60,}",
    r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}",
    r"dapi[0-9a-f]{32}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,}",
    r"figd_[A-Za-z0-9_-]{38,}",
    r"1//0[A-Za-z0-9_-]{40,}",
    r"HRKU-[A-Za-z0-9_-]{36,}",
    r"lin_api_[A-Za-z0-9]{40}",
    r"[0-9a-f]{32}-us[0-9]{1,2}",
    r"key-[0-9a-f]{32}",
    r"NRAK-[A-Z0-9]{27}",
    r"ntn_[A-Za-z0-9]{40,}",
    r"pplx-[A-Za-z0-9]{40,}",
    r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_=.-]{32,}",
    r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    r"pul-[0-9a-f]{40}",
    r"r8_[A-Za-z0-9]{37,}",
    r"rubygems_[0-9a-f]{48}",
    r"sntry[su]_[A-Za-z0-9+/=_-]{40,}",
    r"sbp_[0-9a-f]{40}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
    r"hv[sb]\.[A-Za-z0-9_-]{24,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?",
)
_KEY: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})")
_HOOK: Final = re.compile(r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/_-]{20,}")
_PEM: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----)[\s\S])*+(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----|\Z)?"
)
_HEADER: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:bearer[ \t]+|authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:basic|token|apikey)?[ \t]*)"
    r"(?P<value>[A-Za-z0-9._~+/=-]{16,})",
    re.IGNORECASE,
)
_IS: Final = r"[\"']?\s{0,4}(?:[:=]>?|\bis\b|\best\b|\bist\b|\bes\b|\bé\b)\s{0,4}[\"']?"
_NAMED: Final = re.compile(
    r"(?:api[_ -]?key|apikey|secret[_ -]?(?:access[_ -]?)?key|(?:shared[_ -]?)?access[_ -]?key(?:[_ -]?id)?"
    r"|account[_ -]?key|client[_ -]?secret"
    r"|(?:access|auth|refresh|session|id|bot|api)[_ -]?token"
    rf"|\btoken|\bsecret){_IS}(?P<value>[^\s\"',;&<>{{}}()\[\]]{{8,}})",
    re.IGNORECASE,
)


def _keys(text: str) -> Iterator[Span]:
    spans = [found.span() for pattern in (_KEY, _HOOK, _PEM) for found in pattern.finditer(text)]
    spans += [found.span("value") for found in _HEADER.finditer(text)]
    spans += [found.span("value") for found in _NAMED.finditer(text) if _is_mixed(found["value"])]
    yield from _apart(spans)


def _is_mixed(value: str) -> bool:
    """Say whether a value is none of the language's words: it has a digit and no @."""
    return any(map(str.isdigit, value)) and "@" not in value


_STARTS: Final = (
    r"sk-[A-Za-z0-9]|AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9]{17}"
    r"|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|[srp]k_(?:test|live)_|whsec_|AIza|ya29\.|GOCSPX-|SG\.[A-Za-z0-9_-]{16}"
    r"|SK[0-9a-f]{32}|npm_|pypi-|hf_[A-Za-z0-9]{30}"
    r"|gsk_|xai-|glsa_|shp(?:at|ca|pa|ss)_|do[opr]_v1_|sq0(?:atp|csp)-"
    r"|pat[A-Za-z0-9]{14}\.|ATATT3|xkeysib-|dapi[0-9a-f]{8}|dckr_|dp\.(?:pt|st|ct|sa|scim|audit)\.|figd_|1//0|HRKU-"
    r"|lin_api_|[0-9a-f]-us[0-9]|key-[0-9a-f]{8}|NRAK-|ntn_|pplx-|pscale_|PMAK-|pul-[0-9a-f]{8}|r8_|rubygems_|sntry[su]_"
    r"|sbp_|[0-9]:AA|hv[sb]\.[A-Za-z0-9_-]{8}"
    r"|eyJ|hooks\.slack\.com"
    r"|-----BEGIN"
)
_NAMED_SCREEN: Final = (
    r"(?i:bearer[ \t]+[A-Za-z0-9._~+/=-]{16}|authorization|(?:key|key[_ -]?id|token|secret)[\\\"']*(?:\s|\\[nrt]){0,4}"
    r"(?:[:=]|is\b|est\b|ist\b|es\b))"
)
API_KEY: Final = Rule("api_key", "<API_KEY>", f"{_STARTS}|{_NAMED_SCREEN}", _keys, scan="words")

_CALLED: Final = (
    r"pass[ _-]?(?:word|wd|code|phrase)|passwort|kennwort|mot de passe|contraseña|contrasena|senha|wachtwoord|\bpwd"
)
_PASSWORD: Final = re.compile(
    rf"(?:{_CALLED})(?P<where>\s(?:for|of|to|für|pour|para|voor)(?:\s[^\W\d]{{1,20}}){{1,4}}?\s?)?{_IS}"
    r"(?P<value>[^\s\"'<>]+)",
    re.IGNORECASE,
)
_CHANGED: Final = re.compile(
    rf"(?:(?:{_CALLED})\sto|\b(?:user(?:name)?|login)\b\W{{1,3}}\S{{1,64}}[\s,;/|]{{1,4}}(?:pass|pw|{_CALLED}))[\s:=]{{1,3}}"
    r"[\"']?(?P<value>[^\s\"'<>]{5,64})",
    re.IGNORECASE,
)
"""What a password was changed to, and what stands behind a user's name: both only where it is no word."""
_NO_CHANGE: Final = re.compile(r"\d{1,3}\W?[^\W\d]+|v?\d+(?:\.\d+)+|.*(?:://|@).*", re.IGNORECASE)
"""Lengths ("12-character"), versions, addresses."""
_PIN: Final = re.compile(
    rf"\b(?:pin|cvv|cvc|otp)(?:[ _-]?(?:code|number))?{_IS}(?P<value>\d{{3,8}})(?!\w)", re.IGNORECASE
)
_NO_PASSWORDS: Final = frozenset(
    {
        "a",
        "an",
        "and",
        "any",
        "at",
        "be",
        "been",
        "but",
        "can",
        "cannot",
        "change",
        "changed",
        "did",
        "do",
        "does",
        "expired",
        "false",
        "for",
        "forgot",
        "forgotten",
        "from",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "incorrect",
        "invalid",
        "is",
        "it",
        "length",
        "link",
        "min",
        "minimum",
        "must",
        "my",
        "need",
        "needs",
        "new",
        "no",
        "none",
        "not",
        "now",
        "null",
        "of",
        "on",
        "or",
        "page",
        "please",
        "required",
        "requires",
        "reset",
        "resets",
        "same",
        "sent",
        "should",
        "so",
        "still",
        "string",
        "strong",
        "than",
        "that",
        "the",
        "then",
        "there",
        "this",
        "to",
        "too",
        "true",
        "undefined",
        "was",
        "we",
        "weak",
        "were",
        "what",
        "when",
        "where",
        "which",
        "why",
        "will",
        "with",
        "wrong",
        "yes",
        "you",
        "your",
    }
)
"""Words that follow "password:" or "password is" in help texts."""


def _passwords(text: str) -> Iterator[Span]:
    spans = []
    for found in _PASSWORD.finditer(text):
        start, _ = found.span("value")
        value = found["value"].rstrip(".,;:!?)]}")
        is_told = not found["where"] and any(sign in text[found.start() : start] for sign in ":=")
        if len(value) >= 3 and value.lower() not in _NO_PASSWORDS and (is_told or _is_made(value)):
            spans.append((start, start + len(value)))
    for found in _CHANGED.finditer(text):
        value = found["value"].rstrip(".,;:!?)]}")
        if len(value) >= 5 and any(map(str.isdigit, value)) and not _NO_CHANGE.fullmatch(value):
            spans.append((found.start("value"), found.start("value") + len(value)))
    spans += [found.span("value") for found in _PIN.finditer(text)]
    yield from _apart(spans)


def _is_made(value: str) -> bool:
    """Say whether a value is no word, nor a URL: of other signs than letters, or with capitals within."""
    is_word = value.isalpha() and (value[1:].islower() or value.isupper() or len(value) < 4)
    return not is_word and not value.startswith("//")


_IS_SCREEN: Final = r"[\\\"']*(?:\s|\\[nrt]){0,4}(?:[:=]|is\b|est\b|ist\b|es\b|é)"
PASSWORD: Final = Rule(
    "password",
    "<PASSWORD>",
    rf"(?i)(?:{_CALLED})(?:{_IS_SCREEN}|(?:\s|\\[nrt])(?:for|of|to|für|pour|para|voor)(?:\s|\\[nrt]))"
    rf"|(?:pass|pw|{_CALLED})(?:[\s:=]|\\[nrt])+\S*[0-9]"
    rf"|\b(?:pin|cvv|cvc|otp)(?:[ _-]?(?:code|number))?{_IS_SCREEN}>?(?:\s|\\[nrt]){{0,4}}[\\\"']*[0-9]",
    _passwords,
    scan="words",
)

_SECRET_NAMES: Final = {
    "password": re.compile(rf"(?:.*[_-])?(?:{_CALLED})|pin|cvv|cvc|otp", re.IGNORECASE),
    "api_key": re.compile(
        r"(?:.*[_-])?(?:api[_-]?key|secret|secret[_-]?key|access[_-]?key|client[_-]?secret|private[_-]?key"
        r"|(?:access|auth|refresh|session|bearer)[_-]?token|authorization)",
        re.IGNORECASE,
    ),
}


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> str | None:
    """Give the kind of secret that a JSON key of that name holds, whatever it looks like; None: no secret.

    >>> is_secret_name("client_secret"), is_secret_name("input_tokens")
    ('api_key', None)
    """
    if len(name) > 64:
        return None
    return next((kind for kind, pattern in _SECRET_NAMES.items() if pattern.fullmatch(name)), None)


def _apart(spans: list[Span]) -> Iterator[Span]:
    """Give spans in order; of two that overlap the longer reach of both."""
    start, end = 0, 0
    for first, last in sorted(spans):
        if first < end:
            end = max(end, last)
            continue
        if end > start:
            yield start, end
        start, end = first, last
    if end > start:
        yield start, end
