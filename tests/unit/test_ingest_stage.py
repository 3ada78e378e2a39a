"""The stage: a day's sources, what did not arrive, names of sources, and nothing half."""

from datetime import date

import pytest

from tests.support.ingesting import context, stage_files, staged
from upturn.domain.errors import InputError
from upturn.formats.bundles import bundles
from upturn.settings import Source
from upturn.stages.ingest import ingest, ingest_paths

DAY = date(2026, 11, 2)
CHAT = Source(name="chat", path="inbox/{day:%Y/%m}/chat-{day}*.jsonl")
MAIL = Source(name="mail", path="inbox/mail-{day}.json", is_required=True)
EXTRA = Source(name="extra", path="inbox/extra-{day}.json", is_required=False)


def write(path, *ids):
    path.parent.mkdir(parents=True, exist_ok=True)
    start = "2026-11-02T09:00:00Z"
    path.write_text("".join(f'{{"conversation_id":"{one}","started_at":"{start}","turns":[]}}\n' for one in ids))
    return path


def test_a_day_reads_its_files_and_names_what_is_missing(tmp_path):
    write(tmp_path / "inbox/2026/11/chat-2026-11-02-a.jsonl", "c-1", "c-2")
    write(tmp_path / "inbox/2026/11/chat-2026-11-02-b.jsonl", "c-3")
    write(tmp_path / "inbox/2026/11/chat-2026-11-03.jsonl", "other-day")
    counts = ingest(context(tmp_path, CHAT, MAIL, EXTRA), DAY)
    rows = staged(tmp_path / "staging" / "2026-11-02")["conversations"].to_pylist()
    assert [(row["conversation_id"], row["source_name"], row["line"]) for row in rows] == [
        ("c-1", "chat", 1), ("c-2", "chat", 2), ("c-3", "chat", 1),
    ]  # fmt: skip
    assert rows[0]["file"] == "inbox/2026/11/chat-2026-11-02-a.jsonl"
    assert counts.read == 3
    assert {key: counts.notes[key] for key in ("sources_arrived", "sources_expected", "sources_missing", "files")} == {
        "sources_arrived": 1, "sources_expected": 2, "sources_missing": "mail", "files": 2,
    }  # fmt: skip


def test_a_day_without_files_is_incomplete_and_no_error(tmp_path):
    counts = ingest(context(tmp_path, MAIL), DAY)
    assert (counts.read, counts.notes["sources_arrived"], counts.notes["sources_missing"]) == (0, 0, "mail")


def test_a_file_that_can_not_be_read_has_not_arrived_and_is_refused(tmp_path):
    write(tmp_path / "inbox/2026/11/chat-2026-11-02.jsonl", "c-1")
    (tmp_path / "inbox/mail-2026-11-02.json").write_bytes(b"PK\x03\x04")
    counts = ingest(context(tmp_path, CHAT, MAIL), DAY)
    assert (counts.read, counts.quarantined, counts.notes["sources_missing"]) == (2, 1, "mail")


def test_the_same_day_twice_stages_the_same_bytes(tmp_path):
    write(tmp_path / "inbox/2026/11/chat-2026-11-02.jsonl", *(f"c-{i}" for i in range(50)))

    def run():
        ingest(context(tmp_path, CHAT), DAY)
        return {path.name: path.read_bytes() for path in (tmp_path / "staging" / "2026-11-02").iterdir()}

    assert run() == run()


def test_a_file_of_a_configured_source_takes_its_name(tmp_path):
    path = write(tmp_path / "inbox/2026/11/chat-2026-11-09.jsonl", "c-1")
    assert stage_files(tmp_path, path, sources=(MAIL, CHAT)).rows("conversations")[0]["source_name"] == "chat"
    other = write(tmp_path / "elsewhere.jsonl", "c-1")
    assert stage_files(tmp_path, other, sources=(MAIL, CHAT)).rows("conversations")[0]["source_name"] == "ingest"


def test_folders_and_globs_name_files_and_each_is_read_once(tmp_path):
    logs = tmp_path / "logs"
    write(logs / "a.jsonl", "c-1")
    write(logs / "deep" / "b.ndjson", "c-2")
    counts = ingest_paths(context(tmp_path), [logs, f"{logs}/*.jsonl", logs / "a.jsonl"], batch="x")
    assert (counts.read, counts.notes["files"]) == (2, 2)


def test_a_glob_that_names_nothing_is_an_error(tmp_path):
    with pytest.raises(InputError, match="names no log file"):
        ingest_paths(context(tmp_path), [tmp_path / "*.jsonl"], batch="x")


def test_a_draft_of_a_killed_ingest_is_replaced(tmp_path):
    draft = tmp_path / "staging" / ".2026-11-02.draft"
    draft.mkdir(parents=True)
    (draft / "turns-00000.parquet").write_bytes(b"half")
    write(tmp_path / "inbox/2026/11/chat-2026-11-02.jsonl", "c-1")
    ingest(context(tmp_path, CHAT), DAY)
    assert [path.name for path in (tmp_path / "staging").iterdir() if path.is_dir()] == ["2026-11-02"]


@pytest.mark.slow
def test_small_chunks_stage_the_same_rows(tmp_path, monkeypatch):
    path = write(tmp_path / "logs.jsonl", *(f"c-{i}" for i in range(200)))
    whole = stage_files(tmp_path, path)
    monkeypatch.setitem(bundles.__kwdefaults__, "chunk_bytes", 512)
    small = stage_files(tmp_path, path)
    assert small.counts.notes["chunks"] > 10
    assert small.tables["conversations"].equals(whole.tables["conversations"])
