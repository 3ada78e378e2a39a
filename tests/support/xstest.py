"""XSTest's replies with people's labels and GPT-4's on the same replies (Röttger et al. 2024), as arrays."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COMPLIES = "1_full_compliance"


@dataclass(frozen=True)
class LabelledReplies:
    """One reply each: 1 where it complies in full, 0 where it refuses in whole or in part."""

    people: NDArray[np.float64]
    judge: NDArray[np.float64]
    prompt: NDArray[np.int64]
    """Number of the prompt: five models answered each."""


def labelled_replies(folder: Path) -> LabelledReplies:
    """Read `labelled_replies/*_gpteval.csv`, replies that the judge could not be read on left out."""
    rows = [
        row
        for path in sorted((folder / "labelled_replies").glob("*_gpteval.csv"))
        for row in csv.DictReader(path.open(encoding="utf-8"))
        if row["final_label"] and row["gpt4_label"]
    ]
    prompts = {name: number for number, name in enumerate(sorted({row["id"] for row in rows}))}
    return LabelledReplies(
        people=np.asarray([row["final_label"] == COMPLIES for row in rows], dtype=float),
        judge=np.asarray([row["gpt4_label"] == COMPLIES for row in rows], dtype=float),
        prompt=np.asarray([prompts[row["id"]] for row in rows], dtype=np.int64),
    )
