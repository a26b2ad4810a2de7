"""How a list of keys is rolled up at a delimiter and cut into pages. Pure: it sees rows in order, not where they lie.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from terrarium.local.object_store import Page, Query


class Row(Protocol):
    """Something under a key; several rows may have the same one."""

    @property
    def key(self) -> str:
        """Its key."""
        ...

    @property
    def id(self) -> str:
        """What tells it from others of the same key."""
        ...


Listed = TypeVar("Listed", bound=Row)
# Rows in order whose keys are at or after the first value; after it where the second is False.
Seek = Callable[[str, bool], Iterator[Listed]]

_LAST = 0x10FFFF
_BEFORE_SURROGATES = 0xD7FF
_AFTER_SURROGATES = 0xE000


def page(seek: Seek[Listed], query: Query, resumed: Iterator[Listed] | None = None) -> Page[Listed]:
    """The entries that a query asks for.

    Args:
        seek: Finds rows.
        query: What is asked for.
        resumed: Rows of the key `query.after` with which the list goes on, where a key has several.
    """
    items: list[Listed] = []
    prefixes: list[str] = []
    last = last_id = ""
    for entry in _entries(seek, query, resumed):
        if len(items) + len(prefixes) == query.limit:
            return Page(tuple(items), tuple(prefixes), query.limit > 0, last, last_id)
        if isinstance(entry, str):
            prefixes.append(entry)
            last, last_id = entry, ""
        else:
            items.append(entry)
            last, last_id = entry.key, entry.id
    return Page(tuple(items), tuple(prefixes), False, last, last_id)


def rolled_up(key: str, prefix: str, delimiter: str) -> str:
    """The prefix that stands for a key: up to and with the first delimiter after `prefix`; empty without one."""
    if not delimiter or not key.startswith(prefix):
        return ""
    at = key.find(delimiter, len(prefix))
    return "" if at < 0 else key[: at + len(delimiter)]


def successor(text: str) -> str | None:
    """The first text after all that begin with `text`, in the order of their UTF-8; None where there is none."""
    stripped = text.rstrip(chr(_LAST))
    if not stripped:
        return None
    code = ord(stripped[-1])
    return stripped[:-1] + chr(_AFTER_SURROGATES if code == _BEFORE_SURROGATES else code + 1)


def _entries(seek: Seek[Listed], query: Query, resumed: Iterator[Listed] | None) -> Iterator[Listed | str]:
    """Rows and rolled-up prefixes in order. What is rolled up is skipped by seeking, however much it is."""
    for row in resumed or ():
        yield row
    position = _begin(query)
    while position is not None:
        start, inclusive = position
        position = None
        for row in seek(start, inclusive):
            if not row.key.startswith(query.prefix):
                return
            common = rolled_up(row.key, query.prefix, query.delimiter)
            if not common:
                yield row
                continue
            yield common
            following = successor(common)
            position = None if following is None else (following, True)
            break


def _begin(query: Query) -> tuple[str, bool] | None:
    """Where to begin. After a rolled-up prefix comes what is not below it; within one, the rest of it is listed."""
    if query.after < query.prefix:
        return query.prefix, True
    if query.after and query.after == rolled_up(query.after, query.prefix, query.delimiter):
        following = successor(query.after)
        return None if following is None else (following, True)
    return query.after, query.after == ""
