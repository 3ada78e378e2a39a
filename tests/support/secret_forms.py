"""Sentences with bank accounts, secrets of URLs, keys and passwords, made of published forms: no set labels them.

Source: ISO 13616's registry of IBANs as python-stdnum has it; RFC 3986 (userinfo), RFC 6750, the signed URLs of Amazon
S3, Google Cloud Storage and Azure; what each vendor documents of its keys (beginning, characters, length).

The passwords are drawn: common ones, ones by rules of composition, passphrases. The sentences, also those that hold
nothing, are ours. Everything is drawn with one seed: the set is the same at any time.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from typing import Any, Final

HEX, ALNUM, UPPER = "0123456789abcdef", string.ascii_letters + string.digits, string.ascii_uppercase + string.digits
URLSAFE: Final = ALNUM + "-_"

KEYS: Final[dict[str, tuple[str, str, int, str]]] = {
    # vendors that the rules name
    "openai": ("sk-proj-", URLSAFE, 48, ""),
    "anthropic": ("sk-ant-api03-", URLSAFE, 93, "AA"),
    "aws": ("AKIA", UPPER, 16, ""),
    "github": ("ghp_", ALNUM, 36, ""),
    "github fine-grained": ("github_pat_", ALNUM, 82, ""),
    "gitlab": ("glpat-", URLSAFE, 20, ""),
    "slack": ("xoxb-", string.digits, 12, "-abcdefABCDEF012345678901"),
    "stripe": ("sk_live_", ALNUM, 24, ""),
    "google": ("AIza", URLSAFE, 35, ""),
    "sendgrid": ("SG.", URLSAFE, 22, ".0123456789abcdefABCDEF_-0123456789abcdefABC"),
    "twilio": ("SK", HEX, 32, ""),
    "npm": ("npm_", ALNUM, 36, ""),
    "pypi": ("pypi-AgEIcHlwaS5vcmc", URLSAFE, 60, ""),
    "hugging face": ("hf_", string.ascii_letters, 34, ""),
    "groq": ("gsk_", ALNUM, 52, ""),
    "xai": ("xai-", ALNUM, 80, ""),
    "grafana": ("glsa_", ALNUM, 32, "_0a1b2c3d"),
    "shopify": ("shpat_", HEX, 32, ""),
    "digitalocean": ("dop_v1_", HEX, 64, ""),
}
OTHER_KEYS: Final[dict[str, tuple[str, str, int, str]]] = {
    # vendors that the rules did not name when this was measured first
    "airtable": ("pat", ALNUM, 14, "." + "0a1b2c3d" * 8),
    "atlassian": ("ATATT3xFfGF0", URLSAFE, 172, "=0A1B2C3D"),
    "brevo": ("xkeysib-", HEX, 64, "-a1B2c3D4e5F6g7H8"),
    "databricks": ("dapi", HEX, 32, ""),
    "discord": ("M", ALNUM, 23, ".GaBcDe.a1B2c3D4e5F6g7H8i9J0k1L2m3N4"),
    "docker hub": ("dckr_pat_", URLSAFE, 27, ""),
    "doppler": ("dp.pt.", ALNUM, 43, ""),
    "figma": ("figd_", URLSAFE, 40, ""),
    "google refresh": ("1//0", URLSAFE, 60, ""),
    "heroku": ("HRKU-AA", URLSAFE, 58, ""),
    "linear": ("lin_api_", ALNUM, 40, ""),
    "mailchimp": ("", HEX, 32, "-us12"),
    "mailgun": ("key-", HEX, 32, ""),
    "new relic": ("NRAK-", UPPER, 27, ""),
    "notion": ("ntn_", ALNUM, 46, ""),
    "perplexity": ("pplx-", ALNUM, 48, ""),
    "planetscale": ("pscale_tkn_", URLSAFE, 43, ""),
    "postman": ("PMAK-", HEX, 24, "-" + "0a" * 17),
    "pulumi": ("pul-", HEX, 40, ""),
    "replicate": ("r8_", ALNUM, 37, ""),
    "rubygems": ("rubygems_", HEX, 48, ""),
    "sentry": ("sntrys_", ALNUM, 60, ""),
    "supabase": ("sbp_", HEX, 40, ""),
    "telegram": ("", string.digits, 10, ":AAa1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q"),
    "vault": ("hvs.", URLSAFE, 95, ""),
}
"""Vendor: (beginning, characters, how many, end)."""

KEY_SENTENCES: Final = (
    "I get a 401 with {}, is it revoked?",
    "{}",
    "here is what I use:\n{}\nand it fails",
    "export VENDOR={} then run it",
    "curl -H 'X-Auth: {}' https://api.example.com/v1/me",
    '{{"env": {{"VALUE": "{}"}}}}',
    "Bearer {}",
    "my api key is {} and the quota is gone",
)
URLS: Final = (
    "postgres://app:{}@db.example.com:5432/shop",
    "https://bob:{}@git.example.com/repo.git",
    "amqps://worker:{}@mq.example.com/vhost",
    "redis://default:{}@cache.example.com:6379",
    "https://api.example.com/v1/orders?page=2&access_token={}",
    "https://api.example.com/v1/orders?api_key={}&page=2",
    "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature={}",
    "https://storage.googleapis.com/b/o?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature={}",
    "https://acc.blob.core.windows.net/c/b?sv=2022-11-02&sr=b&sig={}",
    "https://shop.example.com/reset?token={}",
    "https://shop.example.com/login#id_token={}&state=1",
    "https://hooks.example.com/in?secret={}",
    "wss://live.example.com/?session_id={}",
    "https://app.example.com/verify?email=a&code=77&otp={}",
    "https://app.example.com/cb?client_secret={}&grant=x",
    "https://cdn.example.com/v.mp4?Expires=1&Signature={}&Key-Pair-Id=K2",
)
URL_SENTENCES: Final = ("it says forbidden for {}", "{}", "I clicked {} and nothing happened", '{{"url": "{}"}}')
PASSWORD_SENTENCES: Final = (
    "password: {}",
    "my password is {}, why can't I log in?",
    "the password for my account is {}",
    "login ann, Password = {}",
    "user: ann pass: {}",
    "pwd={}",
    "I changed my password to {} yesterday",
    "passwort: {}",
    "mein Passwort ist {}",
    "mot de passe : {}",
    "mi contraseña es {}",
    "a senha é {}",
    "wachtwoord: {}",
    '{{"username": "ann", "password": "{}"}}',
    "try passcode: {}",
    "username ann / password {}",
)
COMMON: Final = ("123456", "qwerty123", "iloveyou", "password1", "dragon", "letmein", "sunshine", "monkey12", "abc123")
NOTHING: Final = (
    "I forgot my password and the reset link is not working",
    "your password must have at least 12 characters and a digit",
    "password reset: please send it again",
    "the password is incorrect, it says",
    "order {hex8} of {digits10} was late",
    "request id {uuid} failed at 12:30",
    "commit {hex40} broke the shop",
    "sha256 {hex64} of the file",
    "see https://shop.example.com/search?q=key&page=2&sort=price",
    "https://shop.example.com/p/{digits10}?utm_source=mail&ref={hex8}",
    "the token was used up: 1200 input tokens and 300 output tokens",
    "where do I find the api key in the settings?",
    "the secret is to restart it twice",
    "a key of 32 characters is expected",
    "GB{digits2} NONE of the above, please",
    "article {letters2}{digits10} is out of stock",
    "tracking {letters2}{digits9}GB is stuck",
    "https://example.com:8443/a@b/c",
    "session key agenda: 10:30 opening, 11:00 coffee",
    "my username is ann_81 and the customer number 4711-0815",
)
_FIELDS: Final[dict[str, tuple[str, int]]] = {
    "hex8": (HEX, 8), "hex40": (HEX, 40), "hex64": (HEX, 64), "digits2": (string.digits, 2),
    "digits9": (string.digits, 9), "digits10": (string.digits, 10), "letters2": (string.ascii_uppercase, 2),
}  # fmt: skip


def secret_forms(seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    """Give the labelled sentences, in the form of presidio-research's sets: those of known forms, and other keys."""
    dice = random.Random(seed)
    made = [*_ibans(dice), *_urls(dice), *_passwords(dice), *_nothing(dice)]
    return {
        "made of forms": [*made, *_keys(dice, KEYS)],
        "keys of other vendors": [*_keys(dice, OTHER_KEYS)],
    }


def _keys(dice: random.Random, forms: dict[str, tuple[str, str, int, str]]) -> Iterator[dict[str, Any]]:
    for start, signs, count, end in forms.values():
        for sentence in KEY_SENTENCES:
            yield _labelled(sentence, start + _drawn(dice, signs, count) + end, "API_KEY")


def _labelled(sentence: str, value: str, kind: str) -> dict[str, Any]:
    start = sentence.replace("{{", "{").replace("}}", "}").index("{}")
    span = {"entity_type": kind, "start_position": start, "end_position": start + len(value)}
    return {"full_text": sentence.format(value), "spans": [span]}


def _drawn(dice: random.Random, signs: str, count: int) -> str:
    return "".join(dice.choices(signs, k=count))


def _ibans(dice: random.Random) -> Iterator[dict[str, Any]]:
    from stdnum import iban, numdb

    letters = string.ascii_uppercase
    for first in letters:
        for second in letters:
            form = numdb.get("iban").info(first + second)[0][1].get("bban")
            if not form:
                continue
            signs = {"n": string.digits, "a": letters, "c": UPPER}
            body = "".join(_drawn(dice, signs[kind], int(count)) for count, kind in re.findall(r"(\d+)!?([nac])", form))
            number = first + second + iban.calc_check_digits(f"{first}{second}00{body}") + body
            grouped = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
            yield _labelled("please refund to {}.", number, "IBAN_CODE")
            yield _labelled("IBAN: {} in the name of Ann", grouped, "IBAN_CODE")
            yield _labelled('{{"account": "{}"}}', number, "IBAN_CODE")
            yield _labelled("it is {}, thanks", grouped.lower(), "IBAN_CODE")


def _urls(dice: random.Random) -> Iterator[dict[str, Any]]:
    values: tuple[Callable[[], str], ...] = (
        lambda: _drawn(dice, ALNUM, 24), lambda: _drawn(dice, HEX, 64), lambda: _drawn(dice, URLSAFE, 43),
        lambda: _drawn(dice, ALNUM + "%.~", 12) + "%3D",
    )  # fmt: skip
    for url in URLS:
        for sentence, value in zip(URL_SENTENCES, values, strict=True):
            yield _labelled(sentence.replace("{}", url), value(), "URL_SECRET")


def _passwords(dice: random.Random) -> Iterator[dict[str, Any]]:
    for sentence in PASSWORD_SENTENCES:
        for value in (
            *dice.sample(COMMON, 3),
            _drawn(dice, ALNUM, 10),
            _drawn(dice, ALNUM, 11) + dice.choice("!$%&*+?#") + dice.choice(string.digits),
            "-".join(dice.choices(("correct", "horse", "battery", "staple", "river", "cloud"), k=4)),
        ):
            yield _labelled(sentence, value, "PASSWORD")


def _nothing(dice: random.Random) -> Iterator[dict[str, Any]]:
    for sentence in NOTHING:
        for _ in range(5):
            fields = {name: _drawn(dice, *form) for name, form in _FIELDS.items()}
            uuid = "-".join(_drawn(dice, HEX, count) for count in (8, 4, 4, 4, 12))
            yield {"full_text": sentence.format(uuid=uuid, **fields), "spans": []}
