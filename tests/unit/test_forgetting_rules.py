"""What cites an erased conversation loses the citation; what names an erased person is known again by digests only."""

from datetime import date

import pytest

from upturn.privacy.citations import Citing
from upturn.privacy.tombstones import Tombstones
from upturn.settings import RetentionSettings
from upturn.stages.retain import kept_from

CITING = Citing({"conv-9", "c2"}, {"a" * 32})


@pytest.mark.parametrize(
    ("data", "left", "count"),
    [
        ({"members": [["c1", 0.5], ["c2", 0.4]]}, {"members": [["c1", 0.5]]}, 1),
        ({"responses": [["conv-9", 3, 0.1]], "population": 40}, {"responses": [], "population": 40}, 1),
        ({"assignments": {"t1": ["c1", "c2"], "t2": ["conv-9"]}}, {"assignments": {"t1": ["c1"], "t2": []}}, 2),
        ({"evidence": [{"conversation_id": "c2", "why": "x"}]}, {"evidence": []}, 1),
        ({"reason": "see conv-9, and conv-91"}, {"reason": "see <ERASED>, and conv-91"}, 1),
        ({"reason": "as chat:conv-9 shows"}, {"reason": "as chat:<ERASED> shows"}, 1),
        # a short id within a sentence, or a list of words, is a word
        ({"reason": "c2 is a mode", "top_terms": ["c2"]}, {"reason": "c2 is a mode", "top_terms": ["c2"]}, 0),
        ({"note": f"user {'a' * 32}"}, {"note": "user <ERASED>"}, 1),
        ({"parameters": {"terms": ["conv-9"]}}, {"parameters": {"terms": ["conv-9"]}}, 0),
        ({"value": 1, "other": None, "flag": True}, {"value": 1, "other": None, "flag": True}, 0),
    ],
)
def test_the_citation_goes_and_the_rest_stays(data, left, count):
    edited = CITING.without(data)
    assert (edited.data, edited.citations) == (left, count)
    assert (edited.data is data) == (count == 0)


def test_a_record_is_known_by_any_id_in_it_also_where_it_does_not_parse():
    stones = Tombstones(b"k" * 32, frozenset())
    stones = stones.having([stones.digest("user", "ann@x.org"), stones.digest("conversation", "7")])
    assert stones.in_text(b'{"deep": [{"user": "ann@x.org"}]}')
    assert stones.in_text(b'{"conversation_id": 7}')
    assert stones.in_text(b'{"user": "ann@x.org", "turns": [')
    assert stones.in_text(b"\xff user=ann@x.org;")
    assert not stones.in_text(b'{"user": "bob@x.org", "n": 77}')
    assert not Tombstones(b"k" * 32, frozenset()).in_text(b'{"user": "ann@x.org"}')


def test_what_is_known_under_one_key_is_not_known_under_another():
    stones = Tombstones(b"k" * 32, frozenset())
    digest = stones.digest("user", "ann")
    assert Tombstones(b"k" * 32, frozenset({digest})).holds("c", "ann")
    assert not Tombstones(b"l" * 32, frozenset({digest})).holds("c", "ann")


def test_nothing_is_kept_longer_than_asked_on_any_day_of_the_week():
    settings = RetentionSettings(conversations_days=30, unparseable_days=None)
    # the week of 23 to 29 November 2026: on Sunday the 29th the last 30 days begin on 31 October
    days = [date(2026, 11, day) for day in range(23, 30)]
    assert {kept_from(settings, day)["conversations"] for day in days} == {date(2026, 10, 31)}
    assert kept_from(settings, date(2026, 11, 30)) == {"conversations": date(2026, 11, 7)}
