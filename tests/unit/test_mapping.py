"""The language of mappings, key by key; the guide names every key, and its example works."""

import contextlib
import json
import re
import tomllib
from pathlib import Path

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ingesting import stage_files
from upturn.domain.errors import ConfigurationError
from upturn.formats.canonical import CanonicalRecord, Feedback, Turn
from upturn.formats.mapping import (
    ConversationMapping,
    FeedbackMapping,
    FileLayout,
    MappedField,
    Mapping,
    TurnsMapping,
    mapping_schema,
)
from upturn.formats.mapping_files import load_mapping, mapping_format
from upturn.formats.registry import Place, RefusedRecordError, SkippedRecord
from upturn.settings import Settings, Source

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/map-your-logs.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "docs/examples/mappings").glob("*.toml"))
ID = 'conversation = { conversation_id = "id", started_at = { value = "2026-11-02T09:00:00Z" } }\n'
TURN = '[turns]\neach = "turns"\nrole = { path = "who", values = { a = "user", b = "assistant" } }\ncontent = "said"\n'


def mapped(toml, record, *, line=1, file="logs/a.jsonl"):
    form = mapping_format(tomllib.loads(toml), where="m.toml")
    (canonical,) = form.canonical(record, Place(file, line))
    return canonical


def refused(toml, record):
    with pytest.raises(RefusedRecordError) as caught:
        mapped(toml, record)
    return str(caught.value)


def wrong(toml):
    with pytest.raises(ConfigurationError) as caught:
        mapping_format(tomllib.loads(toml), where="m.toml")
    return str(caught.value)


def field(spec, record):
    """What a metadata field with this specification finds."""
    toml = f"{ID}[conversation_metadata]"
    values = tomllib.loads(ID) | {}
    values["conversation"]["metadata"] = {"x": spec}
    assert toml
    (canonical,) = mapping_format(values, where="m.toml").canonical({"id": "c", **record}, Place("logs/a.b.jsonl", 7))
    return canonical.get("metadata", {}).get("x")


@pytest.mark.parametrize(
    ("spec", "record", "found"),
    [
        ("a.b[1]", {"a": {"b": [1, 2]}}, 2),
        ({"value": "web"}, {}, "web"),
        ({"text": "{$file}-{$line}-{a}-{b}"}, {"a": 1.0, "b": True}, "a-7-1-true"),
        ({"text": "x-{a}"}, {"a": None}, None),
        ({"text": "x-{a}"}, {"a": [1]}, None),
        ({"path": "a", "nothing": ["n/a", 0]}, {"a": "n/a"}, None),
        ({"path": "a", "nothing": ["n/a", 0]}, {"a": 0.0}, None),
        ({"path": "a", "values": {"1": "one"}}, {"a": 1.0}, "one"),
        ({"path": "a", "values": {"true": "yes"}}, {"a": True}, "yes"),
        ({"path": "a", "values": {"x": "y"}}, {"a": None}, None),
        ({"path": "a", "values": {"x": "y"}, "unknown": "default", "default": "z"}, {"a": "q"}, "z"),
        ({"path": "a", "default": "z"}, {}, "z"),
        ("from_json(a).b", {"a": '{"b": 3}'}, 3),
        ("split(a, ',')", {"a": "1, 2"}, ["1", "2"]),
        ("lower(trim(a))", {"a": " Ab "}, "ab"),
        ("a == `1` && b", {"a": 1, "b": "x"}, "x"),
        ("a == `1` && b", {"a": 2, "b": "x"}, None),
        # Unix times: 1793610000 s is 2026-11-02T09:00:00Z (`date -u -d @1793610000`)
        ({"path": "a", "time": "s"}, {"a": "1793610000"}, "2026-11-02T09:00:00+00:00"),
        ({"path": "a", "time": "ms"}, {"a": 1793610000500}, "2026-11-02T09:00:00.500000+00:00"),
        ({"path": "a", "time": "us"}, {"a": 1793610000000000}, "2026-11-02T09:00:00+00:00"),
        ({"path": "a", "time": "ns"}, {"a": 1793610000000000000}, "2026-11-02T09:00:00+00:00"),
        ({"path": "a", "time": "%d.%m.%Y %H:%M", "zone": "Europe/Paris"}, {"a": "02.11.2026 10:00"},
         "2026-11-02T09:00:00+00:00"),
        ({"path": "a", "time": "%d.%m.%Y %H:%M"}, {"a": "02.11.2026 10:00"}, "2026-11-02T10:00:00"),
        ({"path": "a", "zone": "Europe/Paris"}, {"a": "2026-11-02 10:00"}, "2026-11-02T09:00:00+00:00"),
        ({"path": "a", "zone": "Europe/Paris"}, {"a": "2026-11-02T10:00:00Z"}, "2026-11-02T10:00:00+00:00"),
        ({"path": "a", "time": "s", "after": "b"}, {"a": 90, "b": 1793610000}, "2026-11-02T09:01:30+00:00"),
    ],
)  # fmt: skip
def test_a_field_is_read_as_its_keys_say(spec, record, found):
    assert field(spec, record) == found


def test_a_digest_is_of_the_record_and_not_of_its_order():
    assert field({"text": "{$digest}"}, {"a": 1, "b": 2}) == field({"text": "{$digest}"}, {"b": 2, "a": 1})
    assert field({"text": "{$digest}"}, {"a": 1}) != field({"text": "{$digest}"}, {"a": 2})


@pytest.mark.parametrize(
    ("spec", "record", "reason"),
    [
        ({"path": "a", "values": {"x": "y"}}, {"a": "secret"}, "x: a value that the mapping does not know; it knows x"),
        ("length(a)", {"a": None}, "x: length(): expected text or a list or an object, got nothing"),
        ("from_json(a)", {"a": "{secret"}, "x: from_json(): the text is no valid JSON"),
        ({"path": "a", "time": "s"}, {"a": "secret"}, "x: expected a number of time, got text"),
        ({"path": "a", "time": "ms"}, {"a": 1793610000},
         "x: lies outside the years 2000 to 2099: is `time` of the mapping the right unit?"),
        ({"path": "a", "time": "%H:%M"}, {"a": "secret"}, "x: is no time of the form %H:%M"),
        ({"path": "a", "time": "s", "after": "b"}, {"a": 1}, "x: the time that `after` names can't be read"),
        ({"path": "a", "time": "s", "after": "b"}, {"a": -1, "b": 1793610000},
         "x: a time after the start that is negative or more than a year"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_refuses_the_record_and_quotes_nothing(spec, record, reason):
    with pytest.raises(RefusedRecordError) as caught:
        field(spec, record)
    assert str(caught.value) == f"metadata: {reason}"


def test_turns_and_feedback_of_turns_know_their_place():
    toml = f"{ID}{TURN}message_id = {{ text = '{{id}}-{{$turn}}', of = 'record' }}\n" + (
        '[[turns.feedback]]\neach = "split(stars, \',\')"\nkind = "rating"\nscale = "1-5"\nvalue = "@"\n'
        "feedback_id = { text = '{$turn}/{$number}' }\n"
    )
    canonical = mapped(toml, {"id": "c", "turns": [{"who": "a", "said": "Hi"}, {"who": "b", "stars": "3,4"}]})
    assert canonical["turns"] == [
        {"role": "user", "content": "Hi", "message_id": "c-0"}, {"role": "assistant", "message_id": "c-1"}
    ]  # fmt: skip
    assert [(one["turn_index"], one["value"], one["feedback_id"]) for one in canonical["feedback"]] == [
        (1, "3", "1/0"), (1, "4", "1/1"),
    ]  # fmt: skip


def test_an_unknown_value_is_kept_where_the_mapping_says_so():
    toml = (
        ID[:-3] + ', outcome = { path = "o", values = { s = "resolved" }, unknown = "metadata" } }\n'
        + TURN + 'error_type = { path = "e", values = { t = "timeout" }, unknown = "metadata" }\n'
    )  # fmt: skip
    canonical = mapped(toml, {"id": "c", "o": "odd", "turns": [{"who": "a", "e": 5}, {"who": "a", "e": 5}]})
    assert canonical["metadata"] == {"unknown_values": {"outcome": ["odd"], "turns.error_type": ["5"]}}
    assert "outcome" not in canonical
    assert refused(ID + TURN, {"id": "c", "turns": [{"who": "a"}, {"who": "x"}]}) == (
        "turns[1].role: a value that the mapping does not know; it knows a, b"
    )


@pytest.mark.parametrize(
    ("scale", "value", "kept"),
    [("1-5", 4, ("4", "1-5")), ("5-1", 4, ("2", "1-5")), ("5-1", "x", ("x", "5-1")),
     ("thumb", False, ("down", "thumb")), ("thumb", 1.0, ("up", "thumb")), ("0-1", 0.25, ("0.25", "0-1"))],
)  # fmt: skip
def test_scales_are_read_from_the_worst_end_to_the_best(scale, value, kept):
    toml = f'{ID}[[feedback]]\nkind = "rating"\nscale = "{scale}"\nvalue = "v"\n'
    (piece,) = mapped(toml, {"id": "c", "v": value})["feedback"]
    assert (piece["value"], piece["scale"]) == kept


def test_feedback_without_value_and_comment_is_none():
    toml = f'{ID}[[feedback]]\nkind = "thumb"\nvalue = "v"\ncomment = "c"\n'
    assert "feedback" not in mapped(toml, {"id": "c", "v": None})
    assert mapped(toml, {"id": "c", "c": "slow"})["feedback"] == [{"kind": "thumb", "comment": "slow"}]


def test_records_within_a_record_and_what_is_in_none_of_them():
    toml = 'records = "all[]"\n[conversation]\nconversation_id = "id"\nstarted_at = "at"\n'
    form = mapping_format(tomllib.loads(toml), where="m.toml")
    found = form.canonical({"all": [{"id": 1, "at": "x"}, {"id": 2}, {"id": 3, "at": "y"}]}, Place("f", 1))
    assert [one["conversation_id"] for one in found] == [1, 3]
    for empty in ({}, {"all": []}, {"all": [{"id": 1}]}):
        with pytest.raises(SkippedRecord, match="no turn, no feedback and no start"):
            form.canonical(empty, Place("f", 1))


def test_a_turn_without_a_time_has_that_of_the_one_before_it():
    record = {"id": "c", "turns": [{"who": "a", "at": 1793610000}, {"who": "b"}, {"who": "a", "at": 1793610005}]}
    turns = mapped(ID + TURN + 'created_at = "at"\n', record)["turns"]
    assert [turn["created_at"][17:19] for turn in turns] == ["00", "00", "05"]


def test_a_transcript_is_split_at_its_heads():
    toml = f"""{ID}[turns]
each = "script"
head = '(?m)^\\[(?P<at>[0-9:]+)\\] (?P<who>Client|Bot): '
role = {{ path = "who", values = {{ Client = "user", Bot = "assistant" }} }}
content = "text"
"""
    script = "[9:00] Client: Hello,\nBot: are you there?\n[9:01] Bot: Yes.\n"
    assert mapped(toml, {"id": "c", "script": script})["turns"] == [
        {"role": "user", "content": "Hello,\nBot: are you there?"}, {"role": "assistant", "content": "Yes."}
    ]  # fmt: skip
    assert refused(toml, {"id": "c", "script": "secret " + script}).startswith("turns.head: there is text before")
    assert refused(toml, {"id": "c", "script": 5}) == "turns.each: expected a text to split, got a number"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "m.toml: conversation: is missing"),
        ("[conversation]\nconversation_id = 'a'\nuser_id = 'u'\nmetadata = { who = 'u' }",
         "metadata.who is the user's id, which is stored as a pseudonym only"),
        ("conversation = 5", "conversation: expected a path as text, or a table"),
        ("[conversation]\nconversation_id = 'a['", "conversation_id.path: is no JMESPath: at character 3, got 'a['"),
        ("[conversation]\nconversation_id = 'foo(a)'", "calls foo(), which JMESPath has not, got 'foo(a)'"),
        ("[conversation]\nconversation_id = { path = 'a', value = 'b' }", "expected one of `path`, `value` and `text`"),
        ("[conversation]\nconversation_id = { text = '{a' }", "has a brace without its other"),
        ("[conversation]\nconversation_id = { text = '{$row}' }", "holds {$row}: expected a path or one of $line"),
        (ID + "colour = 'red'", "colour: there is no such key"),
        (ID + "[turns]\nrole = 'r'\nspeaker = 's'", "turns.speaker: there is no such key"),
        (ID + "[turns]\nrole = { path = 'r', values = {a='user'}, unknown = 'metadata' }", "a turn needs one"),
        (ID + "[turns]\nrole = { path = 'r', unknown = 'default' }", "`unknown` says what happens beside `values`"),
        (ID + "[turns]\nrole = 'r'\ncreated_at = { path = 'a', time = 'hours' }", 'expected "iso", "s", "ms"'),
        (ID + "[turns]\nrole = 'r'\ncreated_at = { path = 'a', zone = 'Mars' }", "no such time zone"),
        (ID + "[turns]\nrole = 'r'\ncreated_at = { path = 'a', after = 'b' }", "`after` needs a `time` that counts"),
        (ID + "[turns]\nrole = 'r'\nhead = '(?=x)'", "turns.head: is no RE2 expression"),
        (ID + "[turns]\nrole = 'r'\nhead = 'x'", "turns.head: names no group"),
        (ID + "[[feedback]]\nkind = 'stars'", "feedback[0].kind: expected rating, thumb, csat, nps, comment"),
        (ID + "[[feedback]]\nkind = 'rating'\nscale = 'high'", 'expected a range such as "1-5"'),
        (ID + "file = { layout = 'blocks' }", 'layout "blocks" needs `columns` and a `delimiter`'),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_by_file_key_and_what_is_expected(toml, said):
    message = wrong(toml)
    assert message.startswith("m.toml: ")
    assert said in message
    assert message.endswith("see docs/guide/map-your-logs.md")


def test_a_mapping_file_that_is_not_there_or_no_toml(tmp_path):
    with pytest.raises(ConfigurationError, match="can't be read"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 5")
    with pytest.raises(ConfigurationError, match=r"bad\.toml is not valid TOML"):
        load_mapping(tmp_path / "bad.toml")


def test_every_field_of_a_canonical_record_can_be_mapped():
    assert set(CanonicalRecord.model_fields) - {"turns", "feedback"} == set(ConversationMapping.model_fields)
    assert set(Turn.model_fields) - {"tool_name"} == set(TurnsMapping.model_fields) - {"each", "head", "feedback"}
    assert set(Feedback.model_fields) == set(FeedbackMapping.model_fields) - {"each"}


def test_the_guide_names_every_key():
    for model in (Mapping, FileLayout, MappedField, ConversationMapping, TurnsMapping, FeedbackMapping):
        for name in model.model_fields:
            assert re.search(rf"\b{name}\b", GUIDE), f"{model.__name__}.{name}"


def test_the_example_of_the_guide_works(tmp_path):
    toml = re.search(r"```toml\n(name.*?)```", GUIDE, re.DOTALL)[1]
    (tmp_path / "m.toml").write_text(toml)
    log = [{"from": "human", "text": "Hi", "ms": 0}, {"from": "bot", "text": "Hello", "ms": 1500}]
    record = {"id": 7, "agent": {"build": "2.1"}, "user": "u-9", "state": "SOLVED", "stars": 4, "log": log,
              "begun": "03.11.2026 09:15"}  # fmt: skip
    odd = {**record, "id": 8, "log": [*log, {"from": "alien", "text": "x"}]}
    (tmp_path / "l.jsonl").write_bytes(orjson.dumps(record) + b"\n" + orjson.dumps(odd) + b"\n")
    result = stage_files(tmp_path / "home", tmp_path / "l.jsonl", mapping=tmp_path / "m.toml")
    assert result.reasons == ["turns[2].role: a value that the mapping does not know; it knows human, bot"]
    assert [row["occurred_at"].isoformat() for row in result.rows("turns")] == [
        "2026-11-03T08:15:00+00:00", "2026-11-03T08:15:01.500000+00:00"  # Paris is an hour ahead in November
    ]  # fmt: skip
    assert result.rows("feedback")[0]["score"] == 0.75
    assert result.rows("rejected")[0]["rule"] == "chats"
    assert "u-9" not in str([table.to_pylist() for table in result.tables.values()])


def test_a_source_names_its_mapping_or_holds_it(tmp_path):
    values = tomllib.loads('[conversation]\nconversation_id = "id"\nstarted_at = "at"\n')
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a-2026-11-02.jsonl").write_bytes(b'{"id": "c-1", "at": "2026-11-02T09:00:00Z"}\n')
    (tmp_path / "m.toml").write_text('[conversation]\nconversation_id = "id"\nstarted_at = "at"\n')
    for mapping in ("m.toml", values):
        source = Source(name="a", path="inbox/a-{day}.jsonl", mapping=mapping)
        result = stage_files(tmp_path, tmp_path / "inbox" / "a-2026-11-02.jsonl", sources=(source,))
        assert [row["conversation_id"] for row in result.rows("conversations")] == ["c-1"]
    with pytest.raises(ValueError, match="a `format` and a `mapping`"):
        Settings(sources=({"name": "a", "path": "{day}", "mapping": "m.toml", "format": "upturn"},))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_fit_the_published_schema(path):
    published = json.loads((ROOT / "docs/reference/mapping.schema.json").read_text(encoding="utf-8"))
    assert published == mapping_schema(), "run `make reference`"
    jsonschema.Draft202012Validator(published).validate(tomllib.loads(path.read_text(encoding="utf-8")))
    assert load_mapping(path).name == path.stem


LEAF = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=4)
NAMES = st.sampled_from(
    ["Events", "Agent", "Action", "Text", "UnixTime", "Item", "CompletionLevel", "DialogueID", "context", "generation",
     "reward", "rows", "text", "satisfaction", "speaker", "dialog", "sender", "original", "scenario", "LUHF"]
)  # fmt: skip
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@settings(max_examples=150, deadline=None)
@given(record=st.dictionaries(NAMES, JSON, max_size=6))
def test_any_record_is_mapped_refused_or_skipped(path, record):
    form = load_mapping(path)
    with contextlib.suppress(RefusedRecordError, SkippedRecord):
        list(form.canonical(record, Place("f", 1)))
    form.user_ids(record, Place("f", 1))
