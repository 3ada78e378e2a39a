"""The key of the pseudonyms is rotated: files that come again are known, people that come again have new pseudonyms."""

import json
from pathlib import Path

import pytest

from tests.support.erasing import places_of
from tests.support.warehouses import rows_by_table
from upturn.domain.events import FACT_TYPES
from upturn.home import Home
from upturn.log.functions import keyed_digest
from upturn.privacy.fact_key import load_fact_key
from upturn.privacy.pseudonym import known_pseudonymizers, load_pseudonymizer
from upturn.settings import Settings
from upturn.stages.erase import Subject, erase
from upturn.stages.given import Given
from upturn.wiring import open_context, take_in

pytestmark = pytest.mark.slow

ANN = "ann-4711"
AT = "2026-11-02T09:00:00Z"


def said(content: str, **fields: object) -> dict[str, object]:
    return {"role": "user", "content": content, "created_at": AT, **fields}


def conversation(number: int, **fields: object) -> dict[str, object]:
    rating = {"kind": "rating", "value": 2, "scale": "1-5", "created_at": AT}
    turns = [said("where is it"), said("hello?", message_id="m-2", latency_ms=5)]
    told = {"conversation_id": f"conversation-{number}", "user_id": ANN, "started_at": AT, "turns": turns}
    return {**told, "feedback": [rating], **fields}


RECORDS = {
    "plain": conversation(1),
    "with a revision of its own": conversation(2, updated_at=AT, turns=[said("x", updated_at=AT, message_id="m-1")]),
    "whose metadata name the user": conversation(3, updated_at=AT, metadata={"user_id": ANN, "deep": {"user": [ANN]}}),
    "with fields nobody knows": conversation(4, updated_at=AT, user={"mail": ANN}),
    "refused by the parser": conversation(5, turns=[said("x", role="robot")]),
    "refused by a check": conversation(6, started_at="2026-11-02T08:59:00Z", ended_at="2026-11-01T09:00:00Z"),
    "without a user": conversation(7, user_id=None),
}
LANGFUSE = Path(__file__).parents[1] / "fixtures" / "formats" / "langfuse"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    lines = [json.dumps(record) for record in RECORDS.values()]
    path = tmp_path / "logs.jsonl"
    path.write_text("\n".join([*lines, lines[0][:-9]]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def take(home: Home, *paths: Path) -> dict[str, object]:
    return take_in(open_context(home.root), Given(paths))["append"].as_dict()


def rotate(home: Home) -> None:
    home.key_file.rename(home.root / f"previous-{len(list(home.root.glob('previous-*')))}.key")


def events_of(home: Home) -> list[str]:
    """Ids of facts and refused records."""
    log = open_context(home.root).log
    return sorted(log.read(types=[*FACT_TYPES, "record.quarantined"])["id"].to_pylist())


def pseudonyms_of(home: Home) -> dict[str, str | None]:
    context = open_context(home.root)
    context.warehouse.catch_up(context.log)
    with context.warehouse.connect() as connection:
        rows = connection.execute("select conversation_id, user_key from conversations").fetchall()
    return dict(rows)


@pytest.mark.parametrize("rotations", [1, 2])
def test_files_that_come_again_after_a_rotation_are_known(home: Home, logs: Path, rotations: int) -> None:
    first = take(home, logs, LANGFUSE)
    assert first["appended"]
    assert first["quarantined"] >= 3  # one refused by the parser, one by a check, one that does not parse
    held, before = events_of(home), pseudonyms_of(home)
    for _ in range(rotations):
        rotate(home)
        again = take(home, logs, LANGFUSE)
        assert (again["appended"], again["quarantined"], again["conflicts"]) == (0, 0, 0)
        assert again["skipped"] == again["read"] == first["read"]
    assert events_of(home) == held
    assert pseudonyms_of(home) == before
    assert len(known_pseudonymizers(home, Settings())) == rotations + 1


def test_what_was_logged_before_keeps_its_pseudonym_and_what_comes_after_has_a_new_one(home: Home, logs: Path) -> None:
    take(home, logs)
    old = load_pseudonymizer(home, Settings()).user_key(ANN)
    rotate(home)
    later = logs.with_name("later.jsonl")
    revised = conversation(2, updated_at="2026-11-03T09:00:00Z")
    later.write_text("\n".join(map(json.dumps, (conversation(8), revised))) + "\n", encoding="utf-8")
    take(home, later)
    new = load_pseudonymizer(home, Settings()).user_key(ANN)
    assert new != old
    keys = pseudonyms_of(home)
    assert {keys[f"conversation-{number}"] for number in (1, 3, 4)} == {old}
    assert (keys["conversation-2"], keys["conversation-8"]) == (new, new)  # a newer revision is told anew
    assert keys["conversation-7"] is None


def test_metadata_hold_the_pseudonym_and_never_the_id_nor_its_identity(home: Home, logs: Path) -> None:
    take(home, logs)
    old = load_pseudonymizer(home, Settings()).user_key(ANN)
    log = open_context(home.root).log
    told = [json.loads(text)["metadata"] for text in log.read(types=["conversation.started"])["data"].to_pylist()]
    assert {"user_id": old, "deep": {"user": [old]}} in told
    assert places_of(home, ANN) == set()
    assert places_of(home, keyed_digest(ANN, load_fact_key(home, Settings()))) == set()


def test_the_erasure_finds_a_person_under_every_key_and_the_files_again_do_not_bring_the_person_back(
    home: Home, logs: Path
) -> None:
    take(home, logs)
    rotate(home)
    later = logs.with_name("later.jsonl")
    later.write_text(json.dumps(conversation(8)) + "\n", encoding="utf-8")
    take(home, later)
    rotate(home)
    keys = {one for one in pseudonyms_of(home).values() if one}
    assert len(keys) == 2
    counts = erase(open_context(home.root), Subject(user_id=ANN))
    assert counts["conversations"] == 5  # 1 to 4 and 8: 5 and 6 were refused, 7 names nobody
    assert {one: places_of(home, one) for one in keys} == {one: set() for one in keys}
    rotate(home)
    again = take(home, logs, later)
    assert (again["appended"], again["quarantined"]) == (0, 0)
    context = open_context(home.root)
    context.warehouse.catch_up(context.log)
    with context.warehouse.connect() as connection:
        assert [row[0] for row in rows_by_table(connection)["conversations"]] == ["conversation-7"]
