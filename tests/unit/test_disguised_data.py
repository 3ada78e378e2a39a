"""Personal data in other digits, in full-width letters, with invisible characters between, or broken over a line."""

import json

import pyarrow as pa
import pytest

from upturn.privacy.disguise import ESCAPED, is_disguised, undisguised
from upturn.privacy.patterns import compiled
from upturn.privacy.redactor import open_redactor
from upturn.settings import RedactionSettings

REDACTOR = open_redactor(RedactionSettings())

FOUND = [
    # the same published examples as in test_redaction, written otherwise
    ("card ４１１１ １１１１ １１１１ １１１１ please", "card <CARD> please"),
    ("بطاقة ٤١١١ ١١١١ ١١١١ ١١١١ شكرا", "بطاقة <CARD> شكرا"),
    ("कार्ड ४१११-११११-११११-११११", "कार्ड <CARD>"),
    ("𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏", "<CARD>"),
    ("call +٩٧١ ٥٠ ١٢٣ ٤٥٦٧ now", "call <PHONE> now"),
    ("電話 ＋４４　２０　７９４６　０９５８。", "電話 <PHONE>。"),
    ("\u202a+1 415-555-2671\u202c", "\u202a<PHONE>\u202c"),  # as a telephone's address book copies it
    ("ＧＢ８２ ＷＥＳＴ １２３４ ５６９８ ７６５４ ３２ pls", "<IBAN> pls"),
    ("DE89 3704\u200b0044 0532 0130 00", "<IBAN>"),
    ("my ssn: ５３１-２１-７３５１", "my ssn: <NATIONAL_ID>"),
    ("DNI ٥٤٣٦٢٣١٥K", "DNI <NATIONAL_ID>"),
    *((f"mail ann{sign}@exam{sign}ple.com!", "mail <EMAIL>!") for sign in "\u200b\u200c\u200d\u2060\ufeff\u00ad"),
    ("ann＠example．com", "<EMAIL>"),
    ("token sk-proj-abcdef\u00adghij0123456789ABCD", "token <API_KEY>"),
    ("from １９２.１６８.１.１７", "from <IP>"),
    # broken over a line
    ("card 4111 1111\n1111 1111 12/27", "card <CARD> 12/27"),
    ("4111-1111-\r\n1111-1111, thanks", "<CARD>, thanks"),
    ("> 4111 1111 1111\n> 1111 and more", "> <CARD> and more"),
    ("3782 822463\n10005", "<CARD>"),
    ("my card: 411111111\n1111111", "my card: <CARD>"),
    ("credit card 4111 11\n11 1111 1111.", "credit card <CARD>."),
    ("qty 2\n4111 1111 1111 1111\n3", "qty 2\n<CARD>\n3"),
    ("١٢\nبطاقة ٤١١١ ١١١١\n١١١١ ١١١١", "١٢\nبطاقة <CARD>"),
]

KEPT = [
    "order ４１５５５５２６７１",
    "الطلب ٤١٥٥٥٥٢٦٧١",
    "not a card ４１１１ １１１１ １１１１ １１１２",
    "👩\u200d💻 hi 12, می\u200cخواهم",
    # 41111111 11111111 is a card's number, these are two orders'
    "orders\n41111111\n11111111\n",
    "4111\n1111\n1111\n1111",
    "2026-11-23\n4111 1111",
    "not a card 4111 1111\n1111 1112",
]


@pytest.mark.parametrize(("given", "expected"), FOUND)
def test_what_is_written_otherwise_is_replaced_where_it_stands(given: str, expected: str) -> None:
    assert REDACTOR.text(given) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_keeps_its_bytes(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize("times", [1, 20])
def test_columns_and_json_of_any_escaping_give_the_same_as_single_texts(times: int) -> None:
    texts = [text for text, _ in FOUND] * times
    expected = [text for _, text in FOUND] * times
    assert REDACTOR.texts(pa.array([*texts, None]))[0].to_pylist() == [*expected, None]
    for is_ascii in (True, False):
        once = [json.dumps({"said": text}, ensure_ascii=is_ascii) for text in texts]
        twice = [json.dumps({"result": text}, ensure_ascii=is_ascii) for text in once]
        assert [json.loads(one)["said"] for one in REDACTOR.json_texts(pa.array(once))[0].to_pylist()] == expected
        inner = [json.loads(one)["result"] for one in REDACTOR.json_texts(pa.array(twice))[0].to_pylist()]
        assert [json.loads(one)["said"] for one in inner] == expected


def test_every_decimal_digit_of_unicode_is_read_and_told_in_escaped_json() -> None:
    digits = [chr(code) for code in range(0x80, 0x110000) if chr(code).isdecimal()]
    assert len(digits) > 600
    for digit in digits:
        assert undisguised(digit).text in "0123456789"
        assert is_disguised(digit)
        assert compiled(ESCAPED).search(json.dumps(digit)), hex(ord(digit))


def test_common_characters_of_other_languages_are_no_disguise() -> None:
    text = "café – naïve “quote” … 価格 цена price’s ❤️ 😀"
    assert not is_disguised(text)
    assert undisguised(text).text == text
    assert not compiled(ESCAPED).search(json.dumps("“quote” … 価格 цена price’s 😀"))


def test_a_teams_own_pattern_sees_the_text_as_it_is_meant_too() -> None:
    pattern = {"name": "customer", "regex": r"CU-\d{7}", "placeholder": "<CUSTOMER>"}
    redactor = open_redactor(RedactionSettings.model_validate({"patterns": [pattern]}))
    assert redactor.text("CU-１２３４５６７, CU\u200b-7654321") == "<CUSTOMER>, <CUSTOMER>"
