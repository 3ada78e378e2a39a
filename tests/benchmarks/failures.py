"""One measured process: the learned failure model on conversations that people labelled, held out by group.

Settings were chosen on τ-bench retail, STAR's broken-off dialogues and USS ReDial; the other sets were only measured.
`python -m tests.benchmarks --only failures`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support import labelled_sets
from upturn.failures.depth import out_of_depth
from upturn.failures.evidence import Gain, Labels, auc, auc_within, gather_evidence, paired_gain
from upturn.failures.learned_model import Case
from upturn.failures.learning import cross_fit, folds, learn
from upturn.failures.responses import response_prior

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def sets() -> Iterator[tuple[str, list[Case]]]:
    """Give each labelled set by its name in the tables, those that settings were chosen on last."""
    yield "τ-bench airline", labelled_sets.airline(DATA)
    star = labelled_sets.star(DATA)
    yield "STAR annoyed", star["annoyed"]
    yield "STAR unhelpful", star["unhelpful"]
    yield "STAR unserved", star["unserved"]
    yield "BETOLD", labelled_sets.betold(DATA)
    yield "USS SGD", labelled_sets.uss(DATA, "SGD")
    yield "τ-bench retail (settings)", labelled_sets.retail(DATA)
    yield "STAR broke off (settings)", star["broke_off"]
    yield "USS ReDial (settings)", labelled_sets.uss(DATA, "ReDial")


def conversations(cases: Sequence[Case]) -> dict[str, Any]:
    """Give the held-out figures of one set: learned, without labels, turn count, TF-IDF with logistic regression."""
    import numpy as np

    found = cross_fit(cases)
    evidence = gather_evidence(found)
    turns = np.array([each.turn_count for each in found.cases], dtype=float)
    labels = Labels(found.failed, np.ones(len(turns)), [each.group for each in found.cases])
    words = _by_words(found.cases)
    assert evidence.auc
    assert evidence.log_loss
    assert evidence.brier
    return {
        "n": evidence.labels,
        "failed": evidence.failed_share,
        "groups": evidence.groups,
        "learned": evidence.auc_learned,
        "fixed": evidence.auc_fixed,
        "turn_count": evidence.auc_turn_count,
        "words": auc(found.failed, words),
        "within_learned": auc_within(found.failed, found.learned, turns),
        "within_fixed": auc_within(found.failed, found.fixed, turns),
        "over_fixed": _interval(evidence.auc),
        "over_turn_count": _interval(paired_gain(auc, labels, found.learned, turns)),
        "over_words": _interval(paired_gain(auc, labels, found.learned, words)),
        "log_loss": _interval(evidence.log_loss),
        "brier": _interval(evidence.brier),
        "is_better": evidence.is_better,
        "curve": [[each.count, each.predicted, each.observed, each.low, each.high] for each in evidence.curve],
    }


def responses(cases: Sequence[Case], share: float) -> dict[str, Any]:
    """Give the held-out figures of single responses: AUC, F1 at .5, and F1 of calling each one bad."""
    import numpy as np

    found = cross_fit(cases, fixed=response_prior(share))
    failed = found.failed
    words = _by_words([replace(each, texts=("", each.texts[1], "")) for each in found.cases])
    places = np.array([each.turn_count for each in found.cases], dtype=float)
    labels = Labels(failed, np.ones(len(failed)), [each.group for each in found.cases])
    return {
        "n": len(failed),
        "positive": float(failed.mean()),
        "groups": len(set(labels.groups)),
        "learned": auc(failed, found.learned),
        "place": auc(failed, places),
        "words": auc(failed, words),
        "over_words": _interval(paired_gain(auc, labels, found.learned, words)),
        "f1": _f1(failed, found.learned >= 0.5),
        "f1_words": _f1(failed, words >= 0.5),
        "f1_always": _f1(failed, failed >= 0),
    }


def _f1(failed: Any, said: Any) -> float:
    hits = float((failed * said).sum())
    return 2 * hits / float(failed.sum() + said.sum())


def _by_words(cases: Sequence[Case]) -> Any:
    """Give what the plain baseline says of each in the same folds: TfidfVectorizer(1, 2), LogisticRegression(C=10)."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = np.array([f"{each.texts[0]}\n{each.texts[1]}" for each in cases], dtype=object)
    failed = np.array([each.label for each in cases])
    said = np.zeros(len(cases))
    for train, test in folds([each.group for each in cases], 5):
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=2000)
        )
        said[test] = model.fit(texts[train], failed[train]).predict_proba(texts[test])[:, 1]
    return said


def _interval(gain: Gain) -> list[float]:
    return [gain.value, gain.low, gain.high]


def main() -> dict[str, Any]:
    """Measure everything."""
    taken = dict(sets())
    for question in ("annoyed", "unhelpful", "unserved"):
        alone = [replace(each, group=each.conversation_id) for each in taken[f"STAR {question}"]]
        taken[f"STAR {question}, by dialogue"] = alone
    measured: dict[str, Any] = {}
    for name, cases in taken.items():
        measured[name] = conversations(cases)
        told = {key: value for key, value in measured[name].items() if key != "curve"}
        print(name, json.dumps(told), file=sys.stderr, flush=True)
    chosen = ("τ-bench airline", "τ-bench retail (settings)", "STAR annoyed", "BETOLD", "USS SGD")
    models = {name: learn(taken[name]) for name in chosen}
    depth = {
        learned: {applied: out_of_depth(model, taken[applied]).strange_share for applied in chosen}
        for learned, model in models.items()
    }
    told = {
        "DBDC4 breakdown": responses(labelled_sets.dbdc4(DATA), 0.5),
        "Taskmaster thumbs, by record": responses(labelled_sets.thumbs(DATA, by_opening=False), 0.25),
        "Taskmaster thumbs, by dialogue": responses(labelled_sets.thumbs(DATA, by_opening=True), 0.25),
    }
    print(json.dumps(told), file=sys.stderr, flush=True)
    return {"conversations": measured, "responses": told, "depth": depth}


if __name__ == "__main__":
    print(json.dumps(main()))
