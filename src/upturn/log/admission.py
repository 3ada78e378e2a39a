"""Decides which events of a batch are new: the append law, the same for every log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upturn.domain.events import FACT_TYPES
from upturn.log.upcast import upcast
from upturn.resources import load_sql

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

__all__ = ["Admission", "admit"]


@dataclass(frozen=True)
class Admission:
    """What the log would do with a batch. Rows of the batch = new + skipped + conflicts."""

    new: pa.Table
    skipped: int
    conflicts: pa.Table


def admit(events: pa.Table, *, suspect: npt.NDArray[np.bool_], known: pa.Table) -> Admission:
    """Decide over a batch: an id that is not known is new the first time it comes, whatever follows is compared.

    A fact (`FACT_TYPES`) with the same `record_digest` is skipped, with another is a conflict; any other event is
    skipped: the first written wins.

    Parameters
    ----------
    events : columns of `event_schema()`.
    suspect : (n_events,) bool; every row whose id is known or comes twice must be marked, others may be.
    known : the log's events (id, type, dataschema, data) that have an id of a suspect; ids unique, others may be in it.
    """
    import duckdb
    import numpy as np
    import pyarrow as pa

    places = np.flatnonzero(suspect)
    if not len(places):
        return Admission(new=events, skipped=0, conflicts=events.slice(0, 0))
    suspects = upcast(events.take(places)).append_column("position", pa.array(np.arange(len(places))))
    with duckdb.connect() as connection:
        connection.register("suspects", suspects)
        connection.register("known", upcast(known))
        verdicts = connection.execute(load_sql("log/admission"), {"fact_types": sorted(FACT_TYPES)}).fetchnumpy()
    decisions = np.asarray(verdicts["decision"]).astype("U8")
    keep = np.ones(events.num_rows, dtype=bool)
    keep[places[decisions != "new"]] = False
    return Admission(
        new=events.filter(pa.array(keep)),
        skipped=int((decisions == "skipped").sum()),
        conflicts=events.take(places[decisions == "conflict"]),
    )
