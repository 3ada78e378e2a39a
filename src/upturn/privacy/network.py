"""Finds IP addresses, and the secrets in URLs.

Source: RFC 791, RFC 4291 by the standard library's ipaddress; RFC 3986 (userinfo, query); the signed URLs of Amazon S3,
Google Cloud Storage and Azure (shared access signatures); RFC 6750 (access_token).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from upturn.privacy.rule import PLACEHOLDER, Rule, Span

__all__ = ["IP", "URL_SECRET"]

_IPV4: Final = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_IP: Final = re.compile(
    rf"(?<![\w.:])(?P<four>{_IPV4})(?![\w]|\.\d)"
    rf"|(?<![\w:.])(?P<six>(?:[0-9A-Fa-f]{{0,4}}:){{2,8}}(?:{_IPV4}|[0-9A-Fa-f]{{0,4}}))(?![\w:])"
)
_VERSION: Final = re.compile(r"(?:\bv|version|release|build|firmware)[ .:]{0,2}$", re.IGNORECASE)


def _addresses(text: str) -> Iterator[Span]:
    for found in _IP.finditer(text):
        start, end = found.span()
        written = found.group()
        is_six = found["six"] is not None
        if is_six and not any(map(str.isdigit, written)):
            continue
        if not is_six and _VERSION.search(text, max(0, start - 12), start):
            continue
        try:
            ip_address(written)
        except ValueError:
            continue
        yield start, end


IP: Final = Rule(
    "ip",
    "<IP>",
    rf"{_IPV4}|[0-9A-Fa-f]::|::[0-9A-Fa-f]|(?:[0-9A-Fa-f]{{1,4}}:){{6}}",
    _addresses,
    glance=r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){3}",
    scan="words",
)

_NAMES: Final = (
    r"(?:[\w.-]*(?:token|secret|signature|password|passwd|passphrase|credential|api[_-]?key|apikey|access[_-]?key"
    r"|access[_-]?key[_-]?id|session[_-]?id)|key|sig|auth|authorization|pwd|pass|sid|session|jwt|otp|hmac)"
)
_USERINFO: Final = re.compile(r"(?<=://)[^\s/?#@<>\"']*(?:@[^\s/?#@<>\"']+)*(?=@)")
_QUERY: Final = re.compile(rf"(?<=[?&;#])(?:amp;)?{_NAMES}=(?P<value>[^\s&;#\"'<>\\]+)", re.IGNORECASE)


def _url_secrets(text: str) -> Iterator[Span]:
    spans = [found.span() for found in _USERINFO.finditer(text) if ":" in found.group()]
    spans += [found.span("value") for found in _QUERY.finditer(text)]
    last = 0
    for start, end in sorted(spans):
        if start >= last and end > start and not PLACEHOLDER.fullmatch(text, start, end):
            yield start, end
            last = end


URL_SECRET: Final = Rule(
    "url_secret",
    "<URL_SECRET>",
    rf":\\?/\\?/[^\s/@]*:[^\s/]*@|(?i)(?:[?&;#]|u0026){_NAMES}=",
    _url_secrets,
    glance="@|=",
    scan="words",
)
