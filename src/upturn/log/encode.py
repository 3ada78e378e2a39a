"""Events made in Python become the Arrow table that a log appends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from upturn.domain.errors import UpturnError
from upturn.domain.events import EVENT_COLUMNS, dataschema

if TYPE_CHECKING:
    import pyarrow as pa

    from upturn.domain.events import NewEvent

__all__ = ["checked", "event_schema", "event_table", "logged", "logged_schema"]


@cache
def event_schema() -> pa.Schema:
    """Give the columns that a log is given: `EVENT_COLUMNS` without `log_version` and `event_date`."""
    import pyarrow as pa

    text, moment = pa.string(), pa.timestamp("us", "UTC")
    kinds = {"time": moment, "recordedtime": moment}
    return pa.schema([pa.field(name, kinds.get(name, text)) for name in EVENT_COLUMNS[:-2]])


@cache
def logged_schema() -> pa.Schema:
    """Give the columns that a log gives back: `EVENT_COLUMNS`, `log_version` int64, `event_date` date32 (UTC)."""
    import pyarrow as pa

    return event_schema().append(pa.field("log_version", pa.int64())).append(pa.field("event_date", pa.date32()))


def event_table(events: Iterable[NewEvent], recordedtime: datetime) -> pa.Table:
    """Give the table of `events` in their order, columns of `event_schema()`; no events give no rows.

    `data` is compact JSON with sorted keys, so the same payload always has the same text.

    Raises
    ------
    ValueError
        If `recordedtime` or an event's time has no time zone.
    """
    import orjson
    import pyarrow as pa

    moments = [recordedtime]
    rows = []
    for event in events:
        moments.append(event.time)
        rows.append(
            (
                event.id,
                event.source,
                event.type,
                event.subject,
                event.time,
                recordedtime,
                dataschema(event.type, event.version),
                orjson.dumps(event.payload.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS).decode(),
            )
        )
    if any(moment.utcoffset() is None for moment in moments):
        raise ValueError("an event's time has no time zone: expected aware datetimes")
    if recordedtime.utcoffset() != timedelta(0):
        raise ValueError(f"recordedtime is not UTC: got offset {recordedtime.utcoffset()}")
    columns = zip(*rows, strict=True) if rows else [()] * len(event_schema())
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, event_schema(), strict=True)],
        schema=event_schema(),
    )


def checked(events: pa.Table) -> pa.Table:
    """Give `events` in the column order and types of `event_schema()`.

    Raises
    ------
    UpturnError
        If a column is missing or of another type, or a value is NULL; names the column.
    """
    import pyarrow as pa

    wanted = event_schema()
    missing = [name for name in wanted.names if name not in events.column_names]
    if missing:
        raise UpturnError(f"events to append lack {', '.join(missing)}: expected the columns {', '.join(wanted.names)}")
    holed = [name for name in wanted.names if events[name].null_count]
    if holed:
        raise UpturnError(f"events to append hold NULL in {', '.join(holed)}: expected a value in every column")
    try:
        return events.select(wanted.names).cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise UpturnError(f"events to append don't have the types of the log, {wanted}: {error}") from error


def logged(events: pa.Table, log_version: int) -> pa.Table:
    """Give new events with the two columns that a log fills: `log_version` and the UTC day of `time`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    versions = pa.repeat(pa.scalar(log_version, pa.int64()), events.num_rows)
    days = pc.cast(pc.cast(events["time"], pa.timestamp("us")), pa.date32(), safe=False)
    return events.append_column("log_version", versions).append_column("event_date", days)
