"""Real logs the whole way: ingested by the product itself, to the report; what it says is held against the truth."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.support import real_logs
from tests.support.homes import upturn, upturn_json
from tests.support.shared import shared_data

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]


class Ran(NamedTuple):
    home: Path
    records: list[dict[str, Any]]
    ingested: Any
    report: Any


def run(root: Path, records: Iterable[dict[str, Any]], form: str) -> Ran:
    """Ingest records by the documented commands, run, report."""
    given = list(records)
    file = real_logs.write_jsonl(root / "logs.jsonl", given)
    home = root / "home"
    upturn("init", home=home)
    ingested = upturn_json("ingest", str(file), "--format", form, home=home)
    upturn("run", home=home)
    return Ran(home, given, ingested, upturn_json("report", home=home))


def rows(ran: Ran, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = upturn_json("sql", query, home=ran.home)
    return found


def turns_given(ran: Ran) -> int:
    return sum(len(record.get("messages") or record.get("turns") or ()) for record in ran.records)


def assert_counts_add_up(ran: Ran) -> None:
    (counts,) = rows(
        ran,
        "select (select count(*) from turns) as turns, (select count(*) from conversations) as conversations,"
        " (select coalesce(sum(turn_count), 0) from quarantine) as refused_turns,"
        " (select count(*) from quarantine) as refused",
    )
    assert counts["turns"] + counts["refused_turns"] == turns_given(ran)
    assert counts["conversations"] + counts["refused"] == len(ran.records)
    assert counts["refused"] <= len(ran.records) // 50


def assert_evidence_is_in_the_log(ran: Ran) -> None:
    """Every quotation of the report's suggestions is what the log holds for the turn that it cites."""
    suggestions = ran.report["suggestions"]
    assert suggestions
    said = {
        (row["conversation_id"], row["turn_index"]): row["content"] or ""
        for row in rows(ran, "select conversation_id, turn_index, content from turns")
    }
    quotations = 0
    for suggestion in suggestions:
        assert suggestion["citations"]
        for citation in suggestion["citations"]:
            for turn in citation["turns"]:
                spoken = " ".join(said[citation["conversation_id"], turn["turn_index"]].split())
                quoted = " ".join((turn["content"] or "").removesuffix("…").split())
                assert quoted[:60] in spoken
                quotations += bool(quoted)
    assert quotations


def auc_difference(
    truth: dict[str, tuple[int, bool]], ours: dict[str, float], baseline: dict[str, float]
) -> tuple[float, float, float, float]:
    """Give our AUC, the baseline's, and the 90 % interval of their difference by a bootstrap over tasks."""
    ids = sorted(truth)
    task = np.array([truth[one][0] for one in ids])
    failed = np.array([truth[one][1] for one in ids])
    mine = np.array([ours[one] for one in ids])
    other = np.array([baseline[one] for one in ids])
    members = {number: np.flatnonzero(task == number) for number in np.unique(task)}
    random = np.random.default_rng(20261123)
    draws = []
    for _ in range(1000):
        chosen = np.concatenate([members[number] for number in random.choice(list(members), len(members))])
        if 0 < failed[chosen].sum() < len(chosen):
            draws.append(roc_auc_score(failed[chosen], mine[chosen]) - roc_auc_score(failed[chosen], other[chosen]))
    low, high = np.quantile(draws, [0.05, 0.95])
    return roc_auc_score(failed, mine), roc_auc_score(failed, other), float(low), float(high)


@pytest.fixture(scope="module")
def airline(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = shared_data("taubench_airline_gpt4o")
    return run(tmp_path_factory.mktemp("airline"), real_logs.airline_records(folder), "openai_chat")


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = shared_data("taubench_retail_variants")
    return run(tmp_path_factory.mktemp("retail"), real_logs.retail_records(folder), "openai_chat")


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(tmp_path_factory.mktemp("star"), real_logs.star_records(shared_data("star")), "upturn")


def test_airline_counts_add_up(airline: Ran) -> None:
    assert_counts_add_up(airline)


def test_retail_counts_add_up(retail: Ran) -> None:
    assert_counts_add_up(retail)


def test_star_counts_add_up(star: Ran) -> None:
    assert_counts_add_up(star)


def test_airline_failures_are_found_beyond_chance_with_the_reward_hidden(airline: Ran) -> None:
    truth = real_logs.airline_truth(shared_data("taubench_airline_gpt4o"))
    found = rows(airline, "select conversation_id, failure_probability from failures")
    ours = {row["conversation_id"]: row["failure_probability"] for row in found}
    # .68 is what the number of user and assistant messages reaches: the trivial baseline
    spoken = {
        record["conversation_id"]: float(sum(m["role"] in {"user", "assistant"} for m in record["messages"]))
        for record in airline.records
    }
    auc, baseline, low, high = auc_difference(truth, ours, spoken)
    print(f"airline: AUC {auc:.3f}, turn count {baseline:.3f}, difference {low:+.3f} to {high:+.3f} (90 %, by task)")
    assert len(ours) == 200
    assert auc >= 0.60
    assert high > 0  # no worse than the length of the conversation, as far as 200 conversations can tell


def test_airline_suggestions_quote_the_log(airline: Ran) -> None:
    assert_evidence_is_in_the_log(airline)


def test_retail_suggestions_quote_the_log(retail: Ran) -> None:
    assert_evidence_is_in_the_log(retail)


def test_star_suggestions_quote_the_log(star: Ran) -> None:
    assert_evidence_is_in_the_log(star)


def test_both_retail_versions_arrive_as_versions(retail: Ran) -> None:
    given = Counter(record["assistant_version"] for record in retail.records)
    found = rows(retail, "select assistant_version as version, count(*) as n from conversations group by all")
    assert {row["version"]: row["n"] for row in found} == dict(given)


def test_the_reports_files_say_the_same(airline: Ran) -> None:
    (page,) = (airline.home / "reports").glob("*.html")
    html, markdown = page.read_text(), page.with_suffix(".md").read_text()
    assert json.loads(page.with_suffix(".json").read_text()) == airline.report
    for suggestion in airline.report["suggestions"]:
        assert suggestion["title"].split(":")[0] in markdown.replace("\\_", "_")
        assert suggestion["title"].split(":")[0] in html
