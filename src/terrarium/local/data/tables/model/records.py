"""Stream records: what a write looks like to those who follow the table.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.wire import Body, Item

# Sequence numbers have 21 to 40 digits: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
_FIRST = 10**20
_SERVICE = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def sequence_number(position: int) -> str:
    """A record's position, counted from 1, as the digits that the API shows; their order is that of the positions."""
    return str(_FIRST + position)


def position_of(sequence: str) -> int:
    """The position behind a sequence number.

    Raises:
        ValueError: Where it is none.
    """
    return int(sequence) - _FIRST


def record_of(change: Change, view: str) -> dict[str, Any]:
    """A write's record but for its sequence number and times, which storage gives it.

    Any: a record's members have different types.
    """
    images = _images(change, view)
    sizes = {"NewImage": change.new_size, "OldImage": change.old_size}
    size = item_size(change.key) + sum(sizes[name] for name in images)
    record: Body = {"Keys": change.key, **images, "SizeBytes": size, "StreamViewType": view}
    kind = "INSERT" if change.before is None else "REMOVE" if change.new is None else "MODIFY"
    return {"eventName": kind, "dynamodb": record} | ({"userIdentity": _SERVICE} if change.by_service else {})


def _images(change: Change, view: str) -> dict[str, Item]:
    images = {}
    if change.new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["NewImage"] = change.new
    if change.old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        images["OldImage"] = change.old
    return images


def full_record(stored: dict[str, Any], *, stream: str, position: int, region: str, created: float) -> Body:
    """A stored record as GetRecords returns it; `stream` is its ARN, `created` in seconds since the epoch."""
    return {
        "eventID": hashlib.md5(f"{stream}/{position}".encode(), usedforsecurity=False).hexdigest(),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        **stored,
        "dynamodb": {
            **stored["dynamodb"],
            "ApproximateCreationDateTime": int(created),  # "rounded down to the closest second"
            "SequenceNumber": sequence_number(position),
        },
    }
