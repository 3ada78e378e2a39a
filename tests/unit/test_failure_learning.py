"""The learned failure model: what labels change, and when it may be used."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from upturn.failures.depth import out_of_depth
from upturn.failures.evidence import LEAST_LABELS, Labels, auc, auc_within, gather_evidence, paired_gain, reliability
from upturn.failures.learned_model import Case
from upturn.failures.learning import CrossFit, Learning, cross_fit, folds, learn
from upturn.failures.model import FIXED_MODEL
from upturn.failures.terms import choose_terms, count_terms, known_shares, mask, weigh_terms

GOOD = ("where is my parcel", "can i change the address", "please send the invoice")
BAD = ("the refund never came", "my voucher expired", "the refund is missing")
STRANGE = ("quaternion sulphate of the third moon", "zebra lattice hums", "purple monads dance")


def conversation(number: int, failed: bool | None, *, words: tuple[str, ...] | None = None, **fields: object) -> Case:
    said = words or (BAD if failed else GOOD)
    texts = (said[number % 3], "let me look that up for you", said[number % 3])
    given: dict[str, object] = {"signals": {}, "turn_count": 4, "group": f"u{number}"} | fields
    return Case(f"c{number:04d}", texts=texts, label=failed, **given)  # type: ignore[arg-type]


def told_by_words(count: int = 120) -> list[Case]:
    """Half failed; which is told by the words alone: no signal fires."""
    return [conversation(number, number % 2 == 0) for number in range(count)]


def noise(count: int = 120, seed: int = 1) -> list[Case]:
    """Labels that nothing tells: the signals fire as often in failures as in successes, at the fixed model's rate."""
    chance = random.Random(seed)
    share = FIXED_MODEL.probability({})
    return [conversation(number, chance.random() < share, words=GOOD) for number in range(count)]


def test_no_label_leaves_the_fixed_model() -> None:
    unlabelled = [conversation(number, None, signals={"user_frustrated": 1.0}) for number in range(5)]
    model = learn(unlabelled)
    assert model.weights == FIXED_MODEL.by_signal
    assert model.intercept == FIXED_MODEL.intercept
    assert model.space.terms == ()
    assert model.probabilities(unlabelled) == pytest.approx([FIXED_MODEL.probability({"user_frustrated": 1.0})] * 5)


def test_few_labels_stay_close_and_many_move_away() -> None:
    asked = [conversation(number, None, signals={"user_thanked": 1.0}) for number in range(3)]
    before = math.log(1 / (1 / FIXED_MODEL.probability({"user_thanked": 1.0}) - 1))
    moved = {}
    for count in (1, 4, 400):  # each says that whoever thanks was failed, against the fixed model
        labelled = [conversation(n, True, words=GOOD, signals={"user_thanked": 1.0}) for n in range(count)]
        moved[count] = float(np.mean(learn(labelled).logits(asked))) - before
    assert 0 < moved[1] < moved[4] < moved[400]
    assert moved[1] < 2  # from a chance of .024 to one of at most .15
    assert moved[400] > 3.7


def test_words_that_tell_failures_are_learned_and_used() -> None:
    cases = told_by_words()
    found = cross_fit(cases)
    evidence = gather_evidence(found, draws=200)
    assert evidence.auc_learned == 1.0
    assert evidence.auc_fixed == 0.5  # no signal fired: all alike
    assert evidence.is_better
    parts = dict(learn(cases).contributions(conversation(0, None, words=BAD)))
    assert parts["user:refund"] > 0.05


def test_a_model_of_noise_is_not_used() -> None:
    evidence = gather_evidence(cross_fit(noise()), draws=200)
    assert evidence.log_loss is not None
    assert evidence.log_loss.low <= 0
    assert not evidence.is_better


def test_a_better_rate_alone_is_no_reason() -> None:
    """Three in four fail: .1 for failures and .05 for successes ranks all rightly and is far off, .74 and .76 not."""
    cases = tuple(conversation(number, number % 4 > 0) for number in range(200))
    failed = np.array([float(number % 4 > 0) for number in range(200)])
    found = CrossFit(cases, learned=0.76 - 0.02 * failed, fixed=0.05 + 0.05 * failed)
    evidence = gather_evidence(found, draws=100)
    assert evidence.log_loss is not None
    assert evidence.log_loss.low > 0
    assert (evidence.auc_learned, evidence.auc_fixed) == (0, 1)
    assert not evidence.is_better


def test_too_few_labels_are_never_enough() -> None:
    cases = told_by_words(LEAST_LABELS - 1)
    assert not gather_evidence(cross_fit(cases), draws=50).is_better


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_hardly_any_label_is_defined(count: int) -> None:
    cases = [conversation(number, True) for number in range(count)]
    found = cross_fit(cases)
    assert len(found.learned) == count
    evidence = gather_evidence(found)
    assert evidence.log_loss is None
    assert not evidence.is_better


def test_a_group_is_never_on_both_sides() -> None:
    groups = [f"u{number % 7}" for number in range(40)]
    for train, test in folds(groups, 5):
        assert not {groups[place] for place in train} & {groups[place] for place in test}
    assert list(folds(["u"] * 9, 5)) == []


def test_a_users_own_words_are_no_evidence() -> None:
    """Every user repeats one label and a word of their own: held out by user nothing can be told, by row all could."""
    chance = random.Random(3)
    cases = []
    for user in range(30):
        failed = chance.random() < 0.5
        for time in range(5):
            own = f"hello {chr(97 + user % 26)}{chr(97 + user // 26)}word"
            cases.append(conversation(5 * user + time, failed, words=(own,) * 3, group=f"u{user}"))
    found = cross_fit(cases, learning=Learning(least_groups=1))
    assert auc(found.failed, found.learned) < 0.65


def test_order_never_matters() -> None:
    cases = told_by_words(60)
    shuffled = random.Random(5).sample(cases, len(cases))
    assert learn(cases).version == learn(shuffled).version


def test_weights_count_as_labels() -> None:
    """A success drawn with a tenth of the chance stands for ten: the rate goes from 1/2 towards 1/11."""
    plain = [conversation(number, number % 2 == 0, words=GOOD) for number in range(400)]
    weighed = [each.labelled(bool(each.label), weight=1.0 if each.label else 10.0) for each in plain]
    asked = [conversation(0, None)]
    assert float(learn(plain).probabilities(asked)[0]) == pytest.approx(0.5, abs=0.06)
    assert float(learn(weighed).probabilities(asked)[0]) == pytest.approx(1 / 11, abs=0.06)


def test_only_words_of_enough_groups_are_kept() -> None:
    cases = [conversation(n, n % 2 == 0, words=("thanks secretword",) * 3, group=f"u{n % 2}") for n in range(20)]
    cases += [conversation(20 + n, n % 2 == 0, words=("thanks",) * 3) for n in range(10)]
    terms = learn(cases, learning=Learning(least_groups=3)).space.terms
    assert "user:thanks" in terms
    assert not [term for term in terms if "secretword" in term]


def test_terms_hold_no_ids_names_or_numbers() -> None:
    text = "Hi, I am Mei Raghavan, user mei_raghavan_8297, mail mei@example.com, see https://example.com/x order #W12"
    found = count_terms([(text, "", "")]).terms
    for secret in ("mei", "raghavan", "8297", "example", "w12"):
        assert not [term for term in found if secret in term], secret
    assert mask("Order 66") == "order "


def test_weighing_matches_a_hand_count() -> None:
    """Two documents, term a in both and b in one: rarity 1 and ln(3/2) + 1; a row is scaled to length 1."""
    counted = count_terms([("aa bb", "", ""), ("aa", "", "")])
    space = choose_terms(counted, ["u", "v"], least=1, most=10)
    assert space.terms == ("user:aa", "user:aa bb", "user:bb")
    assert space.rarity == (1.0, round(math.log(1.5) + 1, 6), round(math.log(1.5) + 1, 6))
    first = weigh_terms(counted, space).toarray()[0]
    length = math.sqrt(1 + 2 * (math.log(1.5) + 1) ** 2)
    assert first == pytest.approx([1 / length] + [(math.log(1.5) + 1) / length] * 2, abs=1e-5)
    assert known_shares(count_terms([("aa zz", "", ""), ("", "", "")]), space).tolist()[0] == 0.5
    assert math.isnan(known_shares(count_terms([("", "", "")]), space)[0])


def test_texts_of_any_script_are_taken() -> None:
    texts = ["退款在哪里", "คืนเงิน", "אין החזר", "😡😡", "", "x" * 1_000_000]
    cases = [conversation(n, n % 2 == 0, words=(text,) * 3) for n, text in enumerate(texts * 4)]
    assert np.isfinite(learn(cases).logits(cases)).all()


def test_auc_by_hand() -> None:
    """Pairs of failure and success: .9 > .1, .9 > .5, .5 > .1 and .5 = .5 for a half: 3.5 of 4."""
    failed, said = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.5, 0.1, 0.5])
    assert auc(failed, said) == 3.5 / 4
    assert auc(failed, said, np.array([1.0, 3.0, 1.0, 1.0])) == (2 + 3 * 1.5) / 8
    assert math.isnan(auc(np.ones(3), np.ones(3)))


def test_a_length_detector_is_seen_within_bands() -> None:
    turns = np.repeat([2.0, 6.0, 20.0], 40)
    failed = (np.arange(120) % 40 < np.repeat([4, 20, 36], 40)).astype(float)
    assert auc(failed, turns) > 0.7
    assert auc_within(failed, turns, turns) == 0.5


def test_reliability_by_hand() -> None:
    """Thirty conversations make two bins of fifteen: said .2, 3 of 15 failed; said .8, 12 of 15."""
    said = np.repeat([0.2, 0.8], 15)
    failed = np.concatenate([np.arange(15) < 3, np.arange(15) < 12]).astype(float)
    low, high = reliability(failed, said, np.ones(30))
    assert (low.count, low.predicted, low.observed) == (15, 0.2, 0.2)
    assert (high.count, high.predicted, high.observed) == (15, 0.8, 0.8)
    # Wilson, z = 1.645: (.2 + z²/30 ± z √(.2 × .8 / 15 + z²/900)) / (1 + z²/15)
    assert (low.low, low.high) == pytest.approx((0.0829, 0.4088), abs=1e-4)


def test_calibrated_predictions_of_the_learned_model_hold() -> None:
    """Words tell a chance of .9 from one of .1; what is predicted lies within the interval of what is observed."""
    chance = random.Random(9)
    cases = [
        conversation(number, chance.random() < (0.9 if number % 2 else 0.1), words=BAD if number % 2 else GOOD)
        for number in range(300)
    ]
    curve = gather_evidence(cross_fit(cases), draws=50).curve
    inside = [each.low - 0.05 <= each.predicted <= each.high + 0.05 for each in curve]
    assert sum(inside) >= len(inside) - 1


def test_gain_is_paired_over_groups() -> None:
    failed = np.tile([1.0, 0.0], 50)
    labels = Labels(failed, np.ones(100), [f"u{number // 4}" for number in range(100)])
    same = paired_gain(auc, labels, failed, failed, draws=50)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    better = paired_gain(auc, labels, failed, np.zeros(100), draws=50)
    assert (better.value, better.low, better.high) == (0.5, 0.5, 0.5)


def test_strange_conversations_are_said_to_be_out_of_depth() -> None:
    model = learn(told_by_words())
    home = out_of_depth(model, [conversation(1000 + number, None, words=GOOD + BAD) for number in range(40)])
    away = out_of_depth(model, [conversation(number, None, words=STRANGE) for number in range(40)])
    assert not home.is_out
    assert home.strange_share == 0
    assert away.is_out
    assert away.strange_share == 1
    assert away.sentence.startswith("Out of its depth: 100% of 40 conversations")
    assert out_of_depth(model, []).strange_share is None
    assert not out_of_depth(learn([]), told_by_words()).is_out
