"""Real logs as files that upturn ingests: τ-bench as `openai_chat`, STAR as canonical `upturn` records.

The truth (reward, questionnaires) is never in the records; it is read apart by `*_truth`.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_AIRLINE_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_RETAIL_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_STOP = "###STOP###"
RETAIL_VERSIONS = {
    "before": "assertions-agent-none-0.1_range_0-100_6_18_2025.json.gz",
    "after": "assertions-agent-none-0.1_range_0-100_6_20_2025_without_postcondition.json.gz",
}


def airline_records(folder: Path) -> list[Record]:
    """Give τ-bench airline as 200 `openai_chat` records, `airline-TASK-TRIAL`, one trial a day."""
    runs = _read(folder / "gpt-4o-airline.json.gz")
    return [_chat_record(run, prefix="airline", version="gpt-4o", start=_AIRLINE_START) for run in runs]


def airline_truth(folder: Path) -> dict[str, tuple[int, bool]]:
    """Give (task, failed) by conversation id of `airline_records`."""
    runs = _read(folder / "gpt-4o-airline.json.gz")
    return {_run_id(run, "airline"): (run["task_id"], run["reward"] < 1) for run in runs}


def retail_records(folder: Path) -> list[Record]:
    """Give both τ-bench retail runs as `openai_chat` records, `retail-VERSION-TASK-TRIAL`.

    39 of the 200 runs broke down before anybody spoke: they are no conversations, which leaves 161.
    """
    return [
        _chat_record(run, prefix=f"retail-{version}", version=version, start=_RETAIL_START + timedelta(days=offset))
        for offset, (version, name) in enumerate(RETAIL_VERSIONS.items())
        for run in _read(folder / name)
        if run["traj"]
    ]


def retail_truth(folder: Path) -> dict[str, tuple[int, bool]]:
    """Give (task, failed) by conversation id of `retail_records`."""
    return {
        _run_id(run, f"retail-{version}"): (run["task_id"], run["reward"] < 1)
        for version, name in RETAIL_VERSIONS.items()
        for run in _read(folder / name)
        if run["traj"]
    }


def star_records(folder: Path) -> Iterator[Record]:
    """Give STAR's 5,068 dialogues as canonical records; one assistant, times as logged."""
    for dialogue in _star(folder):
        if turns := list(_star_turns(dialogue["Events"])):
            yield {
                "conversation_id": f"star-{dialogue['DialogueID']}",
                "assistant_id": "star",
                "assistant_version": f"format-{dialogue['FORMAT-VERSION']}",
                "channel": "web",
                "user_id": dialogue["AnonymizedUserWorkerID"],
                "started_at": turns[0]["created_at"],
                "ended_at": turns[-1]["created_at"],
                "turns": turns,
            }


def star_truth(folder: Path) -> dict[str, dict[str, bool]]:
    """Give by conversation id what is known of it.

    `annoyed`: the user became so; `broke_off`; and of the user's questionnaire `unhelpful`: not calm and helpful, and
    `unserved`: any answer is no.
    """
    return {f"star-{dialogue['DialogueID']}": _star_answers(dialogue) for dialogue in _star(folder)}


def as_canonical(record: Record) -> Record:
    """Give an `openai_chat` record as a canonical one."""
    turns = [_canonical_turn(message, record["started_at"]) for message in record["messages"]]
    return {key: value for key, value in record.items() if key != "messages"} | {"turns": turns}


def write_jsonl(path: Path, records: Iterable[Record]) -> Path:
    """Write one record a line and give the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return path


def _read(path: Path) -> list[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        runs: list[Record] = json.load(file)
    return runs


def _run_id(run: Record, prefix: str) -> str:
    return f"{prefix}-{run['task_id']:03d}-{run['trial']}"


def _chat_record(run: Record, *, prefix: str, version: str, start: datetime) -> Record:
    """Give one run; the trials over ten days, each task ten minutes after the one before."""
    started = start + timedelta(days=run["trial"] % 10, minutes=10 * run["task_id"] % 600)
    return {
        "conversation_id": _run_id(run, prefix),
        "assistant_id": prefix.split("-", maxsplit=1)[0],
        "assistant_version": version,
        "channel": "chat",
        "user_id": run["info"].get("task", {}).get("user_id", f"task-{run['task_id']}"),
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(minutes=9)).isoformat(),
        "messages": list(_messages(run["traj"])),
    }


def _messages(messages: list[Record]) -> Iterator[Record]:
    """Give the messages without the simulated user's end mark, which no customer types; calls get their ids."""
    call_id: str | None = None
    for place, message in enumerate(messages):
        content = message.get("content")
        if message["role"] == "user":
            content = (content or "").replace(_STOP, "").strip()
            if not content:
                continue
        given = {**message, "content": content}
        if calls := message.get("tool_calls"):
            call_id = f"call-{place}"
            given["tool_calls"] = [_call(call, call_id) for call in calls[:1]]
        elif message["role"] == "tool":
            given["tool_call_id"] = call_id
        yield given


def _call(call: Record, call_id: str) -> Record:
    """Give a call with JSON arguments: the retail runs hold Python literals."""
    arguments = call["function"]["arguments"]
    try:
        json.loads(arguments)
    except ValueError:
        try:
            arguments = json.dumps(ast.literal_eval(arguments))
        except (ValueError, SyntaxError):
            arguments = json.dumps({"raw": arguments})
    return {"id": call_id, "type": "function", "function": {"name": call["function"]["name"], "arguments": arguments}}


def _canonical_turn(message: Record, started_at: str) -> Record:
    calls = [
        {"id": call["id"], "name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        for call in message.get("tool_calls") or ()
    ]
    return {
        "role": message["role"],
        "content": message.get("content"),
        "created_at": started_at,
        "tool_calls": calls or None,
        "tool_call_id": message.get("tool_call_id"),
        "tool_name": message.get("name"),
    }


def _star(folder: Path) -> Iterator[Record]:
    with gzip.open(folder / "dialogues.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _star_turns(events: list[Record]) -> Iterator[Record]:
    """Give what user and assistant said and the assistant's queries; instructions and drafts are no turns."""
    moment: float | None = None
    call = 0
    for event in events:
        moment = event.get("UnixTime", moment)
        if moment is None:
            continue
        turn: Record = {"created_at": datetime.fromtimestamp(moment, UTC).isoformat()}
        match event["Agent"], event["Action"]:
            case "User", "utter":
                yield turn | {"role": "user", "content": event["Text"]}
            case "Wizard", ("utter" | "pick_suggestion"):
                yield turn | {"role": "assistant", "content": event["Text"]}
            case "Wizard", "query":
                call += 1
                asked = {"constraints": event.get("Constraints")}
                used = [{"id": f"q{call}", "name": event["APIName"], "arguments": asked}]
                yield turn | {"role": "assistant", "content": None, "tool_calls": used}
            case "KnowledgeBase", "return_item":
                found = json.dumps(event.get("Item"), ensure_ascii=False)
                name = (event.get("Item") or {}).get("APIName") or event.get("APIName")
                yield turn | {"role": "tool", "content": found, "tool_call_id": f"q{call}", "tool_name": name}


def _star_answers(dialogue: Record) -> dict[str, bool]:
    answers = {
        answer["Question"]: answer["Answer"]
        for answer in [*(dialogue["UserQuestionnaire"] or ()), *(dialogue["WizardQuestionnaire"] or ())]
    }
    told = {"broke_off": dialogue["CompletionLevel"] != "Complete"}
    for name, words in (("annoyed", "aggressive or annoyed"), ("unhelpful", "calm and helpful")):
        said = [answer for question, answer in answers.items() if words in question]
        if said and isinstance(said[0], bool):
            told[name] = said[0] if name == "annoyed" else not said[0]
    of_user = [answer["Answer"] for answer in dialogue["UserQuestionnaire"] or () if isinstance(answer["Answer"], bool)]
    if of_user:
        told["unserved"] = not all(of_user)
    return told
