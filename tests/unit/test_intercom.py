"""Conversations, parts and webhooks of Intercom become conversations and feedback; HTML becomes text."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ingesting import stage_files
from upturn.formats.html_text import html_text
from upturn.formats.intercom import intercom
from upturn.formats.registry import RefusedRecordError

FIXTURE = Path(__file__).parents[1] / "fixtures/formats/intercom/conversations.json"


def part(kind="comment", body="hi", author="user", **fields):
    return {"id": "p", "part_type": kind, "body": body, "created_at": 1793610000, "author": {"type": author}, **fields}


def conversation(*parts, **fields):
    fixed = {"type": "conversation", "id": "1", "created_at": 1793610000}
    (record,) = intercom({**fixed, "conversation_parts": {"conversation_parts": list(parts)}, **fields})
    return record


def test_a_conversation_keeps_what_the_customer_saw(tmp_path):
    result = stage_files(tmp_path, FIXTURE)
    turns = [turn for turn in result.rows("turns") if turn["conversation_id"] == "5001"]
    turns.sort(key=lambda turn: turn["occurred_at"])
    assert [(turn["turn_key"], turn["role"], turn["content"]) for turn in turns] == [
        ("9001", "user", "Where is my parcel?\nIt is late & I need it."),
        ("p-1", "assistant", "It is in Ghent."),
        ("p-4", "agent", "- tonight\n- by post"),
    ]
    assert json.loads(turns[2]["parts"]) == [
        {
            "type": "image",
            "size": 99,
            "media_type": "image/png",
            "name": "map.png",
            "reference": "https://i.example/map",
        }
    ]
    (row,) = [row for row in result.rows("conversations") if row["conversation_id"] == "5001"]
    # 5 parts: 2 comments are turns, and a note, an assignment and a close are not. 1793613500 = 09:58:20.
    assert json.loads(row["metadata"]) == {
        "state": "closed", "title": "Parcel", "delivered_as": "customer_initiated", "tags": ["delivery"],
        "left_out": {"note": 1, "assignment": 1, "close": 1},
    }  # fmt: skip
    assert (row["channel"], row["outcome"], str(row["ended_at"])) == ("chat", "escalated", "2026-11-02 09:58:20+00:00")


def test_both_ratings_are_feedback(tmp_path):
    rows = stage_files(tmp_path, FIXTURE).rows("feedback")
    # 4 on 1-5 is (4 - 1) / 4 = .75, and 2 is .25.
    assert sorted((row["feedback_key"], row["score"], row["comment"], row["channel"]) for row in rows) == [
        ("ai-rating-5001", 0.25, None, "ai_agent"), ("rating-5001", 0.75, "Good.", None),
    ]  # fmt: skip


def test_a_webhook_and_a_part_alone_add_to_their_conversation(tmp_path):
    turns = [row for row in stage_files(tmp_path, FIXTURE).rows("turns") if row["conversation_id"] == "5002"]
    assert [turn["content"] for turn in sorted(turns, key=lambda turn: turn["occurred_at"])] == [
        "hello",
        "anyone?",
        "Hi!",
    ]


@pytest.mark.parametrize(
    ("author", "role"),
    [
        ("lead", "user"),
        ("contact", "user"),
        ("visitor", "user"),
        ("admin", "agent"),
        ("team", "agent"),
        ("bot", "assistant"),
    ],
)
def test_roles(author, role):
    assert conversation(part(author=author))["turns"][0]["role"] == role


def test_an_answer_of_the_ai_agent_is_the_assistant_under_whatever_name():
    written = part(author="admin")
    written["author"]["from_ai_agent"] = True
    assert conversation(written)["turns"][0]["role"] == "assistant"


def test_words_with_a_close_are_words_and_a_note_never_is():
    record = conversation(
        part("close", "Bye."), part("close", None), part("note", "angry"), part("note_and_reopen", "x")
    )
    assert [turn["content"] for turn in record["turns"]] == ["Bye."]
    assert record["metadata"]["left_out"] == {"close": 1, "note": 1, "note_and_reopen": 1}


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("confirmed_resolution", "resolved"), ("abandoned", "abandoned"), ("assumed_resolution", None)],
)
def test_an_outcome_is_what_somebody_did_and_no_guess(state, outcome):
    assert conversation(part(), ai_agent={"resolution_state": state}).get("outcome") == outcome


def test_a_closed_conversation_is_no_outcome():
    assert "outcome" not in conversation(part(), state="closed")


def test_the_older_form_of_a_conversation_is_read():
    opened = {"id": "m", "body": "<p>hi</p>", "author": {"type": "user", "id": "u-1"}}
    record = conversation(conversation_message=opened, user={"type": "user", "id": "u-1"})
    assert (record["turns"][0]["content"], record["user_id"]) == ("hi", "u-1")


def test_a_remark_without_a_rating_is_a_comment():
    (piece,) = conversation(part(), conversation_rating={"rating": None, "remark": "meh"})["feedback"]
    assert (piece["kind"], piece["comment"]) == ("comment", "meh")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"type": "conversation"}, "no `id` of the conversation"),
        (
            {"id": "1", "conversation_parts": [part(author="ghost")]},
            r"conversation_parts\[0\].author.type is not known",
        ),
        ({"part_type": "comment"}, "no `conversation_id`"),
        ({"type": "conversation.list", "conversations": []}, "is empty"),
        ({"id": "1", "conversation_parts": 5}, "must be a list, got a number"),
    ],
)
def test_what_cannot_be_placed_is_refused(record, reason):
    with pytest.raises(RefusedRecordError, match=reason):
        list(intercom(record))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain < text", "plain < text"),
        ("<div>a<br>b</div>\n<p>  c   d </p>", "a\nb\nc d"),
        ("<style>p {}</style><p>x</p><script>alert(1)</script>", "x"),
        ('<p>see <img src="https://x/y.png" alt="a map"></p>', "see a map"),
        ("&lt;b&gt; &eacute;", "<b> é"),
        ("<p>unclosed", "unclosed"),
        ("", ""),
    ],
)
def test_html_is_the_text_that_a_person_read(html, text):
    assert html_text(html) == text


HTML = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br/>", "<LI>", "</li>", '<a href="x?a=1&amp;b">', "</a>", "<b >", "a", " b\n", "&amp;",
         "&#10;", "&lt", "é", "<", ">", '<a title="x>y">', "<!-- c -->", "<img alt='m'>", "<p", "&"]
    )
)  # fmt: skip


@given(HTML.map("".join))
def test_plain_tags_are_read_as_the_parser_reads_them(html):
    with pytest.MonkeyPatch.context() as patch:
        quick = html_text(html)
        patch.setattr("upturn.formats.html_text._pieces_of_plain_tags", lambda _: None)
        assert quick == html_text(html)


@given(st.text())
def test_no_text_breaks_the_reader(text):
    assert isinstance(html_text(text), str)
    assert "<" in text or "&" in text or html_text(text) == text
