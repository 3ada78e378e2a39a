"""Each kind of bad input ends in a clear error or as a refused record with its line; its neighbours are kept."""

import errno
import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.ingesting import stage_files, stage_records
from upturn.domain.errors import ConfigurationError, InputError
from upturn.settings import Source

START = "2026-11-02T09:00:00Z"


def conversation(number=1, **fields):
    turns = [{"role": "user", "content": "hello", "created_at": START}, {"role": "assistant", "content": "hi"}]
    turns[1]["created_at"] = "2026-11-02T09:00:04Z"
    return {"conversation_id": f"c-{number}", "started_at": START, "turns": turns, **fields}


def turn(**fields):
    return conversation(turns=[{"role": "user", "content": "hello", **fields}])


def rated(**fields):
    return conversation(feedback=[{"kind": "rating", "value": 3, "scale": "1-5", **fields}])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b'{"conversation_id": "c-9", "turns": [{"role"', "not valid JSON at character"),
        (b'{"conversation_id": "\xff\xfe"}', "not valid UTF-8 at byte 22"),
        (b'{"conversation_id": "c\x00"}', "not valid JSON"),
        (b"[1, 2]", "must be a JSON object, got a list"),
        (b"17", "got a number"),
        ({"turns": []}, "conversation_id is missing"),
        (conversation(conversation_id=None), "conversation_id expected text, got null"),
        (conversation(conversation_id=""), "1 to 512 characters, got 0"),
        (conversation(conversation_id="a\x1fb"), "control characters"),
        (conversation(conversation_id="  "), "conversation_id an id can't be blanks only"),
        (conversation(conversation_id="\u00a0\u2003\x85"), "conversation_id an id can't be blanks only"),
        (turn(message_id=" "), "turns[0].message_id an id can't be blanks only"),
        (conversation(conversation_id={"id": 1}), "conversation_id expected text, got an object"),
        ({"conversation_id": "c"}, "neither turns nor feedback"),
        (conversation(turns="none"), "turns expected a list"),
        (conversation(turns=[5]), "turns[0] expected an object"),
        (conversation(started_at="2026-11-02T09:00:00"), "started_at has no time zone"),
        (conversation(started_at="9999-12-31T23:59:59Z"), "started_at lies outside the years 2000 to 2099"),
        (conversation(started_at="0001-01-01T00:00:00+14:00"), "started_at lies outside"),
        (conversation(ended_at=1e40), "ended_at lies outside"),
        (conversation(ended_at="tomorrow"), "ended_at is no ISO 8601 time"),
        (conversation(started_at=None, turns=[{"role": "user", "content": "a"}]), "no time: give `started_at`"),
        (conversation(outcome="solved"), "outcome expected 'resolved'"),
        (conversation(origin="staging"), "origin"),
        (conversation(is_internal="maybe"), "is_internal expected true or false"),
        (conversation(metadata=[1]), "metadata expected an object"),
        (turn(role="martian"), "turns[0].role"),
        (turn(latency_ms=-1), "turns[0].latency_ms must be a number from 0"),
        (turn(latency_ms="soon"), "turns[0].latency_ms expected a number, got text"),
        (turn(input_tokens=1.5), "turns[0].input_tokens expected a whole number"),
        (turn(content={"a": 1}), "turns[0].content expected text or a list of parts, got an object"),
        (turn(content=True), "turns[0].content expected text or a list of parts, got a boolean"),
        (turn(content=["a"]), "turns[0].content expected every part to be an object, got text"),
        (turn(content="a\x00b"), "turns[0].content holds a null character"),
        (turn(tool_calls=[{"arguments": {}}]), "turns[0].tool_calls[0].name is missing"),
        (turn(tool_calls=[{"name": "f", "arguments": "\x00"}]), "null character"),
        (conversation(metadata={"a": ["\x00"]}), "null character"),
        (turn(updated_at="yesterday"), "turns[0].updated_at"),
        (rated(value=6), "its value is not on its scale: expected a number from 1 to 5"),
        (rated(scale="stars"), "its scale is not known"),
        (rated(scale=None), "a value without a scale"),
        (rated(value=None), "neither a value nor a comment"),
        (rated(kind="emoji"), "feedback[0].kind"),
        (rated(author="robot"), "feedback[0].author"),
        (rated(turn_index=2), "feedback[0].turn_index is beyond the record's 2 turns"),
        (
            {"conversation_id": "c", "feedback": [{"kind": "comment", "comment": "x"}]},
            "feedback[0] has no `created_at`",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_record_is_refused_with_its_line_and_reason(tmp_path, bad, said):
    result = stage_records(tmp_path, conversation(1), bad, conversation(2))
    (refused,) = result.rows("rejected")
    assert refused["line"] == 2
    assert said in refused["reason"]
    assert "\n" not in refused["reason"]
    assert [row["conversation_id"] for row in result.rows("conversations")] == ["c-1", "c-2"]
    assert len(result.rows("turns")) == 4
    assert (result.counts.read, result.counts.quarantined) == (3, 1)


def test_a_refusal_quotes_no_customer(tmp_path):
    result = stage_records(tmp_path, turn(content={"secret": "xyzzy"}, role="xyzzy", latency_ms="xyzzy"))
    assert "xyzzy" not in result.reasons[0]
    assert "xyzzy" in result.rows("rejected")[0]["record"]


def test_a_refused_record_tells_its_conversation_and_turns(tmp_path):
    (refused,) = stage_records(tmp_path, conversation(7, outcome="?")).rows("rejected")
    assert (refused["conversation_id"], refused["turn_count"]) == ("c-7", 2)


def test_the_id_of_a_refused_record_can_be_shown(tmp_path):
    (refused,) = stage_records(tmp_path, conversation(conversation_id="a\x1b[2J\x00\x9b")).rows("rejected")
    assert refused["conversation_id"] == r"a\x1b[2J\x00\x9b"


def test_times_without_offset_take_the_zone_of_their_source(tmp_path):
    path = tmp_path / "inbox" / "chat-2026-11-02.jsonl"
    path.parent.mkdir()
    path.write_text('{"conversation_id": "c", "started_at": "2026-11-02T09:00:00", "turns": []}\n')
    source = Source(name="chat", path="inbox/chat-{day}.jsonl", timezone="Europe/Paris")
    (row,) = stage_files(tmp_path, path, sources=(source,)).rows("conversations")
    # Paris is at +01:00 in November
    assert row["started_at"] == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert row["source_name"] == "chat"


def test_a_ten_megabyte_message_is_kept(tmp_path):
    long = "a word " * 1_500_000
    result = stage_records(tmp_path, turn(content=long), conversation(2))
    assert next(row["content"] for row in result.rows("turns")) == long
    assert result.reasons == []


def test_a_gzip_that_breaks_off_keeps_what_came_before(tmp_path):
    lines = "".join(
        f'{{"conversation_id": "c-{i}", "started_at": "{START}", "turns": [], "noise": "{os.urandom(200).hex()}"}}\n'
        for i in range(200)
    )
    whole = gzip.compress(lines.encode())
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    result = stage_files(tmp_path, path)
    kept = len(result.rows("conversations"))
    (refused,) = result.rows("rejected")
    # half of the bytes hold half of the records, give or take what deflate packs together
    assert 80 < kept < 120
    assert refused["line"] == kept + 1
    assert "gzip stream breaks off" in refused["reason"]


def test_a_damaged_gzip_keeps_what_came_before(tmp_path):
    whole = bytearray(gzip.compress(b'{"conversation_id": "c-1", "started_at": "%s", "turns": []}\n' % START.encode()))
    whole[-6] ^= 0xFF  # the check sum
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    result = stage_files(tmp_path, tmp_path / "a.jsonl.gz")
    assert len(result.rows("conversations")) == 1
    assert result.reasons == ["the gzip stream is damaged here"]


def test_a_json_array_that_is_cut_short_keeps_its_whole_elements(tmp_path):
    text = b'[{"conversation_id": "c-1", "started_at": "%s", "turns": []}, {"conversation_id": "c-2' % START.encode()
    (tmp_path / "a.json").write_bytes(text)
    result = stage_files(tmp_path, tmp_path / "a.json")
    assert len(result.rows("conversations")) == 1
    assert [(row["line"], row["rule"]) for row in result.rows("rejected")] == [(2, "reading")]
    assert "cut short" in result.reasons[0]


@pytest.mark.parametrize("content", [b"", b"\n  \n", b"[]", b"[ ]\n"])
def test_an_empty_file_has_no_records(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    counts = stage_files(tmp_path, tmp_path / "a.json").counts
    assert (counts.read, counts.notes["files"]) == (0, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"apples": 3, "pears": 4}\n', "apples, pears"),
        (b"hello there\n", "none of the first 1 records is a JSON object"),
        (b"PAR1\x00\x01", "can't be read as Parquet"),
        (b"PK\x03\x04abc", "a zip archive"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (gzip.compress(b'{"a": 1}')[:9], "breaks off"),
    ],
    ids=["fields", "words", "parquet", "zip", "utf-16", "stump"],
)
def test_a_file_that_is_no_log_is_an_error_that_names_it(tmp_path, content, said):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.jsonl") as error:
        stage_files(tmp_path, path)
    assert said in str(error.value)
    assert not (tmp_path / "staging" / "batch").exists()


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.jsonl names no log file"):
        stage_files(tmp_path, tmp_path / "nowhere.jsonl")


def test_an_unknown_forced_format_names_the_known(tmp_path):
    with pytest.raises(ConfigurationError, match="openai_chat"):
        stage_records(tmp_path, conversation(), format="nope")


def test_a_file_without_permission_is_an_error_that_names_it(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_text("{}")

    usual = Path.open

    def deny(self, *arguments, **options):
        if self.name == path.name:
            raise PermissionError(errno.EACCES, "Permission denied")
        return usual(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", deny)  # root may read anything, so the system is played
    with pytest.raises(InputError, match=r"a\.jsonl can't be read: this user may not read it"):
        stage_files(tmp_path, path)


def test_a_bad_file_within_a_folder_is_refused_and_the_others_are_kept(tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "good.jsonl").write_bytes(b'{"conversation_id": "c", "started_at": "%s", "turns": []}\n' % START.encode())
    (folder / "other.json").write_bytes(b'{"apples": 3}')
    (folder / ".hidden.json").write_bytes(b"no")
    (folder / "readme.txt").write_bytes(b"no")
    result = stage_files(tmp_path, folder)
    assert len(result.rows("conversations")) == 1
    assert [(row["file"], row["line"], row["rule"]) for row in result.rows("rejected")] == [
        ("logs/other.json", None, "file")
    ]


def test_a_failed_ingest_leaves_no_staging_behind(tmp_path):
    (tmp_path / "good.jsonl").write_bytes(b'{"conversation_id": "c", "started_at": "%s", "turns": []}' % START.encode())
    (tmp_path / "bad.jsonl").write_bytes(b"words")
    with pytest.raises(InputError):
        stage_files(tmp_path, tmp_path / "good.jsonl", tmp_path / "bad.jsonl")
    assert [path for path in (tmp_path / "staging").iterdir() if path.suffix != ".claim"] == []


def test_a_file_that_a_folder_holds_and_nobody_can_read_is_named(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "chat.jsonl").write_text(json.dumps(conversation()) + "\n", encoding="utf-8")
    (logs / "prices.json").write_text('[{"price": 5, "sku": "x"}]', encoding="utf-8")
    result = stage_files(tmp_path / "home", logs)
    assert (result.counts.read, result.counts.quarantined) == (2, 1)
    assert str(result.counts.notes["files_refused"]).endswith("prices.json")
    assert "of no known format" in result.reasons[0]


def test_where_every_file_is_read_none_is_named_as_refused(tmp_path):
    assert "files_refused" not in stage_records(tmp_path, conversation()).counts.notes


def test_a_file_that_breaks_off_in_its_first_record_says_so(tmp_path):
    path = tmp_path / "chat.jsonl.gz"
    noise = "".join(chr(97 + number * number % 23) for number in range(5000))
    path.write_bytes(gzip.compress(json.dumps(conversation(1, metadata={"note": noise})).encode())[:100])
    with pytest.raises(InputError, match=r"chat\.jsonl\.gz can't be read: the gzip stream breaks off here"):
        stage_files(tmp_path / "home", path)


def test_a_line_that_is_cut_says_where_and_nothing_of_what_it_says(tmp_path):
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps(conversation(1, metadata={"note": "a secret word"}))[:-20], encoding="utf-8")
    with pytest.raises(
        InputError, match=r"none of the first 1 records is a JSON object \(the first: not valid"
    ) as told:
        stage_files(tmp_path / "home", path)
    assert "secret" not in str(told.value)
