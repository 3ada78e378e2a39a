"""Agreement of two raters: by hand, by published tables, and where there is nothing to agree on."""

import pytest
from scipy import stats

from upturn.calibration.agreement import agreement, bias, cohen_kappa, confusion, is_good, spearman


def test_nothing_rated_is_no_agreement_not_zero() -> None:
    assert agreement([], []) is None
    assert cohen_kappa([], []) is None
    assert spearman([], []) is None
    assert bias([], []) is None
    assert confusion([], []) == {}


def test_one_category_throughout_says_nothing_beyond_chance() -> None:
    assert agreement(["good"] * 4, ["good"] * 4) == 1
    assert cohen_kappa(["good"] * 4, ["good"] * 4) is None
    assert spearman([0.5, 0.5], [0.1, 0.9]) is None
    assert spearman([0.5], [0.1]) is None


def test_kappa_of_a_published_table() -> None:
    """Sim & Wright 2005, table 1: 22, 2, 4, 11 of 39 pairs give a kappa of .67."""
    table = {("yes", "yes"): 22, ("yes", "no"): 2, ("no", "yes"): 4, ("no", "no"): 11}
    labels = [label for (label, _), count in table.items() for _ in range(count)]
    scores = [score for (_, score), count in table.items() for _ in range(count)]
    kappa = cohen_kappa(labels, scores)
    assert kappa is not None
    assert round(kappa, 2) == 0.67
    assert confusion(labels, scores) == table


def test_kappa_agrees_with_statsmodels() -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    table = [[20, 5, 1], [3, 14, 4], [0, 6, 9]]
    pairs = [(row, column) for row in range(3) for column in range(3) for _ in range(table[row][column])]
    ours = cohen_kappa([row for row, _ in pairs], [column for _, column in pairs])
    assert ours == pytest.approx(inter_rater.cohens_kappa(table).kappa, abs=1e-12)


def test_weights_stand_for_responses_that_were_not_labelled() -> None:
    """Two pairs: one that agrees, drawn with 1/2, and one that does not, drawn with 1/6: 2 of 8 agree."""
    assert agreement([1, 0], [1, 1], [2, 6]) == pytest.approx(0.25)
    assert bias([1.0, 0.0], [1.0, 1.0], [2, 6]) == pytest.approx(0.75)


def test_ranks_with_ties_agree_with_scipy() -> None:
    labels, scores = [0, 0.5, 0.5, 1, 1, 0.25], [0.1, 0.4, 0.6, 0.6, 0.9, 0.6]
    assert spearman(labels, scores) == pytest.approx(stats.spearmanr(labels, scores).statistic, abs=1e-12)


def test_the_middle_is_good() -> None:
    assert [is_good(score) for score in (0.49, 0.5, 1.0)] == [False, True, True]


def test_pairs_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 labels and 1 scores"):
        spearman([1, 2], [1])
