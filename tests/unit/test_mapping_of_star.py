"""The mapping of STAR says the same as a converter that was written by hand."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import real_logs
from tests.support.shared import shared_data
from upturn.formats.mapping_files import load_mapping
from upturn.formats.reading import raw_chunks
from upturn.formats.registry import Place, SkippedRecord

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]

MAPPING = Path(__file__).parents[2] / "docs" / "examples" / "mappings" / "star.toml"


def told(turn: dict[str, Any]) -> tuple[Any, ...]:
    """A turn without the numbers that the converter gives to calls; found items as values."""
    content = turn.get("content")
    calls = [(call["name"], call["arguments"]) for call in turn.get("tool_calls") or ()]
    return (
        turn["role"],
        datetime.fromisoformat(turn["created_at"]),
        json.loads(content or "null") if turn["role"] == "tool" else content,
        calls,
        turn.get("name", turn.get("tool_name")) if turn["role"] == "tool" else None,
    )


def test_every_dialogue_has_the_turns_that_the_converter_finds() -> None:
    folder = shared_data("star")
    form = load_mapping(MAPPING)
    mapped = {}
    for chunk in raw_chunks(folder / "dialogues.jsonl.gz"):
        for text in chunk.texts:
            try:
                (one,) = form.canonical(json.loads(text), Place("dialogues.jsonl.gz", 1))
            except SkippedRecord:
                continue
            mapped[one["conversation_id"]] = one
    expected = {record["conversation_id"]: record for record in real_logs.star_records(folder)}
    assert {name for name, one in mapped.items() if one["turns"]} == expected.keys()
    for name, record in expected.items():
        assert list(map(told, mapped[name]["turns"])) == list(map(told, record["turns"])), name
        assert mapped[name]["user_id"] == record["user_id"]


def test_what_is_known_of_a_dialogue_is_kept() -> None:
    folder = shared_data("star")
    form = load_mapping(MAPPING)
    truth = real_logs.star_truth(folder)
    compared = 0
    for chunk in raw_chunks(folder / "dialogues.jsonl.gz"):
        for text in chunk.texts:
            record = json.loads(text)
            told = truth[f"star-{record['DialogueID']}"]
            try:
                (one,) = form.canonical(record, Place("", 1))
            except SkippedRecord:
                continue
            assert (one["metadata"]["completion"] != "Complete") == told["broke_off"]
            if "annoyed" in told:
                assert one["metadata"]["annoyed"] == told["annoyed"]
                compared += 1
            if "unhelpful" in told:
                assert [piece["value"] for piece in one["feedback"]] == ["down" if told["unhelpful"] else "up"]
    assert compared > 4000
