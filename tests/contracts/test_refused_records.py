"""A refused record of any format keeps no id of a user: whole, cut short, or as text within JSON.

The ids are those that the format itself gives as `user_id` for its realistic records.
"""

import json

import orjson
import pytest

from tests.contracts.test_formats import FILES, each_file, texts
from tests.support.ingesting import KEY, stage_records
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord, formats
from upturn.privacy.masking import mask_record
from upturn.privacy.pseudonym import Pseudonymizer
from upturn.privacy.tombstones import Tombstones

PSEUDONYMS = Pseudonymizer(KEY.encode())


def leaves(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {leaf for part in inner for leaf in leaves(part)} | (set() if inner or inner == [] else {str(value)})


def user_ids(form, text):
    """The users' ids that a record's conversations have."""
    try:
        made = list(form.canonical(orjson.loads(text), Place("f", 1)))
    except (RefusedRecordError, SkippedRecord):
        return set()
    return {str(one["user_id"]) for one in made if one.get("user_id") is not None}


def named(path):
    form = formats()[path.parent.name]
    return [(text, ids) for text in texts(path) if (ids := user_ids(form, text))]


def masked(path, text):
    return mask_record(text, PSEUDONYMS, names=frozenset(formats()[path.parent.name].user_fields))


@each_file
def test_no_id_of_a_user_stays_in_a_whole_record(path):
    for text, ids in named(path):
        assert leaves(orjson.loads(masked(path, text))) & ids == set()


@each_file
def test_no_id_of_a_user_stays_in_a_record_that_is_cut_short(path):
    for text, ids in named(path):
        cut = orjson.dumps(orjson.loads(text))[:-1]
        assert [one for one in ids if f'"{one}"' in masked(path, cut)] == []


@each_file
def test_no_id_of_a_user_stays_where_the_record_is_text_within_another(path):
    for text, ids in named(path):
        record = orjson.loads(masked(path, orjson.dumps({"event": text.decode()})))
        assert leaves(orjson.loads(record["event"])) & ids == set()


def test_the_contract_is_about_every_format_that_tells_of_users():
    assert {path.parent.name for path in FILES if named(path)} == set(formats()) - {"amazon_connect"}


REFUSED = [
    ("rasa", {"sender_id": "u-7", "events": [{"event": "user", "text": "hi"}]}),
    ("zendesk", {"id": None, "requester_id": 77, "submitter_id": 77, "via": {}, "comments": [{"author_id": 77}]}),
    ("zendesk", {"ticket_id": None, "events": [{"field_name": "requester_id", "value": "u-7"}]}),
    ("intercom", {"type": "conversation", "contacts": [{"id": "u-7"}], "source": {"author": {"id": "u-7"}}}),
    ("openai_chat", {"object": "response", "safety_identifier": "u-7", "output": 5}),
    ("openai_chat", {"messages": 5, "user": "u-7"}),
    ("langfuse", {"userId": "u-7", "observations": 5}),
    ("langsmith", {"run_type": "llm", "extra": json.dumps({"metadata": {"user_id": "u-7"}})}),
    ("otel_genai", {"attributes": {"enduser": {"id": "u-7"}}, "name": 5}),
]


@pytest.mark.parametrize(("name", "record"), REFUSED)
def test_a_refused_record_holds_a_pseudonym_by_which_erasure_finds_it(tmp_path, name, record):
    (row,) = stage_records(tmp_path, record, format=name).rows("rejected")
    user = "77" if name == "zendesk" and "id" in record else "u-7"
    assert f'"{user}"' not in row["record"].replace("\\", "")
    assert ":77" not in row["record"]
    stones = Tombstones(b"t" * 32, frozenset())
    assert stones.having({stones.digest("pseudonym", PSEUDONYMS.user_key(user))}).in_text(row["record"].encode())


def test_a_tracker_that_is_cut_short_is_masked_by_the_names_of_its_format(tmp_path):
    cut = b'{"sender_id": "u-7", "events": [{"event": "user", "text": "hi"'
    (row,) = stage_records(tmp_path, cut, format="rasa").rows("rejected")
    assert '"u-7"' not in row["record"]
