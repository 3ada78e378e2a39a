"""Tickets, audits, ticket events and ratings of Zendesk become conversations and feedback."""

import json
from pathlib import Path

import pytest

from tests.support.ingesting import stage_files
from upturn.formats.registry import RefusedRecordError, formats
from upturn.formats.zendesk import zendesk

FIXTURES = Path(__file__).parents[1] / "fixtures/formats/zendesk"
AT = "2026-11-02T09:00:00Z"


def comment(author=20, public=True, **fields):
    return {"id": 1, "author_id": author, "body": "hi", "public": public, "created_at": AT, **fields}


def ticket(*comments, **beside):
    about = {"id": 4711, "requester_id": 20, "created_at": AT, "via": {"channel": "web"}}
    return list(zendesk({"ticket": about, "comments": list(comments), **beside}))


def staged(path, conversation_id, tmp_path):
    result = stage_files(tmp_path, path)
    turns = [row for row in result.rows("turns") if row["conversation_id"] == conversation_id]
    (row,) = [
        row for row in result.rows("conversations") if row["conversation_id"] == conversation_id and row["turn_count"]
    ]
    return row, sorted(turns, key=lambda turn: (turn["occurred_at"], turn["position"]))


def test_a_ticket_keeps_its_public_comments_and_counts_the_private_ones(tmp_path):
    row, turns = staged(FIXTURES / "tickets.json", "4711", tmp_path)
    assert [(turn["turn_key"], turn["role"], turn["content"]) for turn in turns] == [
        ("1", "user", "It should have come yesterday."),
        ("2", "system", "We received your request."),
        ("4", "agent", "It is in Ghent."),
    ]
    assert json.loads(turns[0]["parts"]) == [
        {
            "type": "image",
            "size": 2048,
            "media_type": "image/png",
            "name": "label.png",
            "reference": "https://z.example/5",
        }
    ]
    assert json.loads(row["metadata"]) == {
        "subject": "Where is my parcel?", "status": "solved", "priority": "normal", "tags": ["delivery"],
        "left_out": {"private comment": 1},
    }  # fmt: skip
    assert (row["channel"], row["outcome"], row["is_internal"]) == ("email", None, None)


def test_a_changed_rating_has_the_identity_of_the_first(tmp_path):
    rows = stage_files(tmp_path, FIXTURES / "tickets.json").rows("feedback")
    assert sorted((row["feedback_key"], row["value"], row["score"], row["comment"]) for row in rows) == [
        ("77", "down", 0.0, None), ("77", "up", 1.0, "Quick, thanks."),
    ]  # fmt: skip


def test_audits_of_a_ticket_tell_who_asked_and_what_was_said(tmp_path):
    row, turns = staged(FIXTURES / "tickets.json", "4713", tmp_path)
    assert [(turn["turn_key"], turn["role"], turn["content"]) for turn in turns] == [
        ("102", "user", "Cancel it, please."), ("111", "agent", "Done."),
    ]  # fmt: skip
    assert row["user_key"] is not None


def test_a_chat_is_a_conversation_of_its_own_with_its_bot(tmp_path):
    row, turns = staged(FIXTURES / "tickets.json", "4323.TyD", tmp_path)
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "hi"), ("assistant", "Hi there. Got a question?"), ("user", None), ("agent", "Tom here."),
    ]  # fmt: skip
    assert json.loads(turns[2]["parts"])[0]["reference"] == "https://z.example/a"
    assert row["channel"] == "messaging"
    assert json.loads(row["metadata"]) == {"ticket_ids": ["4713"], "left_out": {"ChatJoin": 1}}


def test_a_chat_that_repeats_an_earlier_one_says_it_once():
    told = {"type": "ChatMessage", "timestamp": 1793610000, "actor_id": "5", "message": "hi"}
    chat = {"chat_id": "c", "history": [{**told, "is_history_context": True}, told]}
    event = {"type": "ChatStartedEvent", "value": chat}
    _, found = zendesk({"id": 1, "ticket_id": 2, "created_at": AT, "events": [event]})
    assert len(found["turns"]) == 1
    assert found["metadata"]["left_out"] == {"history": 1}


def test_an_end_user_in_copy_is_a_user_where_the_users_are_known():
    (record,) = ticket(comment(), comment(30), comment(9), users=[{"id": 30, "role": "end-user"}])
    assert [turn["role"] for turn in record["turns"]] == ["user", "user", "agent"]


def test_a_ticket_of_staff_is_internal():
    assert ticket(comment(), users=[{"id": 20, "role": "admin"}])[0]["is_internal"] is True
    assert "is_internal" not in ticket(comment())[0]


def test_comments_beside_audits_are_taken_once():
    audit = {"id": 5, "events": [{"id": 1, "type": "Comment", "body": "hi", "public": True}]}
    assert len(ticket(comment(), audits=[audit])[0]["turns"]) == 1


def test_a_ticket_alone_has_no_turn_since_its_description_is_a_comment():
    (record,) = zendesk({"id": 1, "requester_id": 2, "description": "x", "via": {}, "created_at": AT})
    assert (record["turns"], record["user_id"]) == ([], "2")


def test_the_requester_may_stand_there_as_a_person():
    about = {"id": 1, "requester": {"id": 20, "name": "Ann"}, "via": {}, "created_at": AT}
    for record in (
        {"ticket": about, "comments": [comment(), comment(9)]},
        {**about, "comments": [comment(), comment(9)]},
    ):
        assert formats()["zendesk"].sniff(record)
        (found,) = zendesk(record)
        assert found["user_id"] == "20"
        assert [turn["role"] for turn in found["turns"]] == ["user", "agent"]


def test_a_page_of_an_incremental_export_gives_each_ticket():
    page = {
        "tickets": [{"id": n, "requester_id": 2, "via": {}, "created_at": AT} for n in (1, 2)],
        "end_of_stream": True,
    }
    assert [record["conversation_id"] for record in zendesk(page)] == ["1", "2"]


def test_an_offer_to_rate_is_no_rating():
    offer = {"id": 7, "ticket_id": 1, "requester_id": 2, "score": "offered", "created_at": AT}
    assert list(zendesk(offer)) == [{"conversation_id": "1", "started_at": AT}]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"ticket": {"requester_id": 2}}, "no `id` of the ticket"),
        ({"ticket_id": None, "events": []}, "no `ticket_id`"),
        ({"ticket": {"id": 1}, "comments": [comment()]}, "who wrote it can't be told"),
        ({"ticket": {"id": 1, "requester_id": 2}, "comments": [comment(None)]}, "who wrote it can't be told"),
        (
            {"ticket_id": 1, "author_id": 5, "events": [{"type": "Comment", "body": "x", "public": True}]},
            "can't be told",
        ),
        ({"tickets": []}, "the list `tickets` is empty"),
        ({"ticket": {"id": 1}, "comments": {}}, "comments must be a list, got an object"),
    ],
)
def test_what_cannot_be_placed_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        list(zendesk(record))
