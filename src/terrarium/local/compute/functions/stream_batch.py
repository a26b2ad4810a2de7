"""What to deliver of a batch of stream records, and again after a failure: pieces, retries, discards.

It has no time of its own: whoever delivers says what time it is, and waits.

See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html, and for partial failures
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct

# A record as DynamoDB Streams gives it; what is in it is the user's.
StreamRecord = dict[str, Any]

FOREVER = -1
RETENTION = 86_400.0  # seconds that DynamoDB Streams keeps a record
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0  # seconds; AWS backs off exponentially and does not say how far


class StreamSettings(Struct, frozen=True):
    """An event source mapping from a stream.

    Attributes:
        stream_arn: The stream.
        function: Name of the function.
        function_arn: Its ARN, for the records of what was discarded.
        batch_size: Records in one invocation, at most.
        starting_position: ``TRIM_HORIZON`` or ``LATEST``.
        window: Seconds that a batch may be gathered for.
        maximum_retry_attempts: After how many retries a batch is discarded; -1: when its records expire.
        maximum_record_age: Seconds after which a record is discarded; -1: when it expires.
        bisect: Whether a failing batch is split in two.
        report_batch_item_failures: Whether the function says which records it could not process.
        parallelization_factor: Batches of a shard that are worked on at once, 1 to 10.
        tumbling_window: Seconds of a window over which a state is kept; 0 for none.
        wanted: Whether a record is one that the function is to see; others are passed over.
    """

    stream_arn: str
    function: str
    function_arn: str = ""
    batch_size: int = 100
    starting_position: str = "TRIM_HORIZON"
    window: float = 0.0
    maximum_retry_attempts: int = FOREVER
    maximum_record_age: int = FOREVER
    bisect: bool = False
    report_batch_item_failures: bool = False
    parallelization_factor: int = 1
    tumbling_window: int = 0
    wanted: Callable[[StreamRecord], bool] = lambda _record: True


class Piece(Struct):
    """Records that are delivered together.

    Attributes:
        records: In the order of the stream; never empty.
        failures: How often the function has failed on them.
        attempts: How often they were delivered.
    """

    records: list[StreamRecord]
    failures: int = 0
    attempts: int = 0

    @property
    def last(self) -> str:
        """The sequence number up to which the shard is done once these are."""
        return sequence_number(self.records[-1])


class Discard(Struct, frozen=True):
    """Records given up.

    Attributes:
        piece: The records.
        condition: ``RetryAttemptsExhausted`` or ``RecordAgeExceeded``.
    """

    piece: Piece
    condition: str


class Batch:
    """One batch, from the first delivery until nothing of it is left.

    Args:
        settings: The mapping.
        records: In the order of the stream.
    """

    def __init__(self, settings: StreamSettings, records: list[StreamRecord]) -> None:
        self._settings = settings
        self._pieces = deque([Piece(records)] if records else [])
        self._back_off = FIRST_BACK_OFF

    def next(self, now: float) -> Piece | Discard | None:
        """What to deliver or to give up now; None once all is done.

        Args:
            now: Seconds since the epoch.
        """
        if not self._pieces:
            return None
        piece = self._pieces[0]
        old = [record for record in piece.records if self._too_old(record, now)]
        if old:
            return self._give_up(piece, len(old))
        if 0 <= self._settings.maximum_retry_attempts < piece.failures:
            return Discard(self._pieces.popleft(), "RetryAttemptsExhausted")
        return piece

    def succeeded(self) -> None:
        """The function has processed the piece."""
        self._pieces.popleft()
        self._back_off = FIRST_BACK_OFF

    def failed(self, first: int = 0) -> float:
        """The function has failed.

        Args:
            first: Index of the first record that it did not process.

        Returns:
            Seconds until the next delivery.
        """
        piece = self._pieces.popleft()
        piece.attempts += 1
        rest = piece.records[first:]
        if first == 0 and self._settings.bisect and len(rest) > 1:
            middle = len(rest) // 2  # the documentation: splitting does not count towards the retries
            halves = (Piece(part, piece.failures, piece.attempts) for part in (rest[:middle], rest[middle:]))
            self._pieces.extendleft(reversed(list(halves)))
        else:
            self._pieces.appendleft(Piece(rest, piece.failures + 1, piece.attempts))
        return self.refused()

    def refused(self) -> float:
        """The function was not reached: throttled, or gone; that is no retry.

        Returns:
            Seconds until the next delivery.
        """
        delay = self._back_off
        self._back_off = min(2 * delay, LONGEST_BACK_OFF)
        return delay

    def _give_up(self, piece: Piece, count: int) -> Discard:
        """Discards the first records of a piece: the oldest come first in a stream."""
        old, young = piece.records[:count], piece.records[count:]
        self._pieces.popleft()
        if young:
            self._pieces.appendleft(Piece(young, piece.failures, piece.attempts))
        return Discard(Piece(old, piece.failures, piece.attempts), "RecordAgeExceeded")

    def _too_old(self, record: StreamRecord, now: float) -> bool:
        limit = self._settings.maximum_record_age
        return now - created(record) > (RETENTION if limit == FOREVER else min(limit, RETENTION))


def sequence_number(record: StreamRecord) -> str:
    """A record's place in its shard."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def created(record: StreamRecord) -> float:
    """When it was written, in seconds since the epoch; at its latest where it does not say."""
    return float(record["dynamodb"].get("ApproximateCreationDateTime", float("inf")))


def first_failure(payload: bytes, records: list[StreamRecord]) -> int | None:
    """The first record that a function says it could not process.

    Args:
        payload: What the function returned.
        records: What it was given.

    Returns:
        The record's index, 0 where what it says cannot be understood (then all is to be retried), None for success.
    """
    try:
        answer = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return 0
    if answer is None or answer == {}:
        return None
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else ()
    if failures is None or failures == []:
        return None
    places = {sequence_number(record): index for index, record in enumerate(records)}
    found = [places.get(_identifier(failure), 0) for failure in failures] if isinstance(failures, list) else []
    return min(found, default=0)


# Whatever a handler put into its answer.
def _identifier(failure: Any) -> str:
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return identifier if isinstance(identifier, str) else ""
