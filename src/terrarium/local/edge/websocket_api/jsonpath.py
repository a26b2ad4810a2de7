"""JSONPath, as far as mapping templates need it: members, indexes, wildcards, descent and slices.

Filters and scripts (``?(…)``) are refused by name.

https://goessner.net/articles/JsonPath/, https://github.com/json-path/JsonPath
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"(?P<deep>\.\.)(?=[\[*\w$-])"
    r"|\.?(?P<wild>\*)"
    r"|\.?(?P<name>[\w$-]+)"
    r"|\[(?P<index>-?\d+)\]"
    r"|\[(?P<any>\*)\]"
    r"|\[(?P<start>-?\d*):(?P<end>-?\d*)\]"
    r"|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]"
)

# What is searched is any JSON, here and below.
_Step = Callable[[Any], Iterable[Any]]


class JsonPathError(Exception):
    """The path cannot be read."""


def find(path: str, document: Any) -> Any:
    """What a path finds: a value, or None; a list of values where the path may find several.

    Raises:
        JsonPathError: The path cannot be read.
    """
    steps, definite = _compiled(path)
    found = [document]
    for step in steps:
        found = [value for one in found for value in step(one)]
    return (found[0] if found else None) if definite else found


@functools.lru_cache(maxsize=512)
def _compiled(path: str) -> tuple[tuple[_Step, ...], bool]:
    text = path.strip()
    if not text.startswith("$"):
        raise JsonPathError(f"the JSONPath {path!r} has to begin with $")
    steps, definite, at = list[_Step](), True, 1
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise JsonPathError(f"the JSONPath {path!r} has something unknown here at {text[at:]!r}")
        step, single = _step(token)
        steps.append(step)
        definite = definite and single
        at = token.end()
    return tuple(steps), definite


def _step(token: re.Match[str]) -> tuple[_Step, bool]:
    if token["deep"]:
        return _everything, False
    if token["wild"] or token["any"]:
        return _children, False
    if token["index"] is not None:
        return _at(int(token["index"])), True
    if token["start"] is not None:
        return _between(token["start"], token["end"]), False
    return _named(token["name"] if token["name"] is not None else token["quoted"]), True


def _named(name: str) -> _Step:
    return lambda value: [value[name]] if isinstance(value, dict) and name in value else []


def _at(index: int) -> _Step:
    return lambda value: [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []


def _between(start: str, end: str) -> _Step:
    piece = slice(int(start) if start else None, int(end) if end else None)
    return lambda value: value[piece] if isinstance(value, list) else []


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _everything(value: Any) -> Iterable[Any]:
    yield value
    for child in _children(value):
        yield from _everything(child)
