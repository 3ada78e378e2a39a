"""On sentences made of published forms all accounts, secrets of URLs and keys are found, and else nothing."""

from collections import Counter

from tests.benchmarks.redaction_quality import figures, ours
from tests.support.secret_forms import KEYS, secret_forms

FORMS = secret_forms()


def test_the_set_is_the_same_at_any_time_and_its_spans_stand_where_they_say() -> None:
    assert secret_forms() == FORMS
    labels = Counter(span["entity_type"] for one in FORMS["made of forms"] for span in one["spans"])
    # 89 countries x 4 sentences, 16 URLs x 4, 19 vendors x 8 sentences, 16 sentences x 6 passwords
    assert labels == {"IBAN_CODE": 89 * 4, "URL_SECRET": 16 * 4, "API_KEY": len(KEYS) * 8, "PASSWORD": 16 * 6}
    for one in FORMS["made of forms"]:
        for span in one["spans"]:
            value = one["full_text"][span["start_position"] : span["end_position"]]
            assert value == value.strip("{}\"' \n")


def test_every_account_secret_of_a_url_and_key_of_a_named_vendor_is_hidden_wholly() -> None:
    counts = figures(FORMS["made of forms"], ours)
    for kind in ("iban", "url_secret", "api_key"):
        assert counts[kind]["hidden"] == counts[kind]["labelled"], kind
    # the figure of docs/reference/privacy.md: 84 of 96
    assert counts["password"]["hidden"] == 84


def test_keys_of_vendors_that_were_added_are_hidden_in_every_sentence_and_discords_where_it_is_called_one() -> None:
    counts = figures(FORMS["keys of other vendors"], ours)["api_key"]
    # 24 vendors x 8 sentences, and the two sentences that say what it is
    assert counts["hidden"] == 24 * 8 + 2


def test_nothing_is_replaced_but_what_is_labelled_as_that() -> None:
    for records in FORMS.values():
        for kind, count in figures(records, ours).items():
            assert count["replaced"] == count["right"], kind


def test_sentences_without_a_secret_keep_their_words() -> None:
    texts = [one["full_text"] for one in FORMS["made of forms"] if not one["spans"]]
    assert len(texts) == 100
    assert [text for text in texts if ours(text)] == []
