"""Folders of tables and files without times are ingested by the same command as every log."""

import json
import os
import shutil
from datetime import date

import pytest

from tests.support.ingesting import context, stage_files, stage_records, staged
from tests.support.shared import shared_data
from upturn.domain.errors import InputError
from upturn.formats.bundles import bundles
from upturn.formats.preview import preview
from upturn.formats.sources import files_of_paths
from upturn.settings import Source
from upturn.stages.ingest import ingest

TICKETS = "id,requester_id,created_at\n1,20,2026-11-02 09:00:00\n"
COMMENTS = (
    "id,ticket_id,user_id,body,public,created\n"
    "11,1,20,hi,true,2026-11-02 09:00:00\n"
    "12,9,8,boo,true,2026-11-02 09:00:01\n"
)


def export(folder):
    folder.mkdir(parents=True)
    (folder / "ticket.csv").write_text(TICKETS)
    (folder / "ticket_comment.csv").write_text(COMMENTS)
    (folder / "ticket_tag.csv").write_text("ticket_id,tag\n1,vip\n")
    return folder


def test_a_folder_of_tables_is_staged_and_its_refused_rows_are_listed(tmp_path):
    result = stage_files(tmp_path / "home", export(tmp_path / "export"))
    assert [(row["conversation_id"], row["line"], row["turn_count"]) for row in result.rows("conversations")] == [
        ("1", 1, 1)
    ]
    assert result.rows("conversations")[0]["file"].endswith("export/ticket.csv")
    (refused,) = result.rows("rejected")
    assert (refused["line"], refused["file"].endswith("ticket_comment.csv")) == (2, True)
    assert '"user_id":"8"' not in refused["record"]
    # Two files of the export are read; ticket_tag.csv is no table of it that tells anything.
    assert (result.counts.read, result.counts.quarantined, result.counts.notes["files"]) == (2, 1, 2)


def test_a_dry_run_of_tables_names_their_format(tmp_path):
    files = files_of_paths([export(tmp_path / "export")], (), tmp_path)
    found = list(preview(files, home=tmp_path, forced=None, count=5))
    assert [(one.format, one.refusal is None) for one in found] == [("zendesk", True), ("zendesk", False)]


def test_a_glob_of_tables_is_the_same(tmp_path):
    folder = export(tmp_path / "export")
    assert len(stage_files(tmp_path / "home", folder / "*.csv").rows("turns")) == 1


def test_logs_beside_tables_are_logs(tmp_path):
    folder = export(tmp_path / "export")
    chat = {"conversation_id": "c", "turns": [{"role": "user", "content": "x", "created_at": "2026-11-02T09:00:00Z"}]}
    (folder / "chat.jsonl").write_text(json.dumps(chat))
    rows = stage_files(tmp_path / "home", folder).rows("conversations")
    assert sorted(row["conversation_id"] for row in rows) == ["1", "c"]


def test_tables_of_a_day_are_its_sources(tmp_path):
    export(tmp_path / "exports/2026-11-02")
    desk = Source(name="desk", path="exports/{day}")
    counts = ingest(context(tmp_path, desk), date(2026, 11, 2))
    assert (counts.notes["sources_arrived"], counts.notes["turns"]) == (1, 1)
    (row,) = staged(tmp_path / "staging/2026-11-02")["conversations"].to_pylist()
    assert row["source_name"] == "desk"


def test_a_day_of_tables_by_a_glob_leaves_out_the_other_tables(tmp_path):
    export(tmp_path / "exports/2026-11-02")
    counts = ingest(context(tmp_path, Source(name="desk", path="exports/{day}/*.csv")), date(2026, 11, 2))
    assert (counts.notes["files"], counts.notes["turns"], counts.quarantined) == (2, 1, 1)


def test_tables_of_another_format_than_the_forced_are_an_error(tmp_path):
    with pytest.raises(InputError, match="holds tables of zendesk, not of intercom"):
        stage_files(tmp_path / "home", export(tmp_path / "export"), format="intercom")


def test_a_table_in_a_folder_that_no_format_knows_is_refused_by_name(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export/ticket.csv").write_text(TICKETS)
    result = stage_files(tmp_path / "home", tmp_path / "export")
    assert (result.counts.read, result.counts.quarantined) == (1, 1)
    assert "ticket.csv is of no known format" in result.reasons[0]


def test_small_bundles_give_the_same(tmp_path):
    folder = export(tmp_path / "export")
    rows = "".join(f"{n},20,2026-11-02 09:00:00\n" for n in range(2, 3000))
    (folder / "ticket.csv").write_text(TICKETS + rows)
    files = files_of_paths([folder], (), tmp_path)
    found = list(bundles(files, home=tmp_path, source_name="x", forced=None, chunk_bytes=20_000))
    lines = [line for one in found for part in one.parts for line in part.chunk.lines]
    assert len(found) > 5
    assert sorted(lines) == list(range(1, 3000))


def test_turns_without_any_time_start_when_their_file_was_written(tmp_path):
    said = {"id": "c", "conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "Hello."}]}
    path = tmp_path / "data.json"
    path.write_text(json.dumps([said]))
    os.utime(path, (1793610000, 1793610000))  # 2026-11-02T09:00:00Z
    result = stage_files(tmp_path / "home", path)
    assert result.reasons == []
    assert {str(row["occurred_at"]) for row in result.rows("turns")} == {"2026-11-02 09:00:00+00:00"}
    assert json.loads(result.rows("conversations")[0]["metadata"]) == {"is_time_assumed": True}


def test_the_day_of_its_source_comes_first(tmp_path):
    line = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}]}
    (tmp_path / "train-2026-10-05.jsonl").write_text(json.dumps(line))
    source = Source(name="train", path="train-{day}.jsonl", timezone="Europe/Paris")
    result = stage_files(tmp_path, tmp_path / "train-2026-10-05.jsonl", sources=(source,))
    assert str(result.rows("conversations")[0]["started_at"]) == "2026-10-04 22:00:00+00:00"


def test_a_file_that_was_copied_brings_the_same_turns(tmp_path):
    said = {"id": "c", "conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "Hello."}]}
    keys = []
    for name, at in (("a.json", 1793610000), ("b.json", 1793790000)):
        (tmp_path / name).write_text(json.dumps(said))
        os.utime(tmp_path / name, (at, at))
        keys.append({row["turn_key"] for row in stage_files(tmp_path / f"home-{name}", tmp_path / name).rows("turns")})
    assert keys[0] == keys[1] == {"0", "1"}


def test_canonical_records_need_a_time_of_their_own(tmp_path):
    assert "no time" in stage_records(tmp_path, {"conversation_id": "c", "turns": [{"role": "user"}]}).reasons[0]


@pytest.mark.shared_data
def test_the_real_exports_add_up(tmp_path):
    # As derived in test_table_sets: 10 tickets and 9 chats with 9 turns; 20 comments of nobody knows whom.
    desk = stage_files(tmp_path / "a", shared_data("fmt_zendesk"))
    assert (desk.counts.notes["conversations"], desk.counts.notes["turns"], desk.counts.quarantined) == (19, 9, 20)
    # 7 conversations with 2 turns; everything else is counted in their metadata.
    chat = stage_files(tmp_path / "b", shared_data("fmt_intercom"))
    assert (chat.counts.notes["conversations"], chat.counts.notes["turns"], chat.counts.quarantined) == (7, 2, 0)


@pytest.mark.shared_data
def test_the_real_sharegpt_file_is_staged_as_it_is(tmp_path):
    shutil.copy(shared_data("fmt_sharegpt") / "dummy_conversation.json", tmp_path / "dummy.json")
    result = stage_files(tmp_path / "home", tmp_path / "dummy.json")
    assert (result.reasons, result.counts.notes["conversations"], result.counts.notes["turns"]) == ([], 500, 2000)
