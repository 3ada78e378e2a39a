"""`label`: drawn once, asked key by key, resumed, exported and imported, by several annotators."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from upturn.cli.label_files import export_questions, import_answers, said
from upturn.cli.labelling import ask
from upturn.domain.errors import NotFoundError, UpturnError
from upturn.domain.events import NewEvent
from upturn.domain.payloads import ConversationEnded, ConversationStarted, ResponseJudged, TurnLogged
from upturn.home import Home
from upturn.log.encode import event_table
from upturn.log.memory import MemoryLog
from upturn.settings import Settings
from upturn.stages.labelling import Answer, Question, give, open_questions, request, transcript
from upturn.stages.stage import StageContext
from upturn.warehouse import Warehouse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNT = 12


def _events(number: int) -> list[NewEvent]:
    name = f"c{number}"
    nothing = dict.fromkeys(("assistant_version", "config_version", "user_key", "persona", "metadata", "updated_at"))
    start = ConversationStarted(
        conversation_id=name, assistant_id="shop", channel="web", origin="production", is_internal=False,
        started_at=NOON, record_digest="d", **nothing,
    )  # fmt: skip
    end = ConversationEnded(
        conversation_id=name, ended_at=NOON + timedelta(hours=1), outcome=None, updated_at=None, record_digest="d"
    )
    empty = dict.fromkeys(
        ("parts", "latency_ms", "error_type", "input_tokens", "output_tokens", "tool_calls", "tool_call_id",
         "tool_name", "updated_at")
    )  # fmt: skip
    turns = [
        TurnLogged(
            conversation_id=name, turn_key=f"{place}", position=place, role=role, content=content,
            occurred_at=NOON + timedelta(minutes=place), record_digest="d", **empty,
        )
        for place, (role, content) in enumerate([("user", "where is it?\x1b[31m"), ("assistant", "On its way.")])
    ]  # fmt: skip
    judged = ResponseJudged(
        conversation_id=name, turn_index=1, metric="helpfulness", score=0.9, unscored_reason=None, rationale=None,
        model="m", prompt_version="p1", inclusion_probability=0.5, input_tokens=None, output_tokens=None, cost_usd=None,
    )  # fmt: skip
    payloads = [("conversation.started", start), *(("turn.logged", turn) for turn in turns)]
    payloads += [("conversation.ended", end), ("response.judged", judged)]
    return [
        NewEvent(kind, "chat", (name, f"{place}"), "r", name, NOON, payload)  # type: ignore[arg-type]
        for place, (kind, payload) in enumerate(payloads)
    ]


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    home, settings, log = Home(tmp_path / "home").create(), Settings(), MemoryLog()
    events = [event for number in range(COUNT) for event in _events(number)]
    log.append(event_table(events, recordedtime=NOON))
    return StageContext(home, settings, log, Warehouse(home, settings), clock=lambda: NOON)


def _draw(context: StageContext, **counts: int) -> int:
    asked = {"conversations": COUNT, "responses": COUNT, "days": 7, **counts}
    return request(context, metrics=["helpfulness"], by="ana", at=NOON, **asked)


def _keys(pressed: str) -> Callable[[], str]:
    waiting = iter(pressed)
    return lambda: next(waiting)


def test_a_second_draw_asks_nothing_new(context: StageContext) -> None:
    assert _draw(context) == 2 * COUNT
    assert _draw(context) == 0
    questions = open_questions(context, "ana")
    assert {one.metric for one in questions} == {"success", "helpfulness"}
    assert {one.inclusion_probability for one in questions} == {1.0}


def test_answers_are_kept_one_by_one_and_the_next_session_continues(context: StageContext) -> None:
    _draw(context, responses=0)
    shown: list[str] = []
    questions = open_questions(context, "ana")
    answered = ask(context, questions, annotator="ana", key=_keys("yxnusq"), say=shown.append)
    assert answered == 3  # y, n (x means nothing), u; then one skipped, then quit
    left = open_questions(context, "ana")
    assert len(left) == COUNT - 3
    assert left[0] == questions[3]
    assert len(open_questions(context, "bo")) == COUNT
    with context.warehouse.connect() as connection:
        rows = connection.execute("select score, unlabelled_reason from labels order by score desc nulls last")
        assert rows.fetchall() == [(1.0, None), (0.0, None), (None, "unsure")]


def test_what_customers_wrote_cannot_steer_the_terminal(context: StageContext) -> None:
    _draw(context, conversations=0)
    shown: list[str] = []
    ask(context, open_questions(context, "ana")[:1], annotator="ana", key=_keys("q"), say=shown.append)
    assert not any("\x1b" in line for line in shown)
    assert any(line.startswith("→ 1 assistant: On its way.") for line in shown)


def test_a_label_is_recorded_again_only_when_it_changed(context: StageContext) -> None:
    _draw(context, responses=0)
    answer = Answer("c1", None, "success", 1.0)
    assert [give(context, [answer], annotator="ana", at=NOON + timedelta(hours=n)) for n in (1, 2)] == [1, 0]
    changed = Answer("c1", None, "success", 0.0)
    assert give(context, [changed], annotator="ana", at=NOON + timedelta(hours=3)) == 1
    with context.warehouse.connect() as connection:
        assert connection.execute("select score, inclusion_probability from labels").fetchall() == [(0.0, 1.0)]


def test_what_was_never_drawn_takes_no_label(context: StageContext) -> None:
    _draw(context, responses=0)
    with pytest.raises(NotFoundError, match="never asked"):
        give(context, [Answer("c1", 1, "helpfulness", 1.0)], annotator="ana", at=NOON)


def test_questions_go_out_and_answers_come_in_as_csv(context: StageContext, tmp_path: Path) -> None:
    _draw(context)
    questions, path = open_questions(context, "ana"), tmp_path / "questions.csv"
    export_questions(path, questions, lambda one: said(transcript(context, one.conversation_id), one.turn_index))
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert len(rows) == len(questions)
    for row in rows[:4]:
        row["label"] = "Y" if row["metric"] == "success" else "4"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert give(context, import_answers(path), annotator="bo", at=NOON) == 4
    assert len(open_questions(context, "bo")) == len(questions) - 4
    assert len(open_questions(context, "ana")) == len(questions)


@pytest.mark.parametrize(
    ("row", "says"),
    [("c1,,success,7", "line 2, label: expected one of y, n, u"), ("c1,x,safety,4", "line 2, turn_index")],
)
def test_an_answer_that_is_none_names_its_line_and_not_its_text(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(f"conversation_id,turn_index,metric,label\n{row}\n", encoding="utf-8")
    with pytest.raises(UpturnError, match=says):
        list(import_answers(path))
    path.write_text("conversation_id,metric,label\n", encoding="utf-8")
    with pytest.raises(UpturnError, match="no column 'turn_index'"):
        list(import_answers(path))


def test_without_conversations_there_is_nothing_to_draw(tmp_path: Path) -> None:
    home, settings = Home(tmp_path).create(), Settings()
    empty = StageContext(home, settings, MemoryLog(), Warehouse(home, settings), clock=lambda: NOON)
    with pytest.raises(NotFoundError, match="upturn run"):
        _draw(empty)


def test_an_unknown_metric_is_refused_by_name(context: StageContext) -> None:
    with pytest.raises(UpturnError, match="no metric 'charm'"):
        request(context, conversations=1, responses=1, days=7, metrics=["charm"], by="ana", at=NOON)


def test_a_question_says_what_it_is_about() -> None:
    turns = [(0, "user", "hi", None), (1, "assistant", None, "timeout"), (2, "user", "?", None)]
    assert said(turns, 1) == ["0 user: hi", "→ 1 assistant: (nothing) [error: timeout]"]
    assert len(said(turns, None)) == 3
    assert Question("c", None, "success", 0.5).turn_index is None
