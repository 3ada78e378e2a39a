"""What identifies a turn and a piece of feedback, what their digests cover, and what missing fields become."""

from datetime import UTC, datetime

from tests.support.ingesting import stage_records

START = "2026-11-02T09:00:00Z"


def conversation(*turns, **fields):
    return {"conversation_id": "c-1", "started_at": START, "turns": list(turns), **fields}


def keys(tmp_path, name, *turns):
    rows = stage_records(tmp_path / name, conversation(*turns)).rows("turns")
    return [row["turn_key"] for row in sorted(rows, key=lambda row: row["position"])]


def said(content, **fields):
    return {"role": "user", "content": content, **fields}


def test_a_message_id_is_the_key(tmp_path):
    assert keys(tmp_path, "a", said("x", message_id="m-7")) == ["m-7"]


def test_alike_turns_are_numbered(tmp_path):
    first, other, second, third = keys(tmp_path, "a", said("ok"), said("no"), said("ok"), said("ok"))
    assert (second, third) == (f"{first}-1", f"{first}-2")
    assert other != first


def test_a_sliding_export_does_not_shift_the_keys(tmp_path):
    turns = [said(f"line {i}", created_at=f"2026-11-02T09:00:{i:02d}Z") for i in range(6)]
    assert keys(tmp_path, "late", *turns[2:]) == keys(tmp_path, "whole", *turns)[2:]


def test_position_is_no_part_of_the_digest_and_latency_is(tmp_path):
    def digests(name, *turns):
        return {
            r["content"]: r["record_digest"] for r in stage_records(tmp_path / name, conversation(*turns)).rows("turns")
        }

    plain = digests("a", said("x"), said("y"))
    assert digests("b", said("y"), said("x")) == plain
    slower = digests("c", said("x", latency_ms=5), said("y"))
    assert slower["x"] != plain["x"]
    assert slower["y"] == plain["y"]
    assert keys(tmp_path, "d", said("x", latency_ms=5)) == keys(tmp_path, "e", said("x"))


def test_key_order_and_space_do_not_change_a_digest(tmp_path):
    first = b'{"conversation_id":"c","channel":"web","started_at":"2026-11-02T09:00:00Z","turns":[]}'
    second = b'{ "turns": [], "started_at": "2026-11-02T10:00:00+01:00", "channel": "web", "conversation_id": "c" }'
    digests = {row["record_digest"] for row in stage_records(tmp_path, first, second).rows("conversations")}
    assert len(digests) == 1


def test_a_changed_rating_is_a_revision_of_the_same_feedback(tmp_path):
    def piece(value):
        return conversation(feedback=[{"kind": "rating", "value": value, "scale": "1-5"}])

    before, after = stage_records(tmp_path, piece(2), piece(4)).rows("feedback")
    assert before["feedback_key"] == after["feedback_key"]
    assert before["record_digest"] != after["record_digest"]
    # (2 − 1) / 4 and (4 − 1) / 4
    assert (before["score"], after["score"]) == (0.25, 0.75)


def test_turns_without_any_time_take_the_start(tmp_path):
    rows = stage_records(tmp_path, conversation(said("a"), said("b"))).rows("turns")
    assert {row["occurred_at"] for row in rows} == {datetime(2026, 11, 2, 9, tzinfo=UTC)}


def test_a_turn_without_a_time_among_others_takes_the_one_before(tmp_path):
    rows = stage_records(
        tmp_path, conversation(said("a"), said("b", created_at="2026-11-02T09:00:09Z"), said("c"))
    ).rows("turns")
    seconds = [row["occurred_at"].second for row in sorted(rows, key=lambda row: row["position"])]
    assert seconds == [0, 9, 9]


def test_without_a_start_the_first_turn_is_the_start(tmp_path):
    record = conversation(said("a", created_at=START))
    del record["started_at"]
    (row,) = stage_records(tmp_path, record).rows("conversations")
    assert row["started_at"] == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_feedback_without_a_time_takes_end_then_last_turn_then_start(tmp_path):
    piece = {"feedback": [{"kind": "thumb", "value": "up"}]}
    last = said("a", created_at="2026-11-02T09:07:00Z")
    records = (
        conversation(last, ended_at="2026-11-02T09:30:00Z", **piece),
        conversation(last, **piece),
        conversation(**piece),
    )
    rows = sorted(stage_records(tmp_path, *records).rows("feedback"), key=lambda row: row["line"])
    assert [row["received_at"].minute for row in rows] == [30, 7, 0]


def test_feedback_alone_is_marked_so_and_has_no_start(tmp_path):
    record = {"conversation_id": "c-9", "feedback": [{"kind": "comment", "comment": "late", "created_at": START}]}
    result = stage_records(tmp_path, record)
    (row,) = result.rows("conversations")
    assert (row["is_feedback_only"], row["started_at"], row["turn_count"]) == (True, None, 0)
    assert result.rows("feedback")[0]["score"] is None


def test_what_is_missing_is_left_open_for_other_records_of_the_conversation(tmp_path):
    (row,) = stage_records(tmp_path, conversation()).rows("conversations")
    assert (row["assistant_id"], row["channel"], row["origin"], row["is_internal"]) == (
        "unknown", "unknown", None, None,
    )  # fmt: skip
    assert (row["user_key"], row["ended_at"], row["outcome"], row["metadata"]) == (None, None, None, None)


def test_other_fields_are_kept_in_metadata(tmp_path):
    (row,) = stage_records(tmp_path, conversation(queue="returns", metadata={"locale": "en"})).rows("conversations")
    assert row["metadata"] == '{"locale":"en","queue":"returns"}'


def test_parts_are_kept_and_their_text_is_the_content(tmp_path):
    parts = [
        {"type": "text", "text": "is this"},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "text", "text": "ok?"},
    ]
    (row,) = stage_records(tmp_path, conversation(said(parts))).rows("turns")
    assert row["content"] == "is this\nok?"
    assert row["parts"].startswith('[{"type":"text"')
