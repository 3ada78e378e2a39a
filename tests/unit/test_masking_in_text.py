"""Users' ids are hidden, and the erased known again, also in texts that are JSON: arguments, results, metadata."""

import json

import pytest

from tests.support.ingesting import KEY, stage_records
from upturn.privacy.hiding import UserHiding
from upturn.privacy.masking import mask_record, mask_value
from upturn.privacy.pseudonym import Pseudonymizer
from upturn.privacy.tombstones import Tombstones

PSEUDONYMS = Pseudonymizer(b"k" * 32)
USER = "4711"  # too short to be replaced wherever it stands
CALL = {"name": "get_user", "arguments": json.dumps({"user_id": USER, "limit": 5})}
RESULT = json.dumps({"ok": True, "rows": [{"user": {"id": int(USER)}, "note": "4711 steps"}]})
TWICE = json.dumps({"log": json.dumps([{"userId": USER}])})
BROKEN = json.dumps({"user_id": USER, "rows": list(range(9))})[:-4]


def refused(text):
    return json.dumps({"turns": [{"role": "pilot", "content": text, "tool_calls": [CALL]}]}).encode()


@pytest.mark.parametrize("text", [RESULT, f" \n{RESULT}", TWICE, BROKEN])
def test_a_user_id_within_json_as_text_is_masked(text):
    masked = json.loads(mask_record(refused(text), PSEUDONYMS))
    (turn,) = masked["turns"]
    assert PSEUDONYMS.user_key(USER) in turn["content"]
    assert USER not in turn["content"].replace("4711 steps", "")
    assert json.loads(turn["tool_calls"][0]["arguments"]) == {"user_id": PSEUDONYMS.user_key(USER), "limit": 5}


def test_text_without_ids_keeps_its_bytes():
    value = {"arguments": '{ "limit" : 5, "x": "\\u00e9" }', "said": "[sic] 4711", "list": "[1, 2"}
    assert mask_value(value, PSEUDONYMS) == value


def test_a_long_id_is_masked_wherever_json_as_text_repeats_it_however_it_is_escaped():
    text = json.dumps({"customer": "jürgen-4711"})  # written with \u00fc
    raw = json.dumps({"user_id": "jürgen-4711", "content": text}).encode()
    assert "jürgen" not in json.loads(json.loads(mask_record(raw, PSEUDONYMS))["content"])["customer"]


def test_an_id_that_is_a_number_elsewhere_leaves_json():
    masked = json.loads(mask_record(b'{"user_id": 12345678, "account": 12345678}', PSEUDONYMS))
    assert masked == dict.fromkeys(("user_id", "account"), PSEUDONYMS.user_key("12345678"))


@pytest.mark.parametrize("depth", [150, 700, 5_000])
def test_deep_nesting_within_text_ends_in_masking_all_the_same(depth):
    text = "[" * depth + json.dumps({"user_id": USER}) + "]" * depth
    assert USER not in mask_record(json.dumps({"content": text}).encode(), PSEUDONYMS)
    assert USER not in str(mask_value({"content": text}, PSEUDONYMS))


def test_digests_of_records_stay_what_they_were_before_text_was_read():
    users = UserHiding(PSEUDONYMS, b"f" * 32)
    assert users.identity_of({"arguments": RESULT}) == {"arguments": RESULT}
    # the value of the version before, for the same record and key
    assert users.record_digest(refused(RESULT), ids=frozenset()) == "6eb66fdd3f81d3f073d37872cc04d762"


def test_metadata_that_hold_json_as_text_reach_staging_without_the_id(tmp_path):
    record = {
        "conversation_id": "c-1",
        "started_at": "2026-11-02T09:00:00Z",
        "turns": [],
        "metadata": {"context": json.dumps({"user_id": USER, "plan": "pro"})},
    }
    (row,) = stage_records(tmp_path, record).rows("conversations")
    hidden = Pseudonymizer(KEY.encode()).user_key(USER)
    assert json.loads(json.loads(row["metadata"])["context"]) == {"user_id": hidden, "plan": "pro"}


@pytest.mark.parametrize("name", ["langfuse_user_id", "enduser.id", "traceloop.association.properties.user_id"])
def test_every_name_of_a_user_in_metadata_is_seen(tmp_path, name):
    record = {"conversation_id": "c-1", "started_at": "2026-11-02T09:00:00Z", "turns": [], "metadata": {name: USER}}
    (row,) = stage_records(tmp_path, record).rows("conversations")
    assert json.loads(row["metadata"]) == {name: Pseudonymizer(KEY.encode()).user_key(USER)}


@pytest.mark.parametrize(
    "record",
    [
        {"turns": [{"tool_calls": [CALL]}]},
        {"content": RESULT},
        {"content": TWICE},
        {"content": BROKEN},
        {"metadata": json.dumps({"sender": USER})},
        {"metadata": json.dumps({"by_user": {USER: {"plan": "pro"}}})},
    ],
)
def test_an_erased_person_is_recognised_within_json_as_text(record):
    stones = Tombstones(b"t" * 32, frozenset())
    raw = json.dumps(record).encode()
    assert stones.having({stones.digest("user", USER)}).in_text(raw)
    assert not stones.having({stones.digest("user", "4712")}).in_text(raw)


def test_an_erased_person_is_recognised_by_the_pseudonym_that_masking_put_into_text():
    stones = Tombstones(b"t" * 32, frozenset())
    stored = mask_record(refused(TWICE), PSEUDONYMS).encode()
    assert stones.having({stones.digest("pseudonym", PSEUDONYMS.user_key(USER))}).in_text(stored)
