"""Records for laws: hostile ones, usual ones, and any JSON."""

from datetime import datetime

from hypothesis import strategies as st

_FIRST, _LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001  the zone is written by hand

MOMENTS = st.sampled_from(
    [
        "2026-11-02T09:00:00Z",
        "2026-11-02 09:00:00.125+02:00",
        "2026-11-02T09:00:00",
        "2026-11-02T24:00:00Z",
        "9999-01-01T00:00:00Z",
        1793610000,
        "now",
        None,
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(),
    st.text(max_size=12),
    MOMENTS,
    st.sampled_from(
        ["user", "assistant", "tool", "1", "12.5", "-3", "1e5", "true", "{", "[1]", "\x00", "a\x1fb", "up"]
    ),
)
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
TURNS = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "agent", "bot"]) | LEAVES},
    optional={
        "message_id": LEAVES,
        "content": LEAVES | ANY_JSON,
        "parts": ANY_JSON,
        "created_at": MOMENTS | LEAVES,
        "latency_ms": LEAVES,
        "error_type": LEAVES,
        "input_tokens": LEAVES,
        "output_tokens": LEAVES,
        "tool_call_id": LEAVES,
        "name": LEAVES,
        "tool_name": LEAVES,
        "tool_calls": st.lists(st.fixed_dictionaries({"name": LEAVES}, optional={"arguments": ANY_JSON}), max_size=2)
        | ANY_JSON,
        "updated_at": MOMENTS,
        "mood": LEAVES,
    },
)
FEEDBACK = st.fixed_dictionaries(
    {"kind": st.sampled_from(["rating", "thumb", "csat", "nps", "comment", "x"])},
    optional={
        "feedback_id": LEAVES,
        "value": st.sampled_from([3, 3.5, "4", "up", "down", True, 0, "1", 11]) | LEAVES,
        "scale": st.sampled_from(["1-5", "0-10", "thumb", "1 to 5", "5-1", "x", None]),
        "comment": LEAVES,
        "author": st.sampled_from(["user", "agent", "x"]),
        "turn_index": st.integers(-1, 3) | LEAVES,
        "created_at": MOMENTS,
        "channel": LEAVES,
        "updated_at": MOMENTS,
    },
)
RECORDS = st.fixed_dictionaries(
    {"conversation_id": st.sampled_from(["c-1", "c-2"]) | LEAVES},
    optional={
        "assistant_id": LEAVES,
        "assistant_version": LEAVES,
        "config_version": LEAVES,
        "channel": LEAVES,
        "user_id": LEAVES,
        "persona": LEAVES,
        "origin": st.sampled_from(["production", "test", "x", None]),
        "is_internal": LEAVES,
        "started_at": MOMENTS,
        "ended_at": MOMENTS,
        "outcome": st.sampled_from(["resolved", None, "x"]),
        "updated_at": MOMENTS,
        "metadata": st.dictionaries(st.sampled_from(["a", "user_id", "b"]), ANY_JSON, max_size=2) | LEAVES,
        "turns": st.lists(TURNS, max_size=4) | LEAVES,
        "feedback": st.lists(FEEDBACK, max_size=2) | LEAVES,
        "queue": ANY_JSON,
    },
)
WORDS = st.text(max_size=12) | st.sampled_from(["42", "1.5", "true", "[x]", '{"a": 1}', "1e5", "", "-", "NaN"])
TIMES = st.datetimes(min_value=_FIRST, max_value=_LAST).map(lambda at: at.isoformat() + "Z")
USUAL_TURNS = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool"]), "content": st.none() | WORDS, "created_at": TIMES},
    optional={
        "message_id": st.sampled_from(["m-1", "m-2", 7]),
        "latency_ms": st.integers(0, 9999) | st.floats(0, 9999),
        "input_tokens": st.integers(0, 10**6),
        "tool_call_id": WORDS,
        "name": WORDS,
        "tool_name": WORDS,
        "tool_calls": st.lists(st.fixed_dictionaries({"name": WORDS, "arguments": st.none() | WORDS}), max_size=2),
    },
)
USUAL = st.fixed_dictionaries(
    {
        "conversation_id": st.sampled_from(["c-1", "c-2", 3]),
        "started_at": TIMES,
        "turns": st.lists(USUAL_TURNS, max_size=4),
    },
    optional={
        "assistant_version": WORDS,
        "user_id": WORDS,
        "outcome": st.sampled_from(["resolved", None]),
        "ended_at": TIMES,
        "metadata": st.dictionaries(st.text(max_size=3), WORDS, max_size=2),
        "is_internal": st.booleans(),
        "feedback": st.lists(FEEDBACK, max_size=1),
    },
)
