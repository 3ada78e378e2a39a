"""Real exports, each folder ingested by the documented command, `upturn ingest FOLDER`: its counts add up.

What is expected was counted from the files apart from upturn, with csv.DictReader and json; how is said beside it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.homes import upturn, upturn_json
from tests.support.shared import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]


@dataclass(frozen=True)
class Export:
    """What a folder holds."""

    records: int
    """Records in its files; for an export of several tables the conversations that they tell of, and refused rows."""
    conversations: int
    turns: Mapping[str, int]
    """Turns by role."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows and events in which nobody spoke to the customer, by kind; for formats that list every one."""
    refused: int = 0

    @property
    def turn_count(self) -> int:
        return sum(self.turns.values())


EXPORTS = {
    # ticket: 10 rows, 10 ids. ticket_chat_event: 12 rows of 9 chats: 9 ChatMessage, all by zd:answerBot, and 3 others.
    # ticket_comment: 20 rows of 7 tickets that are not among the 10, by 4 people who are in no table: nobody can say
    # who spoke.
    "fmt_zendesk": Export(
        records=10 + 9 + 20, conversations=10 + 9, turns={"assistant": 9}, refused=20,
        left_out={"ChatDepartmentTransfer": 1, "ChatEmailChanged": 1, "ChatJoin": 1},
    ),
    # conversation_history: 9 rows, 2 ids, each opened by a lead. conversation_part_history: 9 rows of 5 others.
    "fmt_intercom": Export(
        records=2 + 5, conversations=2 + 5, turns={"user": 2},
        left_out={"older conversation": 7, "close": 8, "note": 1},
    ),
    # 500 objects of distinct ids; `from`: 1,000 human, 1,000 gpt
    "fmt_sharegpt": Export(records=500, conversations=500, turns={"user": 1000, "assistant": 1000}),
    # 7 events: 2 of user, 5 of action
    "fmt_rasa": Export(records=1, conversations=1, turns={"user": 2}, left_out={"action": 5}),
    # 7 files of one trace each. Roles, read off the last request's `input` and `output` of each, as in test_langfuse:
    # suata, suaaa, suata, ssuaua, uuata, uata, aua.
    "fmt_langfuse": Export(
        records=7, conversations=7, turns={"system": 5, "user": 1 + 1 + 1 + 2 + 2 + 1 + 1,
                                           "assistant": 2 + 3 + 2 + 2 + 2 + 2 + 2, "tool": 4},
    ),
    # 3 batches of one request with its answer; one recording of a session: its agent's `system`, user.message,
    # agent.custom_tool_use, user.custom_tool_result, agent.message
    "fmt_langsmith": Export(
        records=4, conversations=4, turns={"system": 1, "user": 3 + 1, "assistant": 3 + 2, "tool": 1}
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    folder: Path
    home: Path
    said: Any
    expected: Export

    def rows(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = upturn_json("sql", query, home=self.home)
        return found


@pytest.fixture(scope="module", params=list(EXPORTS))
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Ingest the folder into a home of its own, and project."""
    folder = shared_data(request.param)
    home = tmp_path_factory.mktemp(request.param) / "home"
    upturn("init", home=home)
    said = upturn_json("ingest", str(folder), home=home)
    upturn("rebuild", home=home)
    return Taken(folder, home, said, EXPORTS[request.param])


def test_what_the_command_says_adds_up(taken: Taken) -> None:
    told, expected = taken.said["ingest"], taken.expected
    assert (told["read"], told["conversations"], told["turns"], told["feedback"], told["quarantined"]) == (
        expected.records, expected.conversations, expected.turn_count, 0, expected.refused,
    )  # fmt: skip
    assert told["read"] == told["staged"] + told["skipped"] + told["quarantined"]
    assert (taken.said["validate"]["quarantined"], taken.said["append"]["conflicts"]) == (0, 0)


def test_the_warehouse_holds_what_the_files_hold(taken: Taken) -> None:
    (found,) = taken.rows(
        "select (select count(*) from conversations) as conversations, (select count(*) from feedback) as feedback,"
        " (select count(*) from quarantine) as refused, (select count(*) from turns) as turns"
    )
    assert found == {
        "conversations": taken.expected.conversations,
        "feedback": 0,
        "refused": taken.expected.refused,
        "turns": taken.expected.turn_count,
    }
    roles = taken.rows("select role, count(*) as turns from turns group by role")
    assert {row["role"]: row["turns"] for row in roles} == taken.expected.turns


def test_what_nobody_said_is_counted_by_its_kind(taken: Taken) -> None:
    counted: Counter[str] = Counter()
    for row in taken.rows("select metadata from conversations where metadata is not null"):
        counted.update(json.loads(row["metadata"]).get("left_out", {}))
    assert counted == taken.expected.left_out


def test_a_refused_row_is_named_by_file_and_line(taken: Taken) -> None:
    found = taken.rows("select file, line, reason from quarantine order by file, line")
    assert [row["line"] for row in found] == list(range(1, taken.expected.refused + 1))
    folder = taken.folder.resolve()
    assert all(Path(row["file"]).resolve().parent == folder and row["reason"] for row in found)


def test_the_folder_again_adds_nothing(taken: Taken) -> None:
    again = upturn_json("ingest", str(taken.folder), home=taken.home)["append"]
    assert (again["appended"], again["quarantined"]) == (0, 0)
    assert again["skipped"] == again["read"]
