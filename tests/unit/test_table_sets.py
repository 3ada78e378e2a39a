"""Tables of an export are joined into records: each row ends in one, is counted in one, or is refused."""

import bz2
import gzip
import json

import pyarrow as pa
import pytest

from tests.support.shared import shared_data
from upturn.domain.errors import InputError
from upturn.formats.canonical import CanonicalRecord
from upturn.formats.registry import format_named
from upturn.formats.table_sets import table_files, table_set_records

ZENDESK = format_named("zendesk")
INTERCOM = format_named("intercom")

TICKET = "id,requester_id,created_at,updated_at,status,via_channel,subject"
COMMENT = "id,ticket_id,user_id,body,public,created"
EVENT = "chat_id,created_at,actor_id,chat_index,type,message,message_id,original_message,is_history_context,filename"
CONVERSATION = (
    "id,created_at,updated_at,source_id,source_body,source_author_id,source_author_type,source_type,state,"
    "conversation_rating_value,conversation_rating_remark,_fivetran_active"
)
PART = "id,conversation_id,author_type,part_type,body,created_at,updated_at,_fivetran_active"


def table(folder, name, header, *rows):
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def read(folder, log_format):
    """Records by conversation, and refusals as (file, row, reason)."""
    found = list(table_set_records(folder.iterdir(), log_format))
    records = [json.loads(one.record) for one in found if one.refusal is None]
    for record in records:
        CanonicalRecord.model_validate(record)
    refusals = sorted((one.file.name, one.row, one.refusal) for one in found if one.refusal is not None)
    return {record["conversation_id"]: record for record in records}, refusals


def left_out(records):
    return sum(sum(record.get("metadata", {}).get("left_out", {}).values()) for record in records.values())


def turn_count(records):
    return sum(len(record["turns"]) for record in records.values())


def test_comments_are_the_requesters_the_agents_and_the_systems(tmp_path):
    table(tmp_path, "ticket.csv", TICKET, "1,20,2026-11-02 09:00:00,2026-11-03 09:00:00,solved,email,Parcel")
    table(
        tmp_path, "ticket_comment.csv", COMMENT,
        '11,1,20,"Where,\nis it?",true,2026-11-02 09:00:00',
        "12,1,9,It is in Ghent.,true,2026-11-02 09:05:00",
        "13,1,9,angry,false,2026-11-02 09:04:00",
        "14,1,-1,Closed.,true,2026-11-02 09:06:00",
        "15,1,30,Me too.,true,2026-11-02 09:07:00",
    )  # fmt: skip
    table(tmp_path, "user.csv", "id,role", "30,end-user", "9,agent")
    table(tmp_path, "satisfaction_rating.csv", "id,ticket_id,score,comment", "7,1,bad,late", "8,1,offered,")
    records, refusals = read(tmp_path, ZENDESK)
    assert refusals == []
    assert records["1"] == {
        "conversation_id": "1", "user_id": "20", "channel": "email",
        "started_at": "2026-11-02 09:00:00Z", "updated_at": "2026-11-03 09:00:00Z",
        "metadata": {"subject": "Parcel", "status": "solved", "left_out": {"private comment": 1}},
        "turns": [
            {"message_id": "11", "role": "user", "content": "Where,\nis it?", "created_at": "2026-11-02 09:00:00Z"},
            {"message_id": "12", "role": "agent", "content": "It is in Ghent.", "created_at": "2026-11-02 09:05:00Z"},
            {"message_id": "14", "role": "system", "content": "Closed.", "created_at": "2026-11-02 09:06:00Z"},
            {"message_id": "15", "role": "user", "content": "Me too.", "created_at": "2026-11-02 09:07:00Z"},
        ],
        "feedback": [
            {"feedback_id": "7", "kind": "csat", "value": "down", "scale": "thumb", "comment": "late", "author": "user"}
        ],
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2"])
def test_packed_tables_are_read_like_plain_ones(tmp_path, ending):
    table(tmp_path, "ticket.csv", TICKET, "1,20,2026-11-02 09:00:00,2026-11-03 09:00:00,solved,email,Parcel")
    table(tmp_path, "ticket_comment.csv", COMMENT, "11,1,20,Where?,true,2026-11-02 09:00:00")
    plain = read(tmp_path, ZENDESK)[0]
    for path in list(tmp_path.iterdir()):
        packed = path.with_name(f"{path.name}.{ending}")
        if ending == "bz2":
            packed.write_bytes(bz2.compress(path.read_bytes()))
        else:
            with pa.CompressedOutputStream(str(packed), "gzip" if ending == "gz" else "zstd") as out:
                out.write(path.read_bytes())
        path.unlink()
    assert len(table_files(tmp_path.iterdir(), ZENDESK)) > 0
    assert read(tmp_path, ZENDESK) == (plain, [])


def test_a_packed_table_that_breaks_off_is_named(tmp_path):
    table(tmp_path, "ticket.csv", TICKET, "1,20,2026-11-02 09:00:00,2026-11-03 09:00:00,solved,email,Parcel")
    table(tmp_path, "ticket_comment.csv", COMMENT, *(f"{n},1,20,Where?,true,2026-11-02 09:00:00" for n in range(99)))
    whole = bz2.compress((tmp_path / "ticket_comment.csv").read_bytes())
    (tmp_path / "ticket_comment.csv").unlink()
    (tmp_path / "ticket_comment.csv.bz2").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"ticket_comment\.csv\.bz2 can't be unpacked"):
        list(table_set_records(tmp_path.iterdir(), ZENDESK))


def test_a_row_that_comes_twice_counts_as_it_stands_last(tmp_path):
    table(tmp_path, "tickets-2026-11-02.csv", TICKET, "1,20,2026-11-02 09:00:00,2026-11-02 09:00:00,open,web,a")
    table(tmp_path, "tickets-2026-11-03.csv", TICKET, "1,20,2026-11-02 09:00:00,2026-11-03 09:00:00,solved,web,a")
    table(tmp_path, "ticket_comment.csv", COMMENT)
    records, _ = read(tmp_path, ZENDESK)
    assert records["1"]["metadata"] == {"subject": "a", "status": "solved", "left_out": {"older row": 1}}


def test_a_comment_of_nobody_knows_whom_is_refused_alone(tmp_path):
    table(tmp_path, "ticket.csv", TICKET)
    table(
        tmp_path, "ticket_comment.csv", COMMENT,
        "11,5,9,hi,true,2026-11-02 09:00:00",
        "12,5,30,secret,true,2026-11-02 09:01:00",
        "13,,9,x,true,2026-11-02 09:01:00",
    )  # fmt: skip
    table(tmp_path, "user.csv", "id,role", "9,admin")
    records, refusals = read(tmp_path, ZENDESK)
    assert [turn["message_id"] for turn in records["5"]["turns"]] == ["11"]
    assert [(file, row) for file, row, _ in refusals] == [("ticket_comment.csv", 2), ("ticket_comment.csv", 3)]
    assert "secret" not in str(refusals)


def test_chats_have_their_bot_their_files_and_their_silences(tmp_path):
    table(tmp_path, "ticket.csv", TICKET)
    table(tmp_path, "ticket_comment.csv", COMMENT)
    table(
        tmp_path,
        "ticket_chat.csv",
        "chat_id,ticket_id,user_id,channel",
        "c,1,20,native_messaging",
        "c,2,20,native_messaging",
    )
    bot = '"{""id"": ""o-1"", ""source"": {""type"": ""zd:answerBot""}, ""content"": {""form"": {}}}"'
    table(
        tmp_path, "ticket_chat_event.csv", EVENT,
        "c,2026-11-02 09:00:00.5,20,0,ChatJoin,,,,,",
        "c,2026-11-02 09:00:01,20,1,ChatMessage,hi,m-1,,,",
        f"c,2026-11-02 09:00:02,agent:,2,ChatMessage,,,{bot},,",
        "c,2026-11-02 09:00:03,agent:9,3,ChatMessage,Tom,m-3,no json,false,",
        "c,2026-11-02 09:00:04,20,4,ChatFileAttachment,,m-4,,,a.pdf",
        "c,2026-11-02 09:00:05,20,5,ChatMessage,hi,m-0,,true,",
        "c,2026-11-02 09:00:06,,6,ChatMessage,who,m-6,,,",
        "c,2026-11-02 09:00:07,__trigger,7,ChatMessage,Wait.,m-7,,,",
    )  # fmt: skip
    records, refusals = read(tmp_path, ZENDESK)
    assert [(turn["message_id"], turn["role"]) for turn in records["c"]["turns"]] == [
        ("m-1", "user"), ("o-1", "assistant"), ("m-3", "agent"), ("m-4", "user"), ("m-7", "system"),
    ]  # fmt: skip
    assert records["c"]["turns"][1]["parts"] == [{"type": "form"}]
    assert records["c"]["turns"][3]["parts"] == [{"type": "attachment", "name": "a.pdf"}]
    assert records["c"]["channel"] == "messaging"
    assert records["c"]["metadata"] == {"ticket_ids": ["1", "2"], "left_out": {"ChatJoin": 1, "history": 1}}
    assert [(row, reason) for _, row, reason in refusals] == [(7, "who wrote it can't be told: it has no `actor_id`")]
    # 8 events: 5 turns, a join, a repetition and one of nobody.
    assert turn_count(records) + left_out(records) + len(refusals) == 8


def test_conversations_are_their_active_version_with_text_instead_of_html(tmp_path):
    table(
        tmp_path, "conversation_history.csv", CONVERSATION,
        "1,2026-11-02 09:00:00,2026-11-02 09:00:00,s,<p>Hi</p>,c-1,lead,conversation,open,,,false",
        "1,2026-11-02 09:00:00,2026-11-02 10:00:00,s,<p>Hi &amp; bye</p>,c-1,lead,conversation,closed,4,good,true",
    )  # fmt: skip
    table(
        tmp_path, "conversation_part_history.csv", PART,
        "p-1,1,bot,comment,<b>Hello</b>,2026-11-02 09:00:05,2026-11-02 09:00:05,true",
        "p-2,1,admin,note,angry,2026-11-02 09:00:06,2026-11-02 09:00:06,true",
        "p-3,1,admin,close,,2026-11-02 09:00:07,2026-11-02 09:00:07,true",
        "p-4,1,ghost,comment,boo,2026-11-02 09:00:08,2026-11-02 09:00:08,true",
        "p-1,1,bot,comment,<b>Hallo</b>,2026-11-02 09:00:05,2026-11-02 09:00:04,false",
    )  # fmt: skip
    table(tmp_path, "conversation_contact_history.csv", "conversation_id,contact_id", "1,c-1")
    records, refusals = read(tmp_path, INTERCOM)
    assert records["1"]["turns"] == [
        {"message_id": "s", "role": "user", "content": "Hi & bye", "created_at": "2026-11-02 09:00:00Z"},
        {"message_id": "p-1", "role": "assistant", "content": "Hello", "created_at": "2026-11-02 09:00:05Z"},
    ]
    (rating,) = records["1"]["feedback"]
    assert (rating["feedback_id"], rating["value"], rating["scale"], rating["comment"]) == (
        "rating-1",
        "4",
        "1-5",
        "good",
    )
    assert records["1"]["metadata"]["left_out"] == {"close": 1, "note": 1, "older conversation": 1, "older part": 1}
    assert refusals == [("conversation_part_history.csv", 4, "the type of its author is not known")]
    # 2 + 5 rows: the opening and a comment are turns, 4 rows are counted, one is refused.
    assert turn_count(records) + left_out(records) + len(refusals) == 7


def test_empty_tables_give_nothing(tmp_path):
    table(tmp_path, "ticket.csv", TICKET)
    table(tmp_path, "ticket_comment.csv", COMMENT)
    assert read(tmp_path, ZENDESK) == ({}, [])


def test_columns_that_an_export_lacks_are_null(tmp_path):
    table(tmp_path, "ticket.csv", "id,requester_id,created_at,colour", "1,20,2026-11-02 09:00:00,red")
    table(
        tmp_path, "ticket_comment.csv", "id,ticket_id,user_id,body,public,created", "2,1,20,hi,true,2026-11-02 09:00:00"
    )
    records, _ = read(tmp_path, ZENDESK)
    assert records["1"]["turns"][0]["content"] == "hi"


def test_parquet_and_gzip_are_the_same_as_csv(tmp_path):
    import duckdb

    rows = "1,20,2026-11-02 09:00:00,2026-11-03 09:00:00,solved,email,Parcel"
    comments = f"{COMMENT}\n11,1,20,hi,true,2026-11-02 09:00:00\n"
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.mkdir()
    other.mkdir()
    table(plain, "ticket.csv", TICKET, rows)
    (plain / "ticket_comment.csv").write_text(comments)
    typed = f"select * replace (created_at::timestamp as created_at) from '{plain}/ticket.csv'"
    duckdb.sql(f"copy ({typed}) to '{other}/ticket.parquet'")
    (other / "ticket_comment.csv.gz").write_bytes(gzip.compress(comments.encode()))
    assert read(plain, ZENDESK) == read(other, ZENDESK)
    assert read(plain, ZENDESK)[0]["1"]["turns"] != []


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("ticket.csv", True), ("Tickets.CSV", True), ("ticket_data.csv", True), ("ticket-2026-11-02.csv.gz", True),
        ("ticket_1.parquet", True), ("ticket_data_snowflake.csv", False), ("ticket_tag.csv", False),
        ("ticket.json", False), ("my_ticket.csv", False),
    ],
)  # fmt: skip
def test_a_table_is_known_by_its_name(tmp_path, name, is_it):
    found = table_files([tmp_path / name, tmp_path / "ticket_comment.csv"], ZENDESK)
    assert (found != {}) is is_it


@pytest.mark.parametrize("name", ["zendesk", "sharegpt"])
def test_other_files_are_no_export(tmp_path, name):
    table(tmp_path, "other.csv", "a", "1")
    with pytest.raises(InputError, match="no tables of a"):
        list(table_set_records(tmp_path.iterdir(), format_named(name)))


def test_a_file_that_is_no_table_is_named_and_not_quoted(tmp_path):
    table(tmp_path, "ticket.csv", TICKET)
    (tmp_path / "ticket_comment.parquet").write_bytes(b"my secret")
    with pytest.raises(InputError, match=r"ticket_comment.parquet can't be read as the table ticket_comment") as raised:
        list(table_set_records(tmp_path.iterdir(), ZENDESK))
    assert "secret" not in str(raised.value)


@pytest.mark.shared_data
def test_the_real_zendesk_tables_add_up():
    records, refusals = read(shared_data("fmt_zendesk"), ZENDESK)
    # ticket_data.csv: 10 tickets. ticket_comment_data.csv: 20 public comments of 7 tickets, none of them among the 10,
    # by 4 people, none of them in user_data.csv: nobody can say whether customer or agent wrote them.
    # ticket_chat_event_data.csv: 12 events of 9 chats: 9 ChatMessage, all of them sent by zd:answerBot; 1 each of
    # ChatDepartmentTransfer, ChatEmailChanged and ChatJoin.
    assert len(records) == 10 + 9
    assert (turn_count(records), left_out(records)) == (9, 3)
    assert [row for _, row, _ in refusals] == list(range(1, 21))
    assert {file for file, _, _ in refusals} == {"ticket_comment_data.csv"}
    assert {turn["role"] for record in records.values() for turn in record["turns"]} == {"assistant"}
    assert records["4323.953441.TyDt23helloZt4E"]["metadata"]["ticket_ids"] == ["45", "54"]


@pytest.mark.shared_data
def test_the_real_intercom_tables_add_up():
    records, refusals = read(shared_data("fmt_intercom"), INTERCOM)
    # conversation_history_data.csv: 9 rows, 3 + 6 versions of 2 conversations: 2 openings, 7 older versions.
    # conversation_part_history_data.csv: 9 rows, 8 close and 1 note, of 5 conversations that are not among the 2.
    assert refusals == []
    assert len(records) == 2 + 5
    assert (turn_count(records), left_out(records)) == (2, 7 + 9)
    assert records["12"]["metadata"]["left_out"] == {"close": 1, "note": 1}
    assert records["156643300001311"]["user_id"] == "5f7295ca37f0d717d37dfddb"
