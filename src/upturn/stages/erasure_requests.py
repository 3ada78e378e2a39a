"""Who was erased or is to be: as the log tells it, in keyed digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upturn.privacy.tombstones import Tombstones, tombstone_key

if TYPE_CHECKING:
    from upturn.stages.stage import StageContext

__all__ = ["erasure_requests", "standing_tombstones"]


def standing_tombstones(context: StageContext) -> Tombstones | None:
    """Give the tombstones of all that was ever erased, or is to be; None where nobody was, which costs one look."""
    return erasure_requests(context)[0]


def erasure_requests(context: StageContext) -> tuple[Tombstones | None, list[str]]:
    """Give all tombstones, and the ids of the requests that are not fulfilled, in the order of the log."""
    key = tombstone_key(context.home, is_made=False)
    if key is None:
        return None, []
    import orjson

    events = context.log.read(types=["subject.erasing", "subject.erased"]).select(["type", "data"]).to_pylist()
    told = [(row["type"], orjson.loads(row["data"])) for row in events]
    done = {one for kind, data in told if kind == "subject.erased" for one in data["erasure_ids"]}
    asked = [data["erasure_id"] for kind, data in told if kind == "subject.erasing"]
    digests = frozenset(one for _, data in told for one in data["tombstones"])
    return Tombstones(key, digests), [one for one in asked if one not in done]
