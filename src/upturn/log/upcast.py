"""Events written under an older payload version, brought to the newest when they are read. Nothing stored is edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from upturn.domain.events import dataschema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["UPCASTERS", "Upcaster", "Upcasters", "outdated_schemas", "upcast"]

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the data of one version into the data of the next; pure."""

Upcasters = Mapping[tuple[str, int], Upcaster]

UPCASTERS: Final[Upcasters] = {}
"""(type, version) -> the step to version + 1. Every payload is at version 1 today."""


def outdated_schemas(upcasters: Upcasters = UPCASTERS) -> frozenset[str]:
    """Give the `dataschema` values that have a newer version."""
    return frozenset(dataschema(event_type, version) for event_type, version in upcasters)


def upcast(events: pa.Table, upcasters: Upcasters = UPCASTERS) -> pa.Table:
    """Give `events` with every outdated `data` and `dataschema` brought to the newest version, in the same order.

    Parameters
    ----------
    events : a table with the columns `type`, `dataschema` and `data`; others are kept as they are.
    """
    import orjson
    import pyarrow as pa
    import pyarrow.compute as pc

    outdated = outdated_schemas(upcasters)
    if not outdated or not pc.any(pc.is_in(events["dataschema"], pa.array(sorted(outdated)))).as_py():
        return events
    schemas, texts = events["dataschema"].to_pylist(), events["data"].to_pylist()
    for row, event_type in enumerate(events["type"].to_pylist()):
        if schemas[row] not in outdated:
            continue
        version, data = int(schemas[row].rpartition(":")[2]), orjson.loads(texts[row])
        while step := upcasters.get((event_type, version)):
            version, data = version + 1, step(data)
        schemas[row] = dataschema(event_type, version)
        texts[row] = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()
    for name, values in (("dataschema", schemas), ("data", texts)):
        place = events.schema.get_field_index(name)
        events = events.set_column(place, events.schema.field(place), pa.array(values, events.schema.field(place).type))
    return events
