"""Questions to annotators as CSV, and their answers read back: the same keys as in the terminal."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from upturn.cli.output import clean
from upturn.domain.errors import UpturnError

if TYPE_CHECKING:
    from upturn.stages.labelling import Answer, Question

__all__ = ["SCALE", "UNSURE", "YES_NO", "export_questions", "import_answers", "keys_of", "said"]

YES_NO: Final = {"y": 1.0, "n": 0.0}
SCALE: Final = {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0}
UNSURE: Final = "u"
_COLUMNS: Final = ("conversation_id", "turn_index", "metric", "label", "keys", "transcript")


def keys_of(metric: str) -> dict[str, float]:
    """Give what an annotator may press, with the score that it means, 0..1."""
    return YES_NO if metric == "success" else SCALE


def said(turns: Sequence[tuple[int, str, str | None, str | None]], turn_index: int | None) -> list[str]:
    """Give a transcript as lines for a terminal or a cell, up to the response that is asked about, which is marked."""
    return [
        clean(f"{'→ ' if index == turn_index else ''}{index} {role}: {content or '(nothing)'}")
        + (clean(f" [error: {error}]") if error else "")
        for index, role, content, error in turns
        if turn_index is None or index <= turn_index
    ]


def export_questions(path: Path, questions: Sequence[Question], text_of: Callable[[Question], list[str]]) -> None:
    """Write one question a row, with an empty `label` to fill in.

    Raises
    ------
    UpturnError
        If the file can't be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for one in questions:
                keys = "/".join((*keys_of(one.metric), UNSURE))
                place = "" if one.turn_index is None else one.turn_index
                text = "\n".join(text_of(one))
                writer.writerow([one.conversation_id, place, one.metric, "", keys, text])
    except OSError as error:
        raise UpturnError(f"{path} can't be written: {error.strerror}; give another file") from error


def import_answers(path: Path) -> Iterator[Answer]:
    """Read the rows whose `label` is filled in.

    Raises
    ------
    UpturnError
        If the file can't be read, lacks a column, or a label is none of the keys; says the line.
    """
    from upturn.stages.labelling import Answer

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in _COLUMNS[:4] if name not in (rows.fieldnames or ())]
            if missing:
                raise UpturnError(f"{path}: no column {missing[0]!r}; expected {', '.join(_COLUMNS[:4])}")
            for row in rows:
                label = (row["label"] or "").strip().lower()
                if label:
                    where = f"{path}, line {rows.line_num}"
                    yield Answer(
                        conversation_id=row["conversation_id"],
                        turn_index=_turn(row["turn_index"], where),
                        metric=row["metric"],
                        score=None if label == UNSURE else _score(row["metric"], label, where),
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UpturnError(f"{path} can't be read as CSV in UTF-8 ({type(error).__name__})") from error


def _turn(text: str, where: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise UpturnError(f"{where}, turn_index: expected a whole number or nothing, got something else")
    return int(text)


def _score(metric: str, label: str, where: str) -> float:
    keys = keys_of(metric)
    if label not in keys:
        raise UpturnError(f"{where}, label: expected one of {', '.join((*keys, UNSURE))}, got something else")
    return keys[label]
