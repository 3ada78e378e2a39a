"""A recorded session of an agent becomes one conversation of the events that its stream gave."""

from pathlib import Path

import orjson
import pytest

from tests.support.ingesting import stage_files
from tests.support.shared import shared_data
from upturn.formats.claude_sessions import claude_sessions
from upturn.formats.registry import RefusedRecordError

FIXTURE = Path(__file__).parents[1] / "fixtures/formats/claude_sessions/recording.jsonl"
ROWS = [orjson.loads(line) for line in FIXTURE.read_bytes().splitlines()]


def test_events_are_turns_and_what_was_sent_is_not_told_twice():
    (record,) = claude_sessions({"rows": ROWS})
    assert [(turn["role"], turn["content"]) for turn in record["turns"]] == [
        ("system", "You track parcels."),
        ("user", "Where is parcel 4711?"),
        ("assistant", None),
        ("tool", "In transit"),
        ("assistant", "It is on its way."),
    ]
    call, result = record["turns"][2:4]
    assert call["tool_calls"] == [{"id": "sevt_4", "name": "track", "arguments": {"parcel": "4711"}}]
    # From 01.2 to 03.2; 2 tokens read and 70 from the cache.
    assert (call["latency_ms"], call["input_tokens"], call["output_tokens"]) == (2000.0, 72, 12)
    assert (result["tool_call_id"], result["message_id"]) == ("sevt_4", "sevt_6")
    assert (record["conversation_id"], record["user_id"], record["assistant_id"]) == (
        "sesn_01", "anna.k@example.org", "Parcel desk",
    )  # fmt: skip
    assert (record["config_version"], record["metadata"]) == ("claude-sonnet-5", {"locale": "en-GB"})


def test_a_stream_seen_twice_is_told_once():
    (record,) = claude_sessions({"rows": [*ROWS, *ROWS[2:]]})
    assert len(record["turns"]) == 5


@pytest.mark.parametrize(
    "rows",
    [
        [row for row in ROWS if row[0].endswith("stream")],
        [*ROWS, ["client.beta.sessions.events.send", ["sesn_02", {"events": []}]]],
        [],
        5,
    ],
)
def test_a_recording_without_one_session_is_refused(rows):
    with pytest.raises(RefusedRecordError, match="of one session"):
        list(claude_sessions({"rows": rows}))


def test_a_recording_that_breaks_off_is_refused_whole(tmp_path):
    path = tmp_path / "broken.jsonl"
    path.write_bytes(FIXTURE.read_bytes()[:-30])
    result = stage_files(tmp_path / "home", path, format="claude_sessions")
    assert (len(result.reasons), result.counts.notes["turns"]) == (1, 0)
    assert "anna.k" not in str(result.rows("rejected"))


@pytest.mark.shared_data
def test_a_real_recording_adds_up(tmp_path):
    result = stage_files(tmp_path, shared_data("fmt_langsmith") / "anthropic_managed_custom_tools.jsonl")
    assert (result.reasons, result.counts.read, result.counts.notes["conversations"]) == ([], 1, 1)
    # System prompt, question, call of get_weather, its result, answer; 14 of 19 lines are calls, states and spans.
    assert [row["role"] for row in result.rows("turns")] == ["system", "user", "assistant", "tool", "assistant"]
    call, answer = (row for row in result.rows("turns") if row["role"] == "assistant")
    # 2 + 7201 and 2 + 7271 tokens; 14:16:30.622052 to 14:16:36.646424, and 37.570394 to 39.272281.
    assert [(row["input_tokens"], row["output_tokens"]) for row in (call, answer)] == [(7203, 50), (7273, 30)]
    assert [row["latency_ms"] for row in (call, answer)] == [6024.372, 1701.887]
