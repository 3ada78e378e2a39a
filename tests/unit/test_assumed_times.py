"""Conversations without any time take the day of their file, and say so."""

import os
from pathlib import Path

import pytest

from upturn.formats.assumed_times import day_in_path, file_time, with_time
from upturn.settings import Source

AT = "2026-11-02T00:00:00+00:00"


def source(pattern, **fields):
    return Source(name="s", path=pattern, **fields)


@pytest.mark.parametrize(
    ("pattern", "path", "day"),
    [
        ("inbox/chat-{day}.jsonl", "inbox/chat-2026-11-02.jsonl", "2026-11-02"),
        ("inbox/{day:%Y/%m}/chat-{day}*.json", "inbox/2026/11/chat-2026-11-02-a.json", "2026-11-02"),
        ("inbox/**/{day:%Y%m%d}.json", "inbox/a/b/20261102.json", "2026-11-02"),
        ("inbox/{day:%Y/%m}/*.json", "inbox/2026/11/x.json", None),
        ("inbox/{day:%Y%m%d}.json", "inbox/20261399.json", None),
        ("inbox/chat-{day}.jsonl", "elsewhere.jsonl", None),
    ],
)
def test_the_day_is_what_the_pattern_names(tmp_path, pattern, path, day):
    found = day_in_path(tmp_path / path, source(pattern), tmp_path)
    assert (None if found is None else found.isoformat()) == day


def test_the_day_begins_in_the_zone_of_the_source(tmp_path):
    path = tmp_path / "chat-2026-11-02.json"
    assert file_time(path, source("chat-{day}.json"), tmp_path) == AT
    assert file_time(path, source("chat-{day}.json", timezone="Europe/Paris"), tmp_path) == "2026-11-02T00:00:00+01:00"


def test_without_a_day_it_is_the_time_of_the_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[]")
    os.utime(path, (1793610000, 1793610000.9))
    assert file_time(path, None, Path("/nowhere")) == "2026-11-02T09:00:00+00:00"


def test_a_record_without_any_time_takes_it_and_says_so():
    record = {"conversation_id": "c", "turns": [{"role": "user"}], "metadata": {"a": 1}}
    assert with_time(record, AT) == {**record, "started_at": AT, "metadata": {"a": 1, "is_time_assumed": True}}
    assert "metadata" in record
    assert "is_time_assumed" not in record["metadata"]


@pytest.mark.parametrize(
    "record",
    [
        {"turns": []},
        {"turns": None},
        {"feedback": [{}]},
        {"turns": [{"role": "user"}], "started_at": "2026-11-01T00:00:00Z"},
        {"turns": [{"role": "user"}, {"role": "user", "created_at": "2026-11-01T00:00:00Z"}]},
        {"turns": [5]},
    ],
)
def test_every_other_record_stays_as_it_is(record):
    assert with_time(record, AT) is record
