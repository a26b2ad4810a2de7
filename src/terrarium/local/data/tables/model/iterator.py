"""Shard iterators: a place in a shard as an opaque word, good for 15 minutes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
"""

from __future__ import annotations

import base64
import binascii
import json

from msgspec import Struct
from msgspec.structs import astuple

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.errors import validation

LIFE = 900  # seconds


class Iterator(Struct, frozen=True):
    """The place after a position in a shard; `issued` in seconds since the epoch."""

    stream: str
    shard: str
    after: int
    issued: float


def pack(iterator: Iterator) -> str:
    """The word that a client gets: the stream's ARN and what else there is to know, as AWS's begin."""
    rest = base64.b64encode(json.dumps(astuple(iterator)[1:]).encode()).decode()
    return f"{iterator.stream}|1|{rest}"


def unpack(word: str, now: float) -> Iterator:
    """The place that a word stands for.

    Raises:
        AwsError: ValidationException where it is no iterator, ExpiredIteratorException where it is too old.
    """
    try:
        stream, _, rest = word.split("|")
        shard, after, issued = json.loads(base64.b64decode(rest, validate=True))
        iterator = Iterator(stream, str(shard), int(after), float(issued))
    except (ValueError, TypeError, binascii.Error) as error:
        raise validation("Invalid ShardIterator") from error
    if now - iterator.issued > LIFE:
        raise AwsError(
            "ExpiredIteratorException", "Iterator expired. The iterator was created more than 15 minutes ago"
        )
    return iterator
