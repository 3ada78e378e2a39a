"""The learned failure model on logs that nobody here wrote: held out by group, and far from where it was learned.

`python -m tests.benchmarks --only failures` prints the figures of docs/reference/failures.md.
"""

from __future__ import annotations

import pytest

from tests.support import labelled_sets
from tests.support.shared import shared_data
from upturn.failures.depth import out_of_depth
from upturn.failures.evidence import auc, auc_within, gather_evidence
from upturn.failures.learning import cross_fit, learn
from upturn.failures.responses import response_prior

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


def test_labels_help_on_airline_and_say_no_more_than_length_would() -> None:
    data = shared_data("taubench_airline_gpt4o").parent
    found = cross_fit(labelled_sets.airline(data))
    evidence = gather_evidence(found, draws=300)
    assert evidence.labels == 200
    assert evidence.is_better
    assert evidence.auc is not None
    assert evidence.auc.low > 0
    assert evidence.auc_learned is not None
    assert evidence.auc_turn_count is not None
    assert evidence.auc_learned > max(0.72, evidence.auc_turn_count)
    turns = labelled_sets.turn_counts(found.cases)
    assert auc_within(found.failed, found.learned, turns) > 0.6
    near = [each.low <= each.predicted <= each.high for each in evidence.curve]
    assert sum(near) >= 0.7 * len(near)


def test_a_model_says_when_it_is_out_of_its_depth() -> None:
    data = shared_data("taubench_retail_variants").parent
    retail, films = labelled_sets.retail(data), labelled_sets.uss(data, "ReDial")
    versions = [[each for each in retail if f"-{name}-" in each.conversation_id] for name in ("before", "after")]
    model = learn(versions[0])
    assert not out_of_depth(model, versions[1]).is_out
    strange = out_of_depth(model, films)
    assert strange.is_out
    assert strange.strange_share is not None
    assert strange.strange_share > 0.9
    assert "Most different signal: user_thanked" in strange.sentence


def test_breakdowns_are_found_turn_by_turn() -> None:
    found = cross_fit(labelled_sets.dbdc4(shared_data("dbdc4_en").parent), fixed=response_prior())
    failed, said = found.failed, found.learned >= 0.5
    assert len(failed) == 2110
    f1 = 2 * float((failed * said).sum()) / float(failed.sum() + said.sum())
    always = 2 * float(failed.sum()) / float(failed.sum() + len(failed))
    assert f1 > always
    assert auc(failed, found.learned) > 0.7
