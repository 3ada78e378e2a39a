"""Whatever a trace repeats, each of its messages is told once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.formats.exchanges import Exchange, told

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def turn(text):
    """u:… is the user, a:… the assistant, t:… a tool, s:… the system."""
    roles = {"u": "user", "a": "assistant", "t": "tool", "s": "system"}
    return {"role": roles[text[0]], "content": text[2:]}


def span(second, inputs="", outputs="", *, name=None, kind="llm", parent=None, trace="T", seconds=1, **more):
    at = START + timedelta(seconds=second)
    given = [[turn(text) for text in texts.split()] for texts in (inputs, outputs)]
    end = at + timedelta(seconds=seconds)
    return Exchange(trace, name or f"{kind}{second}", parent, kind, at, end, *given, **more)


def said(spans, *, has_all_spans=False, has_history=False):
    found = told(spans, has_all_spans=has_all_spans, has_history=has_history)
    return " ".join(f"{one.turn['role'][0]}:{one.turn['content']}" for one in found)


def test_repeated_history_is_told_once():
    spans = [span(0, "s:S u:1", "a:1"), span(5, "s:S u:1 a:1 u:2", "a:2"), span(9, "s:S u:1 a:1 u:2 a:2 u:3", "a:3")]
    assert said(spans) == "s:S u:1 a:1 u:2 a:2 u:3 a:3"


def test_of_a_first_request_only_what_follows_the_last_answer_unless_nothing_was_said_before():
    spans = [span(0, "s:S u:1 a:1 u:2", "a:2")]
    assert said(spans) == "u:2 a:2"
    assert said(spans, has_history=True) == "s:S u:1 a:1 u:2 a:2"


def test_the_same_words_said_again_are_said_again():
    spans = [span(0, "u:yes", "a:ok"), span(5, "u:yes a:ok u:yes", "a:done")]
    assert said(spans) == "u:yes a:ok u:yes a:done"
    apart = [span(0, "u:yes", "a:ok", trace="T1"), span(5, "u:yes", "a:ok", trace="T2")]
    assert said(apart) == "u:yes a:ok u:yes a:ok"


def test_two_requests_on_the_same_question_tell_it_once():
    assert said([span(0, "u:1", "a:safe"), span(2, "s:S u:1", "a:1")]) == "u:1 a:safe s:S a:1"


def test_a_wrapper_and_a_search_repeat_nothing():
    spans = [
        span(0, "u:1", "a:1", kind="wrapper", name="root", seconds=9),
        span(1, "u:query", "a:document", kind="other", parent="root"),
        span(2, "s:S u:1", "a:1", parent="root"),
    ]
    for whole in (True, False):
        assert said(spans, has_all_spans=whole, has_history=whole) == "s:S u:1 a:1"


def test_a_chain_without_requests_speaks_only_where_the_trace_is_whole():
    spans = [
        span(0, "u:1", "a:1", kind="wrapper", name="root", seconds=9),
        span(1, "u:1", "a:1", kind="wrapper", name="step", parent="root"),
    ]
    assert said(spans, has_all_spans=True) == "u:1 a:1"
    assert said(spans) == ""


def test_of_nested_requests_the_one_with_messages_speaks():
    outer, inner = span(0, "u:1", "a:1", name="outer"), span(1, "u:1", "a:1", name="inner", parent="outer")
    assert [one.span_id for one in told([outer, inner], has_all_spans=False, has_history=False)] == ["inner"] * 2
    inner.is_structured = False
    assert [one.span_id for one in told([outer, inner], has_all_spans=False, has_history=False)] == ["outer"] * 2


def test_history_that_no_answer_told_is_told_by_the_next_request():
    # As of agents whose framework records requests without answers: the wrapper has the last one.
    spans = [
        span(0, "u:1", "a:3", kind="wrapper", name="root", seconds=9),
        span(1, "u:1", parent="root"),
        span(2, "u:1 a:1", parent="root"),
        span(3, "u:1 a:1 a:2", parent="root"),
    ]
    assert said(spans, has_all_spans=True, has_history=True) == "u:1 a:1 a:2 a:3"
    last = told(spans, has_all_spans=True, has_history=True)[-1]
    assert "latency_ms" not in last.turn


def test_a_state_that_repeats_its_input_gives_what_is_new():
    spans = [span(0, "u:1", "u:1 a:1 t:r a:2", kind="wrapper")]
    assert said(spans, has_all_spans=True) == "u:1 a:1 t:r a:2"


def test_a_sub_agent_tells_its_own_messages_and_its_caller_goes_on():
    spans = [
        span(0, "s:S u:1", "a:call"),
        span(2, "s:T u:task", "a:found"),
        span(4, "s:S u:1 a:call t:found", "a:1"),
    ]
    assert said(spans) == "s:S u:1 a:call s:T u:task a:found t:found a:1"


def test_a_request_that_failed_is_an_answer_without_content():
    (question, answer) = told([span(0, "u:1", error_type="Timeout")], has_all_spans=False, has_history=False)
    assert question.turn["content"] == "1"
    assert answer.turn == {
        "message_id": "llm0:out:0", "role": "assistant", "content": None, "created_at": "2026-11-02T09:00:01+00:00",
        "latency_ms": 1000.0, "error_type": "Timeout",
    }  # fmt: skip


def test_ids_of_turns_do_not_depend_on_the_history_before_them():
    whole = told([span(0, "s:S u:1 a:1 t:r u:2", "a:2")], has_all_spans=False, has_history=True)
    part = told([span(0, "t:r u:2", "a:2")], has_all_spans=False, has_history=False)
    assert [one.turn["message_id"] for one in whole[-3:]] == [one.turn["message_id"] for one in part]


def test_a_circle_of_parents_ends():
    spans = [span(0, "u:1", "a:1", name="x", parent="y"), span(1, "", "", name="y", parent="x", kind="wrapper")]
    assert said(spans) == "u:1 a:1"


@pytest.mark.parametrize("with_history", [True, False])
@given(data=st.data())
def test_a_talk_is_told_once_however_often_its_requests_repeat_it(with_history, data):
    talk = data.draw(st.lists(st.sampled_from(["yes", "no", "why"]), min_size=1, max_size=6))
    history, spans, expected = ["s:S"], [], ["s:S"]
    for second, word in enumerate(talk):
        history.append(f"u:{word}")
        answer = data.draw(st.sampled_from(["a:ok", "a:no"]))
        spans.append(span(second * 5, " ".join(history), answer))
        history.append(answer)
        expected += [f"u:{word}", answer]
    spans = data.draw(st.permutations(spans))
    assert said(spans, has_history=with_history) == " ".join(expected)
