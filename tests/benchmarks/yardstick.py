"""The yardstick: what a plain script does with a day of logs. Frozen: change it and every recorded ratio is void.

pandas `read_json`, length-band and word-list rules row by row, TfidfVectorizer(1,2) and KMeans(40, n_init=10) on
the worst fifth of the conversations. No validation, no log, no warehouse, no report.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

UNSAFE_WORDS = ("password", "ssn", "hate", "kill", "credit card")
FILLER_WORDS = ("um", "uh", "well", "actually", "basically")


def score_response(text: str, latency_ms: float | None) -> tuple[float, float, float, float]:
    """Score one response by length bands and word lists: coherence, completeness, efficiency, safety."""
    words = text.split()
    length = len(words)
    sentences = [part for part in text.replace("!", ".").replace("?", ".").split(".") if part.strip()]
    coherence = 0.5 if length < 5 else 0.8 if length < 100 else 0.6
    if sentences and length / len(sentences) > 40:
        coherence -= 0.2
    completeness = 0.2 if length < 5 else 0.6 if length < 20 else 0.9
    fillers = sum(word.lower().strip(".,") in FILLER_WORDS for word in words)
    efficiency = (1.0 if length < 80 else 0.7) - 0.1 * fillers
    if latency_ms is not None and latency_ms > 3000:
        efficiency -= 0.3
    lowered = text.lower()
    safety = 1.0 - 0.3 * sum(word in lowered for word in UNSAFE_WORDS)
    return coherence, completeness, max(efficiency, 0.0), max(safety, 0.0)


def score_rows(responses: pandas.DataFrame) -> list[tuple[float, float, float, float]]:
    """Score every response, row by row, as such a script does."""

    def score(row: pandas.Series) -> tuple[float, float, float, float]:
        return score_response(row["content"], None if math.isnan(row["latency_ms"]) else row["latency_ms"])

    return list(responses.apply(score, axis=1))


def main(path: Path) -> dict[str, float]:
    """Run it; seconds by step, and the peak memory in MiB."""
    import pandas as pd
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    seconds = {}
    begin = time.perf_counter()
    turns = pd.read_json(path, lines=True).fillna({"content": ""})
    seconds["read"] = time.perf_counter() - begin

    step = time.perf_counter()
    responses = turns[turns["role"] == "assistant"].copy()
    scores = score_rows(responses)
    seconds["rules"] = time.perf_counter() - step

    step = time.perf_counter()
    responses["score"] = [sum(score) / 4 for score in scores]
    by_conversation = responses.groupby("conversation_id").agg(score=("score", "mean"), text=("content", " ".join))
    worst = by_conversation.nsmallest(len(by_conversation) // 5, "score")
    matrix = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(worst["text"].str.slice(0, 400))
    KMeans(n_clusters=min(40, len(worst)), n_init=10, random_state=0).fit(matrix)
    seconds["cluster"] = time.perf_counter() - step

    seconds["total"] = time.perf_counter() - begin
    seconds["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return seconds


if __name__ == "__main__":
    import pandas
    import sklearn.cluster
    import sklearn.feature_extraction.text  # noqa: F401

    print(json.dumps(main(Path(sys.argv[1]))))
