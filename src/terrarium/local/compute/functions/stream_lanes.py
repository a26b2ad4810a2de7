"""Lanes of a shard: how a mapping works on several batches of it at once and keeps the order of each item's changes.

Every lane reads the whole shard and delivers the records of its items alone, so that one that waits holds up no other.
Pure, but for the places that it moves.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html (ParallelizationFactor)
"""

from __future__ import annotations

import json
import zlib

from terrarium.local.compute.functions.stream_batch import StreamRecord
from terrarium.local.compute.functions.stream_source import Checkpoints

#: What a place says before the first record: since when the mapping looks, in seconds since the epoch.
MARK = "written-after:"
_SIGN = "#"  # no shard's id has it: shardId-00000001573689847184-2ab33cfe


def lane_names(shard_id: str, lanes: int) -> list[str]:
    """What the places of a shard's lanes are kept under: one lane's under the shard's own name."""
    return [shard_id] if lanes == 1 else [f"{shard_id}{_SIGN}{lane}/{lanes}" for lane in range(lanes)]


def is_of(name: str, shard_id: str) -> bool:
    """Whether a place is one of a shard's, however many lanes there were."""
    return name == shard_id or name.startswith(f"{shard_id}{_SIGN}")


def lane_of(record: StreamRecord, lanes: int) -> int:
    """The lane of a record: the same for every change of an item, in every process."""
    return 0 if lanes == 1 else zlib.crc32(json.dumps(record["dynamodb"].get("Keys"), sort_keys=True).encode()) % lanes


def settle_places(checkpoints: Checkpoints, shard_id: str, lanes: int) -> None:
    """Where a mapping has another number of lanes than before, moves their places to the earliest there was.

    Records that some lanes were past are delivered again; none is passed over.
    """
    names = lane_names(shard_id, lanes)
    known = checkpoints.places(shard_id)
    if not known or set(known) == set(names):
        return
    earliest = min((plain(place) for place in known.values()), key=_order)
    for name in names:
        if name not in known:
            checkpoints.save(name, earliest)
    for name in set(known) - set(names):
        checkpoints.forget(name)


def plain(place: str) -> str:
    """A place without the state of a window that may be kept with it."""
    return str(json.loads(place)["place"]) if place.startswith("{") else place


def _order(place: str) -> tuple[bool, float]:
    is_mark = place.startswith(MARK)
    return not is_mark, float(place.removeprefix(MARK)) if is_mark else int(place)
