"""Simulated logs: the same for the same seed, and a truth that adds up with what is written."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from upturn.domain.errors import ConfigurationError
from upturn.simulate.catalogue import catalogue
from upturn.simulate.logs import write_logs
from upturn.simulate.modes import KINDS
from upturn.simulate.scripts import SCRIPTS
from upturn.simulate.truth import Truth
from upturn.simulate.world import World

START = date(2026, 11, 2)
SEEDS = range(40)


@dataclass(frozen=True)
class Simulated:
    """Logs read back."""

    folder: Path
    truth: Truth
    conversations: dict[str, dict[str, Any]]
    late: list[dict[str, Any]]
    told: list[dict[str, Any]]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("logs")
    truth = write_logs(folder, days=14, per_day=250, seed=11, start=START)
    records = [orjson.loads(line) for path in sorted(folder.glob("chat-*.jsonl")) for line in path.open("rb")]
    return Simulated(
        folder=folder,
        truth=truth,
        conversations={record["conversation_id"]: record for record in records if "turns" in record},
        late=[record for record in records if "turns" not in record],
        told=[orjson.loads(line) for line in (folder / "truth_conversations.jsonl").open("rb")],
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 4), ("same", 4), ("other", 5)):
        write_logs(tmp_path / name, days=3, per_day=30, seed=seed, start=START)

    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [
        "chat-2026-11-02.jsonl",
        "chat-2026-11-03.jsonl",
        "chat-2026-11-04.jsonl",
        "truth.json",
        "truth_conversations.jsonl",
    ]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "same" / name).read_bytes()
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_the_counts_of_the_truth_are_those_of_the_files(logs: Simulated) -> None:
    truth = logs.truth

    assert orjson.loads((logs.folder / "truth.json").read_bytes()) == orjson.loads(orjson.dumps(truth.as_dict()))
    assert truth.conversation_count == len(logs.conversations) == len(logs.told)
    assert truth.turn_count == sum(len(record["turns"]) for record in logs.conversations.values())
    prompt = sum(len(record.get("feedback", [])) for record in logs.conversations.values())
    assert truth.late_feedback_count == len(logs.late) > 0
    assert truth.feedback_count == prompt + len(logs.late)
    failures = sum(told["is_failure"] for told in logs.told)
    assert truth.success_rate == pytest.approx(1 - failures / len(logs.told))


def test_late_feedback_is_about_a_conversation_of_an_earlier_file(logs: Simulated) -> None:
    for path in sorted(logs.folder.glob("chat-*.jsonl")):
        day = path.stem.removeprefix("chat-")
        for record in map(orjson.loads, path.open("rb")):
            if "turns" not in record:
                assert logs.conversations[record["conversation_id"]]["started_at"][:10] < day


def test_a_planted_failure_is_only_where_its_rule_exposes(logs: Simulated) -> None:
    wants = {told["conversation_id"]: told["want_id"] for told in logs.told}
    for mode in logs.truth.modes:
        rule = mode.exposure
        exposed = {told["conversation_id"] for told in logs.told if mode.id in told["exposed"]}
        by_rule = {
            name
            for name, record in logs.conversations.items()
            if record["assistant_id"] == rule["assistant_id"]
            and (rule["want_ids"] is None or wants[name] in rule["want_ids"])
            and rule["assistant_version"] in (None, record["assistant_version"])
            and rule["persona"] in (None, record["persona"])
            and rule["channel"] in (None, record["channel"])
        }
        assert exposed == by_rule
        for told in logs.told:
            assert set(told["failed"]) <= set(told["shown"]) <= set(told["exposed"])


def test_reach_and_effect_follow_from_each_conversations_truth(logs: Simulated) -> None:
    n = len(logs.told)
    for mode in logs.truth.modes:
        exposed = [told for told in logs.told if mode.id in told["exposed"]]
        only = [told for told in exposed if told["failed"] == [mode.id] and not told["is_background_failure"]]
        assert mode.exposed_count == len(exposed)
        assert mode.reach == pytest.approx(len(exposed) / n)
        assert mode.failed_count == sum(mode.id in told["failed"] for told in exposed)
        assert mode.effect == pytest.approx(len(only) / n)  # those that nothing else would have failed


def test_a_mode_fails_its_exposed_as_often_as_planted(logs: Simulated) -> None:
    for mode in logs.truth.modes:
        p, n = mode.failure_probability, mode.exposed_count
        if n:
            assert abs(mode.failed_count / n - p) <= 4 * (p * (1 - p) / n) ** 0.5  # four standard errors


def test_the_unhappy_answer_three_times_as_often(tmp_path: Path) -> None:
    write_logs(tmp_path, days=7, per_day=1500, seed=2, start=START)
    failed = {
        told["conversation_id"]: told["is_failure"]
        for told in map(orjson.loads, (tmp_path / "truth_conversations.jsonl").open("rb"))
    }
    heard = Counter[bool]()
    for path in tmp_path.glob("chat-*.jsonl"):
        heard.update(failed[r["conversation_id"]] for r in map(orjson.loads, path.open("rb")) if r.get("feedback"))
    share = Counter(failed.values())

    assert heard[True] / share[True] / (heard[False] / share[False]) == pytest.approx(3, rel=0.15)


def test_first_messages_are_varied_and_near_wants_share_their_words(logs: Simulated) -> None:
    first = {name: record["turns"][0]["content"] for name, record in logs.conversations.items()}
    words = re.compile(r"[a-z]+")
    by_want: dict[str, Counter[str]] = defaultdict(Counter)
    for told in logs.told:
        by_want[told["want_id"]].update(words.findall(first[told["conversation_id"]].lower()))

    assert len(set(first.values())) / len(first) > 0.9
    assert len(set().union(*by_want.values())) > 600
    for assistant in catalogue():
        for want in assistant.wants:
            own = {word for word, _ in by_want[want.id].most_common(60)}
            near = {word for word, _ in by_want[want.near].most_common(60)}
            assert len(own & near) >= 20, (want.id, want.near)


def test_logs_hold_what_a_support_log_holds(logs: Simulated) -> None:
    records = list(logs.conversations.values())
    turns = [turn for record in records for turn in record["turns"]]
    users = Counter(record["user_id"] for record in records)

    assert {record["channel"] for record in records} == {"web", "mobile", "whatsapp", "email"}
    assert len({record["persona"] for record in records}) == 6
    assert {turn["role"] for turn in turns} == {"user", "assistant", "tool", "agent"}
    assert users.most_common(1)[0][1] >= 8
    assert 0.4 < sum("outcome" in record for record in records) / len(records) < 0.6
    for record in records:
        times = [datetime.fromisoformat(turn["created_at"]) for turn in record["turns"]]
        assert times == sorted(times)
        assert record["started_at"] <= record["turns"][0]["created_at"]
        assert record["ended_at"] == record["turns"][-1]["created_at"]


def test_no_slot_or_choice_is_left_in_a_text(logs: Simulated) -> None:
    for record in logs.conversations.values():
        for turn in record["turns"]:
            if turn["role"] != "tool":
                assert not re.search(r"[\[\]{}|]", turn["content"] or ""), turn["content"]


def test_every_seed_plants_eight_to_ten_modes_one_of_each_group_at_different_places() -> None:
    pool, chosen = {kind.name for kind in KINDS}, set()
    for seed in SEEDS:
        modes = World(start=START, days=14, per_day=100, seed=seed).modes
        kinds = [mode.kind.name for mode in modes]
        places = [want for mode in modes for want in mode.rule.want_ids or ()]
        assert 8 <= len(kinds) == len(set(kinds)) <= 10
        assert len(places) == len(set(places))
        assert [mode.change for mode in modes].count("regression") == 1
        assert [mode.change for mode in modes].count("improvement") == 1
        assert {"knowledge", "safety", "regression"} <= {mode.kind.category for mode in modes}
        chosen.update(kinds)

    assert chosen == pool == set(SCRIPTS)


def test_a_regression_lives_in_the_new_version_only_and_an_improvement_in_the_old(logs: Simulated) -> None:
    for mode in logs.truth.modes:
        versions = next(item.versions for item in catalogue() if item.id == mode.exposure["assistant_id"])
        expected = {"regression": versions[1], "improvement": versions[0], None: None}[mode.change]
        assert mode.exposure["assistant_version"] == expected


def test_weekdays_differ_and_the_mean_is_what_was_asked_for() -> None:
    world = World(start=START, days=28, per_day=400, seed=3)
    sizes = [len(world.conversations(place).user) for place in range(28)]

    assert sum(sizes) / 28 == pytest.approx(400, rel=0.15)  # the season adds up to 12 %
    assert sum(sizes[0::7]) > 1.2 * sum(sizes[5::7])  # Mondays 1.15, Saturdays .78


def test_no_days_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="at least one day"):
        write_logs(tmp_path, days=0, per_day=10, seed=1, start=START)


def test_the_reference_names_every_field_of_the_truth(logs: Simulated) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "simulator.md").read_text(encoding="utf-8")
    truth = logs.truth.as_dict()

    for field in (*truth, *truth["modes"][0], *truth["modes"][0]["exposure"], *truth["releases"][0], *logs.told[0]):
        assert re.search(rf"\b{field}\b", page), field
