"""Real conversations that people labelled, as the failure model sees them: signals, what was said, the truth apart."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.support.failing import note_change, open_tables
from tests.support.real_logs import (
    Record,
    airline_records,
    airline_truth,
    as_canonical,
    retail_records,
    retail_truth,
    star_records,
    star_truth,
    write_jsonl,
)
from tests.support.tables import load_canonical
from upturn.failures.detection import detect_failures
from upturn.failures.learned_model import Case
from upturn.failures.reading import read_cases
from upturn.failures.responses import Said, response_case
from upturn.settings import Thresholds

_TIME = "2026-11-02T09:00:00+00:00"
Truth = Mapping[str, tuple[object, bool]]
"""By conversation id: the group it belongs to (task, worker, itself), and whether it failed."""


def cases_of(records: Iterable[Record], truths: Mapping[str, Truth]) -> dict[str, list[Case]]:
    """Give the cases of each truth, by conversation id: everything but label and group is read from the tables."""
    with TemporaryDirectory() as folder:
        write_jsonl(Path(folder) / "chat-all.jsonl", records)
        connection = open_tables()
        load_canonical(connection, Path(folder))
    note_change(connection)
    detect_failures(connection, Thresholds())
    found = read_cases(connection)
    return {
        name: [
            each.labelled(truth[each.conversation_id][1], group=str(truth[each.conversation_id][0]))
            for each in found
            if each.conversation_id in truth
        ]
        for name, truth in truths.items()
    }


def airline(data: Path) -> list[Case]:
    """τ-bench airline: reward 0; grouped by task."""
    folder = data / "taubench_airline_gpt4o"
    return cases_of(map(as_canonical, airline_records(folder)), {"reward": airline_truth(folder)})["reward"]


def retail(data: Path) -> list[Case]:
    """τ-bench retail, two versions: reward 0; grouped by task."""
    folder = data / "taubench_retail_variants"
    return cases_of(map(as_canonical, retail_records(folder)), {"reward": retail_truth(folder)})["reward"]


def star(data: Path) -> dict[str, list[Case]]:
    """STAR: `annoyed`, `unhelpful`, `unserved`, `broke_off`; grouped by the user."""
    folder = data / "star"
    records = list(star_records(folder))
    user = {each["conversation_id"]: each["user_id"] for each in records}
    answers = star_truth(folder)
    truths = {
        question: {
            name: (user[name], told[question]) for name, told in answers.items() if question in told and name in user
        }
        for question in ("annoyed", "unhelpful", "unserved", "broke_off")
    }
    return cases_of(records, truths)


def betold(data: Path) -> list[Case]:
    """BETOLD: late hang-up or transfer; a call is its own group; intents and entities are what was said."""
    with gzip.open(data / "betold" / "BETOLD_valid.json.gz", "rt", encoding="utf-8") as file:
        calls: list[Record] = json.load(file)
    records, truth = [], {}
    for number, call in enumerate(calls):
        name = f"betold-{number:05d}"
        turns = [
            (
                "user" if one["caller_name"] == "nlu" else "assistant",
                " ".join([one["intent"], *(each["entity"] for each in one["entities"])]),
            )
            for one in call["utterances_annotations"]
        ]
        records.append(conversation(name, turns))
        truth[name] = (name, call["LUHF"] == "luhf")
    return cases_of(records, {"luhf": truth})["luhf"]


def uss(data: Path, name: str) -> list[Case]:
    """USS, `SGD` or `ReDial`: mean overall satisfaction below 3; a dialogue is its own group."""
    with gzip.open(data / "uss" / f"{name}.txt.gz", "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    sessions = [list(block) for is_text, block in groupby(lines, key=bool) if is_text]
    records, truth = [], {}
    for number, session in enumerate(sessions):
        key = f"{name}-{number:05d}"
        rows = [line.split("\t") for line in session]
        said = [("user" if row[0] == "USER" else "assistant", row[1]) for row in rows if row[1] != "OVERALL"]
        overall = [float(each) for row in rows if row[1] == "OVERALL" for each in row[3].split(",")]
        records.append(conversation(key, said))
        truth[key] = (key, sum(overall) / len(overall) < 3)
    return cases_of(records, {"overall": truth})["overall"]


def dbdc4(data: Path) -> list[Case]:
    """DBDC4: whether a turn of the system broke the dialogue down (majority label X); grouped by dialogue."""
    found = []
    with tarfile.open(data / "dbdc4_en" / "dev_labeled.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda each: each.name):
            file = archive.extractfile(member) if member.name.endswith(".json") else None
            if file is None:
                continue
            told = json.load(file)["turns"]
            turns = [Said("assistant" if turn["speaker"] == "S" else "user", turn["utterance"]) for turn in told]
            found += [
                response_case(
                    f"{member.name}-{place:03d}", turns, place, group=member.name, label=turn["annotations"] == "X"
                )
                for place, turn in enumerate(told)
                if turn["annotations"]
            ]
    return found


def thumbs(data: Path, *, by_opening: bool) -> list[Case]:
    """Taskmaster ticketing: a thumb up on the generated turn, calls too; nothing after it is seen.

    Grouped by conversation_id, of which every record has one of its own although many continue each other; or, with
    `by_opening`, by the user's first two messages, which are the same throughout a dialogue.
    """
    with gzip.open(data / "taskmaster_thumbs" / "ticketing.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    found = []
    for number, record in enumerate(records):
        told = [*json.loads(record["context"]), json.loads(record["generation"])]
        opening = json.dumps([turn["text"] for turn in told[:-1] if turn["role"] == "user"][:2])
        group = opening if by_opening else record["conversation_id"]
        turns = [_thumbed_turn(turn) for turn in told]
        found.append(
            response_case(
                f"{number:05d}", turns, len(turns) - 1, group=group, label=record["reward"] > 0.5, sees_next=False
            )
        )
    return found


def _thumbed_turn(turn: Record) -> Said:
    if turn["role"] == "api":
        return Said("tool", json.dumps(turn["response"]))
    if "api" in turn:
        calls = [
            " ".join([f"call_{name}", *(f"{key.replace('.', '_')} {value}" for key, value in (given or {}).items())])
            for name, given in turn["api"].items()
        ]
        return Said("assistant", " ".join(calls), is_call=True)
    return Said("user" if turn["role"] == "user" else "assistant", turn.get("text") or "")


def turn_counts(cases: Sequence[Case]) -> np.ndarray:
    """Give (n,) the turns of each."""
    return np.array([each.turn_count for each in cases], dtype=float)


def conversation(name: str, turns: Iterable[tuple[str, str]]) -> Record:
    """Give a canonical record of what was said in turn."""
    told = [{"role": role, "content": said, "created_at": _TIME} for role, said in turns]
    return {"conversation_id": name, "assistant_id": "real", "channel": "chat", "started_at": _TIME, "turns": told}
