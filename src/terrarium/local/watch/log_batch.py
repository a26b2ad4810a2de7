"""The rules for a batch of events that a client puts: what refuses it, and which of its events are left out.

Pure. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

import itertools
from typing import Any

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.watch.log_database import EVENT_OVERHEAD

_BATCH_BYTES = 1_048_576
_OLDEST_MS = 14 * 86_400_000
_NEWEST_MS = 2 * 3_600_000
_DAY_MS = 86_400_000


class Accepted(Struct, frozen=True):
    """What of a batch is taken.

    Attributes:
        events: Time in milliseconds and message of each event.
        rejected: RejectedLogEventsInfo, empty where all were taken.
    """

    events: list[tuple[int, str]]
    rejected: dict[str, int]


# Events are whatever the client sent until they are checked.
def accept(events: list[Any], now: int, retention: int | None) -> Accepted:
    """Checks a batch.

    Args:
        events: InputLogEvents.
        now: Milliseconds since the epoch.
        retention: Days that the group keeps events, None for ever.

    Raises:
        AwsError: ``InvalidParameterException`` where the whole batch is refused.
    """
    read = [_read(event) for event in events]
    if not read:
        raise _invalid("Log events must not be empty")
    size = sum(len(message.encode(errors="replace")) + EVENT_OVERHEAD for _, message in read)
    if size > _BATCH_BYTES:
        raise _invalid(f"Upload too large: {size} bytes exceeds limit of {_BATCH_BYTES}")
    if any(after[0] < before[0] for before, after in itertools.pairwise(read)):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    return _within_time(read, now, retention)


def _within_time(read: list[tuple[int, str]], now: int, retention: int | None) -> Accepted:
    """The batch is in order: what is too old stands at its start, what is too new at its end."""
    too_old = sum(time < now - _OLDEST_MS for time, _ in read)
    expired = sum(time < now - retention * _DAY_MS for time, _ in read) if retention else 0
    too_new = next((index for index, (time, _) in enumerate(read) if time > now + _NEWEST_MS), len(read))
    rejected = {
        "tooOldLogEventEndIndex": too_old,
        "expiredLogEventEndIndex": expired if expired > too_old else 0,
        "tooNewLogEventStartIndex": too_new if too_new < len(read) else 0,
    }
    kept = read[max(too_old, expired) : too_new]
    info = {name: index for name, index in rejected.items() if index}
    if too_new == 0:
        info["tooNewLogEventStartIndex"] = 0
    return Accepted(kept, info)


def _read(event: Any) -> tuple[int, str]:
    if not isinstance(event, dict):
        raise AwsError("SerializationException", "A log event must be a structure")
    time, message = event.get("timestamp"), event.get("message")
    if isinstance(time, bool) or not isinstance(time, int) or time < 0:
        raise _invalid("A log event needs a timestamp in milliseconds")
    if not isinstance(message, str) or not message:
        raise _invalid("A log event needs a message")
    return time, message


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
