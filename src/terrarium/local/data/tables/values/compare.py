"""When two values are equal, and which is greater: numbers by value, strings by UTF-8 bytes, binary by unsigned bytes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import binascii
import functools
import hashlib
from decimal import Decimal

from terrarium.local.data.tables.values import numbers
from terrarium.local.data.tables.values.wire import SCALARS, SETS, AttributeValue, kind_of


def equal(left: AttributeValue, right: AttributeValue) -> bool:
    """Whether two values are the same: sets without regard to order, documents member by member."""
    if left == right:
        return True
    kind = kind_of(left)
    if kind != kind_of(right) or kind in SCALARS:
        return False  # canonical spellings differ only where values do
    ours, theirs = left[kind], right[kind]
    if kind in SETS:
        return set(ours) == set(theirs)
    if kind == "L":
        return len(ours) == len(theirs) and all(map(equal, ours, theirs))
    return kind == "M" and ours.keys() == theirs.keys() and all(equal(ours[name], theirs[name]) for name in ours)


def ranked(value: AttributeValue) -> Decimal | str | bytes:
    """Something that Python orders among values of the same type as DynamoDB orders them.

    Code points order strings as their UTF-8 bytes do.
    """
    kind, content = next(iter(value.items()))
    if kind == "N":
        return Decimal(content)
    if kind == "B":
        return binascii.a2b_base64(content)
    assert isinstance(content, str), "only scalars have an order"
    return content


def sortable(value: AttributeValue) -> bytes:
    """A scalar as bytes in its type's order, for the database's own ordering."""
    ((kind, content),) = value.items()
    return sortable_content(kind, content)


# A write asks twice, and keys come again.
@functools.lru_cache(maxsize=1024)
def sortable_content(kind: str, content: str) -> bytes:
    """The same for a scalar's type and content."""
    if kind == "S":
        return content.encode()
    return numbers.sortable(content) if kind == "N" else binascii.a2b_base64(content)


def scattered(value: AttributeValue) -> bytes:
    """A partition key as bytes whose order has nothing to do with the keys', as DynamoDB spreads partitions by a hash.

    Four bytes of hash, by which scans are ordered and cut into segments, then the key itself, so that no two are alike.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
    """
    ((kind, content),) = value.items()
    return scattered_content(kind, content)


@functools.lru_cache(maxsize=1024)
def scattered_content(kind: str, content: str) -> bytes:
    """The same for a key's type and content."""
    key = sortable_content(kind, content)
    return hashlib.md5(key, usedforsecurity=False).digest()[:4] + key
