import json
import logging
import sys
from types import ModuleType, SimpleNamespace

import pyarrow as pa
import pytest
from pydantic import ValidationError

from upturn.domain.errors import ConfigurationError
from upturn.home import Home
from upturn.privacy.names import model_rules
from upturn.privacy.redactor import Redactor, open_redactor
from upturn.settings import RedactionSettings, load_settings

REDACTOR = open_redactor(RedactionSettings())

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAK\nj34GkxFhD90v\n-----END RSA PRIVATE KEY-----"

FOUND = [
    # published examples: reserved domains and numbers, test cards, the registries' own samples
    ("mail ann.lee+shop@example.co.uk, thanks", "mail <EMAIL>, thanks"),
    ("Jürgen@müller.example", "<EMAIL>"),
    ("https://x.example/?to=ann%40example.com", "https://x.example/?to=<EMAIL>"),
    ("call +44 20 7946 0958 or (415) 555-2671", "call <PHONE> or <PHONE>"),
    ("415-555-2671 is mine", "<PHONE> is mine"),
    ("reach me at 4155552671", "reach me at <PHONE>"),
    ("my number is 07700 900123.", "my number is <PHONE>."),
    ("+1-202-555-0143x204", "<PHONE>"),
    ("card 4111 1111 1111 1111 12/27", "card <CARD> 12/27"),
    ("378282246310005 and 5555-5555-5555-4444", "<CARD> and <CARD>"),
    ("GB82 WEST 1234 5698 7654 32 please", "<IBAN> please"),
    ("de89370400440532013000", "<IBAN>"),
    ("my ssn: 531-21-7351", "my ssn: <NATIONAL_ID>"),
    ("NI number AB123456C", "NI number <NATIONAL_ID>"),
    ("DNI 54362315K", "DNI <NATIONAL_ID>"),
    ("cpf 390.533.447-05", "cpf <NATIONAL_ID>"),
    ("codice fiscale RCCMNL83S18D969H", "codice fiscale <NATIONAL_ID>"),
    ("my BSN is 111222333", "my BSN is <NATIONAL_ID>"),
    ("passport number: X1234567", "passport number: <NATIONAL_ID>"),
    ("from 192.168.1.17, then 2001:db8::8a2e:370:7334", "from <IP>, then <IP>"),
    ("postgres://bob:hunter2@db.example/x", "postgres://<URL_SECRET>@db.example/x"),
    ("https://x.example/a?page=2&token=abc123#top", "https://x.example/a?page=2&token=<URL_SECRET>#top"),
    ("https://s3.example/k?X-Amz-Signature=fe5f80&e=1", "https://s3.example/k?X-Amz-Signature=<URL_SECRET>&e=1"),
    ("use sk-proj-abcdefghij0123456789ABCD now", "use <API_KEY> now"),
    ("AKIAIOSFODNN7EXAMPLE", "<API_KEY>"),
    ("ghp_" + "a1B2" * 9, "<API_KEY>"),
    ("xoxb-123456789012-abcdefABCDEF", "<API_KEY>"),
    ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "<API_KEY>"),
    ("AIza" + "Sy0-_aB" * 5, "<API_KEY>"),
    (f"jwt {JWT} end", "jwt <API_KEY> end"),
    (f"key:\n{PEM}\nthanks", "key:\n<API_KEY>\nthanks"),
    ("Authorization: Bearer abcDEF123456abcDEF", "Authorization: Bearer <API_KEY>"),
    ("api_key = 9f8e7d6c5b4a3210", "api_key = <API_KEY>"),
    ("password: hunter2.", "password: <PASSWORD>."),
    ("my password is Tr0ub4dor&3", "my password is <PASSWORD>"),
    ("mot de passe : soleil", "mot de passe : <PASSWORD>"),
    ("PIN is 4821", "PIN is <PASSWORD>"),
    ("I changed my password to Sommer2024!", "I changed my password to <PASSWORD>!"),
    ("the password for my account is monkey12", "the password for my account is <PASSWORD>"),
    ("username: ann_81 pass: qwerty123", "username: ann_81 pass: <PASSWORD>"),
    ("a senha é dragon9", "a senha é <PASSWORD>"),
    ("mein Passwort ist KzIbXZfpkk", "mein Passwort ist <PASSWORD>"),
]

KEPT = [
    "",
    "Where is my order 112-3456789-1234567? It was due 2026-11-23 at 12:30:45.",
    "order 4155552671 and item 1151293680",
    "4155552671",
    "this variant (3111466194) is out of stock",
    "I paid $1,234.56 on 23/11/2026, 1 234 567 points",
    "tracking 1Z999AA10123456784",
    "2026-11-23 15:00 2026-11-24 16:30",
    "not a card 4111 1111 1111 1112",
    "not an IBAN GB82 WEST 1234 5698 7654 33",
    "ref 000-12-3456",
    "version 10.1.2.3 and v1.2.3.4",
    "300.1.2.3 std::vector a::b 12:30:45",
    "my password is not working, reset password: please",
    "https://x.example/search?q=token&page=2",
    "an @ sign, icon@2x.png, me@home",
    "<EMAIL> <PHONE> password: <PASSWORD> token=<API_KEY>",
    "The phone costs 499 and call me Al",
    "change the password to 12 characters, an 8-character minimum or version 2.10.1",
    "the password for my account is not working; password to https://x.example/1",
    "problem with password of account: locked; a senha é obrigatória",
    "username and password are both wrong, pass-through 12345 rate",
]


@pytest.mark.parametrize(("given", "expected"), FOUND, ids=[expected[:40] for _, expected in FOUND])
def test_personal_data_becomes_its_placeholder(given: str, expected: str) -> None:
    assert REDACTOR.text(given) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert REDACTOR.text(text) == text


def test_a_column_keeps_its_nulls_type_and_rows_and_counts_kinds() -> None:
    column = pa.array(["a@b.example c@d.example", None, "hello", "+44 20 7946 0958"], pa.large_string())
    redacted, counts = REDACTOR.texts(column)
    assert redacted.type == column.type
    assert redacted.to_pylist() == ["<EMAIL> <EMAIL>", None, "hello", "<PHONE>"]
    assert counts == {"email": 2, "phone": 1}


def test_a_text_that_comes_often_is_counted_as_often() -> None:
    column = pa.array(["a@b.example", "hello", None, '{"to": "a@b.example"}', "a@b.example"] * 5)
    redacted, counts = REDACTOR.texts(column)
    assert redacted.to_pylist() == ["<EMAIL>", "hello", None, '{"to": "<EMAIL>"}', "<EMAIL>"] * 5
    assert counts == {"email": 15}


def test_many_large_texts_are_redacted_batch_by_batch() -> None:
    texts = [f'{{"number": {number}, "to": "a@b.example", "said": "{"x" * 300_000}"}}' for number in range(9)]
    redacted, counts = REDACTOR.json_texts(pa.array(texts))
    assert redacted.to_pylist() == [text.replace("a@b.example", "<EMAIL>") for text in texts]
    assert counts == {"email": 9}


@pytest.mark.parametrize("others", [0, 20])
def test_half_a_character_of_json_does_no_harm(others: int) -> None:
    given = '{"to": "\\ud83d a@b.example"' + "".join(f', "k{n}": "v{n}@b.example"' for n in range(others)) + "}"
    pattern = {"name": "own", "regex": "a@b", "placeholder": "<OWN>"}
    for redactor in (REDACTOR, open_redactor(RedactionSettings.model_validate({"patterns": [pattern]}))):
        redacted, counts = redactor.json_texts(pa.array([given]))
        assert "a@b" not in redacted[0].as_py()
        assert counts.total() == others + 1


def test_a_number_behind_a_written_line_break_is_seen() -> None:
    column = pa.array([json.dumps({"said": "It is\nAB123456C"})])
    assert REDACTOR.json_texts(column)[0].to_pylist() == [json.dumps({"said": "It is\n<NATIONAL_ID>"})]


def test_a_column_without_hits_is_given_back_itself() -> None:
    column = pa.chunked_array([["hello", None], ["order 4821"]])
    redacted, counts = REDACTOR.texts(column)
    assert redacted is column
    assert not counts


def test_an_empty_column_and_one_of_nulls_are_fine() -> None:
    for column in (pa.array([], pa.string()), pa.array([None, None], pa.string()), pa.chunked_array([], pa.string())):
        assert REDACTOR.texts(column)[0].equals(column)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("key <AKIAIOSFODNN7EXAMPLE> here", "key <<API_KEY>> here"),
        ("pay to <DE89370400440532013000>", "pay to <<IBAN>>"),
        ("card <4111 1111 1111 1111>", "card <<CARD>>"),
        ("mail <ann@example.com>, was <EMAIL>", "mail <<EMAIL>>, was <EMAIL>"),
        (f"gsk_{'a1B2' * 13}", "<API_KEY>"),
        (f"xai-{'a1B2' * 20}", "<API_KEY>"),
        (f"glsa_{'a1B2' * 8}_0a1b2c3d", "<API_KEY>"),
        (f"shpat_{'0a1f' * 8}", "<API_KEY>"),
        (f"dop_v1_{'0a1f' * 16}", "<API_KEY>"),
        (f"sq0atp-{'a1B2_-' * 4}", "<API_KEY>"),
        (f"AccountName=a;AccountKey={'a1B/' * 21}==;x", "AccountName=a;AccountKey=<API_KEY>;x"),
    ],
)
def test_secrets_in_brackets_and_of_newer_services_are_found(given: str, expected: str) -> None:
    redactor = open_redactor(RedactionSettings())
    assert redactor.text(given) == expected
    assert redactor.text(expected) == expected
    column, _ = redactor.texts(pa.array([given, "nothing"]))
    assert column.to_pylist() == [expected, "nothing"]


def test_json_is_redacted_in_strings_keys_and_numbers_and_stays_json() -> None:
    given = (
        '{"a\\u0040b.example": 1, "c@d.example": 2.50, "n": 4111111111111111, "big": 12345678901234567890,'
        ' "args": "{\\"phone\\": 4155552671, \\"x\\": 1.0}", "password": "correct horse", "input_tokens": 12345}'
    )
    redacted, counts = REDACTOR.json_texts(pa.array([given]))
    assert redacted.to_pylist() == [
        '{"<EMAIL>": 1, "<EMAIL>_2": 2.50, "n": "<CARD>", "big": 12345678901234567890,'
        ' "args": "{\\"phone\\": \\"<PHONE>\\", \\"x\\": 1.0}", "password": "<PASSWORD>", "input_tokens": 12345}'
    ]
    assert counts == {"email": 2, "card": 1, "phone": 1, "password": 1}


def test_a_json_column_quotes_a_placeholder_that_is_the_whole_value() -> None:
    assert REDACTOR.json_texts(pa.array(["4111111111111111"]))[0].to_pylist() == ['"<CARD>"']
    assert REDACTOR.texts(pa.array(["4111111111111111"]))[0].to_pylist() == ["<CARD>"]


def test_broken_json_is_redacted_too() -> None:
    assert REDACTOR.text('{"a": "x\\u0040y.example", "b: c@d.example') == '{"a": "<EMAIL>", "b: <EMAIL>'


def test_kinds_can_be_kept() -> None:
    redactor = open_redactor(RedactionSettings(off=frozenset({"email"})))
    assert redactor.text("a@b.example +44 20 7946 0958") == "a@b.example <PHONE>"
    off = open_redactor(RedactionSettings(is_on=False))
    assert off == Redactor(())
    assert off.text("a@b.example") == "a@b.example"


def test_a_teams_own_pattern_wins_and_is_counted_by_its_name() -> None:
    pattern = {"name": "customer", "regex": r"(?i)\bcu-(?P<n>\d{7})\b", "placeholder": "<CUSTOMER>"}
    other = {"name": "parcel", "regex": r"P(?P<n>\d+)", "placeholder": "<PARCEL>"}
    redactor = open_redactor(RedactionSettings.model_validate({"patterns": [pattern, other]}))
    redacted, counts = redactor.texts(pa.array(["é CU-1234567, P9, é cu-7654321", "phone cu-1234567 <PARCEL>"]))
    assert redacted.to_pylist() == ["é <CUSTOMER>, <PARCEL>, é <CUSTOMER>", "phone <CUSTOMER> <PARCEL>"]
    assert counts == {"customer": 3, "parcel": 1}


@pytest.mark.parametrize("regex", ["a(", r"(?=x)y", r"(a)\1", "x*", r"\b", "^", "a|", "(?m)$"])
def test_a_pattern_that_cannot_be_used_is_a_configuration_error(regex: str, tmp_path, capfd) -> None:
    home = Home(tmp_path / "home").create()
    pattern = {"name": "own", "regex": regex, "placeholder": "<OWN>"}
    home.configuration.write_text(
        "[[redaction.patterns]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in pattern.items())
    )
    with pytest.raises(ConfigurationError, match=r"redaction\.patterns\.0\.regex"):
        load_settings(home)
    assert capfd.readouterr().err == ""


def test_names_of_patterns_are_their_own() -> None:
    one = {"name": "own", "regex": "x", "placeholder": "<X>"}
    for patterns in ([one, one], [{**one, "name": "email"}], [{**one, "placeholder": "X"}]):
        with pytest.raises(ValidationError):
            RedactionSettings.model_validate({"patterns": patterns})


def test_a_catastrophic_pattern_takes_time_in_proportion() -> None:
    pattern = {"name": "own", "regex": "(a+)+b", "placeholder": "<X>"}
    redactor = open_redactor(RedactionSettings.model_validate({"patterns": [pattern]}))
    assert redactor.text("a" * 100_000) == "a" * 100_000


def test_a_model_that_is_not_installed_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"no_such_model.*is not installed"):
        open_redactor(RedactionSettings(model="no_such_model"))


def test_an_installed_model_finds_names_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> SimpleNamespace:
        wanted = (("Ann Lee", "PERSON"), ("Oslo", "GPE"), ("Monday", "DATE"))
        return SimpleNamespace(
            ents=[
                SimpleNamespace(label_=label, start_char=text.index(name), end_char=text.index(name) + len(name))
                for name, label in wanted
                if name in text
            ]
        )

    spacy = ModuleType("spacy")
    spacy.load = {"a_model": read}.__getitem__
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    redactor = open_redactor(RedactionSettings(model="a_model"))
    assert redactor.text("Ann Lee left Oslo on Monday") == "<PERSON> left <ADDRESS> on Monday"
    assert redactor.text('{"who": "Ann Lee"}') == '{"who": "<PERSON>"}'
    assert [rule.kind for rule in model_rules("a_model")] == ["person", "address"]


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        REDACTOR.text("a@b.example 4111 1111 1111 1111 +44 20 7946 0958")
    assert not caplog.records
