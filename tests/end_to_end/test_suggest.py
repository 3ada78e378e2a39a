"""`suggest` on a planted problem: figures by hand, terms of days, decisions respected."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.planted import LAST_DAY, planted_context
from upturn.domain.errors import DecisionError, NotFoundError, StaleDecisionError
from upturn.report.suggestion_page import suggestion_markdown
from upturn.stages.review import decide, look_at, pending, review, ship
from upturn.stages.suggest import suggest

AFTER = datetime(2026, 10, 29, 9, tzinfo=UTC)


def rows(context, query):
    with context.warehouse.connect() as connection:
        result = connection.execute(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def proposed(context):
    return rows(context, "select * from suggestions order by proposed_at, suggestion_id")


@pytest.fixture
def context(tmp_path):
    return planted_context(tmp_path)


def test_the_planted_problem_is_proposed_with_its_true_figures(context):
    counts = suggest(context, LAST_DAY)
    (row,) = proposed(context)
    assert (counts.read, counts.appended, counts.notes["proposed"]) == (1, 1, 1)
    assert (row["rule"], row["category"], row["cluster_id"], row["status"]) == ("tool_errors", "tools", "k1", "pending")
    # 112 of 560 exposed; .9 − .4; .2 × .5; × fixability .5
    assert (row["reach"], row["gap"], row["opportunity"], row["impact_estimate"]) == (0.2, 0.5, 0.1, 0.05)
    assert row["opportunity_low"] < 0.1 < row["opportunity_high"]
    assert row["impact_low"] < 0.05 < row["impact_high"]
    assert (row["overlap"], row["priority"], row["severity"], row["impact_reason"]) == (1.0, "high", None, None)
    assert 0 < row["prior_share"] < 1
    # success of the exposed .4: 2.70554 × .24 / .0025 = 259.7
    assert "not calibrated: 260 labels would do" in row["assumptions"]
    assert "refund_api failed in 56 of 112 calls, in 56 conversations" in row["description"]
    assert (row["expires_at"] - row["proposed_at"]).days == 28


def test_evidence_cites_failed_conversations_of_the_log(context):
    suggest(context, LAST_DAY)
    cited = rows(
        context,
        """
        select failures.is_failure, cite.turn_index from (
            select unnest(from_json(evidence, '[{"conversation_id":"VARCHAR","turn_index":"INTEGER"}]')) as cite
            from suggestions
        ) inner join failures on failures.conversation_id = cite.conversation_id
        """,
    )
    assert cited == [{"is_failure": True, "turn_index": 2}] * 5


def test_the_same_day_twice_changes_nothing(context):
    suggest(context, LAST_DAY)
    before, version = proposed(context), context.log.version
    counts = suggest(context, LAST_DAY)
    assert (counts.appended, counts.skipped, context.log.version) == (0, 1, version)
    assert proposed(context) == before


def test_the_next_day_refreshes_figures_and_keeps_the_term(context):
    suggest(context, LAST_DAY)
    (first,) = proposed(context)
    suggest(context, LAST_DAY + timedelta(days=1))
    (second,) = proposed(context)
    # a day of 20 conversations, 4 of them about refunds, left the window; none came
    assert second["reach"] == 0.2
    same = ("suggestion_id", "proposed_at", "expires_at", "status")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert second["revised_on"] == LAST_DAY + timedelta(days=1)


def test_a_cluster_that_exposes_nothing_is_proposed_without_an_impact(context):
    with context.warehouse.connect() as connection:
        connection.execute("delete from exposures")
    suggest(context, LAST_DAY)
    (row,) = proposed(context)
    assert (row["impact_estimate"], row["opportunity"], row["reach"], row["priority"]) == (None, None, 0.0, "low")
    assert row["impact_reason"] == "no conversation of the window is exposed"


def test_a_resolved_cluster_is_not_proposed(context):
    with context.warehouse.connect() as connection:
        connection.execute("update clusters set status = 'resolved'")
    assert suggest(context, LAST_DAY).read == 0


def test_a_cluster_that_the_newest_fit_missed_keeps_its_suggestion(context):
    suggest(context, LAST_DAY)
    with context.warehouse.connect() as connection:
        connection.execute(
            "insert into clusters select * replace ('k9' as cluster_id, last_seen + 1 as last_seen) from clusters"
        )
    counts = suggest(context, LAST_DAY + timedelta(days=1))
    assert counts.notes["withdrawn"] == 0
    assert [row["status"] for row in proposed(context)] == ["pending"]


def test_a_suggestion_whose_failures_are_gone_is_withdrawn_once_with_the_reason(context):
    suggest(context, LAST_DAY)
    with context.warehouse.connect() as connection:
        connection.execute("update clusters set status = 'resolved'")
    counts = suggest(context, LAST_DAY + timedelta(days=1))
    assert (counts.appended, counts.notes["withdrawn"]) == (1, 1)
    (row,) = proposed(context)
    (decision,) = rows(context, "select decision, reason from decisions")
    assert (row["status"], decision["decision"]) == ("expired", "expired")
    assert decision["reason"] == "its failures are no longer seen"
    assert suggest(context, LAST_DAY + timedelta(days=1)).appended == 0


def test_one_unsafe_answer_is_proposed_without_any_cluster(context):
    with context.warehouse.connect() as connection:
        connection.execute("update clusters set status = 'resolved'")
        connection.execute(
            "insert into working.rule_scores by name select conversation_id, turn_index, 0.2 as safety, "
            "'personal_data_leaked' as safety_finding from turns order by conversation_id, turn_index limit 1"
        )
    suggest(context, LAST_DAY)
    (row,) = proposed(context)
    assert (row["rule"], row["severity"], row["cluster_id"]) == ("unsafe_answers", "critical", None)
    event = decide(context, row["suggestion_id"], "accepted", actor="ana", at=AFTER)
    assert event.payload.prediction["exposure_rules"][0]["assistant_id"] == "a1"


def test_what_only_the_judge_calls_unsafe_is_no_leak(context):
    with context.warehouse.connect() as connection:
        connection.execute("update clusters set status = 'resolved'")
        connection.execute(
            "insert into working.given_scores by name select conversation_id, turn_index, 'safety' as metric, "
            "0.0 as score, 'judge' as scorer, '1' as scorer_version, 0.1 as inclusion_probability "
            "from turns order by conversation_id, turn_index limit 1"
        )
        connection.execute("update turns set content = 'You idiot, your order 123456789 at help@shop.com is late'")
    suggest(context, LAST_DAY)
    (row,) = proposed(context)
    assert (row["title"], row["severity"]) == ("Judged unsafe: a1", "high")


def test_nothing_to_say_of_an_empty_day(context):
    counts = suggest(context, LAST_DAY + timedelta(days=300))
    assert (counts.read, counts.appended) == (0, 0)


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_what_was_decided_is_not_proposed_again(context, decision):
    suggest(context, LAST_DAY)
    (row,) = proposed(context)
    decide(context, row["suggestion_id"], decision, actor="ana", at=AFTER)
    counts = suggest(context, LAST_DAY + timedelta(days=1))
    assert counts.appended == 0
    (after,) = proposed(context)
    assert (after["status"], after["revised_on"]) == (decision, LAST_DAY)


def test_what_nobody_decided_expires_and_is_proposed_anew_under_another_id(context):
    suggest(context, LAST_DAY)
    with context.warehouse.connect() as connection:  # the cluster is still there four weeks on
        connection.execute("update conversations set day = day + 20, started_at = started_at + interval 20 day")
    counts = suggest(context, LAST_DAY + timedelta(days=28))
    assert counts.notes["expired"] == 1
    old, new = proposed(context)
    assert (old["status"], new["status"]) == ("expired", "pending")
    assert old["suggestion_id"] != new["suggestion_id"]
    again = suggest(context, LAST_DAY + timedelta(days=28))
    assert (again.appended, len(proposed(context))) == (0, 2)


def test_accepting_freezes_the_prediction_and_the_exposure(context):
    suggest(context, LAST_DAY)
    (waiting,) = pending(context)
    event = decide(context, waiting["suggestion_id"][:6], "accepted", actor="ana", at=AFTER, seen=waiting["revision"])
    frozen = event.payload.prediction
    assert (frozen["impact_estimate"], frozen["reach"], frozen["predicted_on"]) == (0.05, 0.2, "2026-10-28")
    assert frozen["effect_on_exposed"] == 0.25  # .05 / .2
    assert frozen["exposure_rules"] == [{"topic_ids": ["t1"], "assistant_id": "a1"}]
    assert frozen["exposure"] == {"cluster_ids": ["k1"]}
    assert frozen["horizon_days"] == 28
    assert pending(context) == []


def test_two_people_can_not_decide_on_one_state(context):
    suggest(context, LAST_DAY)
    (waiting,) = pending(context)
    name, seen = waiting["suggestion_id"], waiting["revision"]
    decide(context, name, "noted", actor="ana", at=AFTER, reason="wait", seen=seen)
    with pytest.raises(StaleDecisionError, match="you saw revision 0, it is at 1"):
        decide(context, name, "accepted", actor="bo", at=AFTER, seen=seen)


def test_unknown_ids_and_illegal_moves_write_nothing(context):
    suggest(context, LAST_DAY)
    (waiting,) = pending(context)
    version = context.log.version
    with pytest.raises(NotFoundError, match="no suggestion has the id nope"):
        decide(context, "nope", "accepted", actor="ana", at=AFTER)
    with pytest.raises(NotFoundError):
        decide(context, "", "accepted", actor="ana", at=AFTER)
    with pytest.raises(DecisionError, match="can't be shipped: it is pending"):
        ship(context, waiting["suggestion_id"], version="v2", actor="ana", at=AFTER)
    decide(context, waiting["suggestion_id"], "accepted", actor="ana", at=AFTER)
    with pytest.raises(DecisionError, match="it was proposed at 2026-10-29"):
        ship(context, waiting["suggestion_id"], version="v2", actor="ana", at=AFTER - timedelta(days=2))
    assert context.log.version == version + 1


def test_review_counts_what_waits(context):
    suggest(context, LAST_DAY)
    assert review(context, LAST_DAY + timedelta(days=3)).notes == {"pending": 1, "severe": 0}


def test_the_page_of_a_suggestion_quotes_its_evidence_and_tells_who_decided_what(context):
    suggest(context, LAST_DAY)
    (row,) = pending(context)
    name = row["suggestion_id"]
    before = look_at(context, name[:8])
    assert before.revision == 0
    assert before.suggestion.weekly_impact.value == pytest.approx(row["impact_estimate"] * 140)  # 560 in four weeks
    assert before.suggestion.citations
    decide(context, name, "assigned", actor="ana", assignee="dana", at=AFTER, seen=before.revision)
    decide(context, name, "noted", actor="dana", reason="the *bank* knows", at=AFTER)
    after = look_at(context, name)
    assert [one.decision for one in after.decisions] == ["assigned", "noted"]
    said = suggestion_markdown(after)
    assert "29 Oct 2026, ana: assigned to dana" in said
    assert r"dana: noted: the \*bank\* knows" in said  # what people write makes no mark-up
    assert (after.suggestion.assignee, after.suggestion.status) == ("dana", "pending")
    with pytest.raises(StaleDecisionError, match="ana assigned it on 2026-10-29 09:00; dana noted it"):
        decide(context, name, "accepted", actor="bob", at=AFTER, seen=before.revision)
    with pytest.raises(NotFoundError):
        look_at(context, "ffffffff")
