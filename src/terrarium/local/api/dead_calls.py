"""Which kept calls need not be made again, because what they made was removed since: a guess, to be proven by doing so.

Pure. A call is thought dead where it names something that a later call removed and that is nowhere any more. Whoever
leaves calls out makes the others in a moto of its own, and sees that the same comes of it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from terrarium.local.api.kept_call import KeptCall

_REMOVING = ("Delete", "Terminate", "Release", "Deregister", "Disassociate")
#: Parameters that name nothing: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
_NO_NAMES = frozenset({"Action", "Version", "ClientToken"})
_NAME = re.compile(r"[\w./:@+=,-]{3,2048}")
_NO_NAME = re.compile(r"true|false|[\d.:-]+", re.IGNORECASE)
#: What AWS makes up, which answers tell: long, with a digit in it.
_ID = re.compile(r"(?=.*\d).{8,}")
_XML_TEXT = re.compile(r">([^<>]+)<")


def removes(call: KeptCall) -> bool:
    """Whether a call takes something away."""
    return call.operation.startswith(_REMOVING) or (not call.operation and call.method == "DELETE")


def removed(calls: Iterable[KeptCall]) -> set[str]:
    """The names of what calls took away."""
    return {name for call in calls if removes(call) for name in named(call)}


def named(call: KeptCall) -> set[str]:
    """The names that a call holds, of whatever kind."""
    return {text for text in _texts(call) if _NAME.fullmatch(text) and not _NO_NAME.fullmatch(text)}


def dead(calls: Sequence[KeptCall], answers: Sequence[str], gone: set[str]) -> list[int]:
    """The places of the calls that are thought dead.

    Args:
        calls: Every call that is kept.
        answers: What moto answered to each.
        gone: Names of what was taken away and is nowhere any more.
    """
    ids = sorted(name for name in gone if _ID.fullmatch(name))
    mentions: Callable[[str], Any] = re.compile("|".join(map(re.escape, ids))).search if ids else lambda _: None
    return [
        place
        for place, (call, answer) in enumerate(zip(calls, answers, strict=True))
        if named(call) & gone or mentions(answer) or (not call.operation and mentions(unquote(call.path)))
    ]


def _texts(call: KeptCall) -> Iterator[str]:
    path, _, query = call.path.partition("?")
    if not call.operation:
        yield unquote(path.rstrip("/").rpartition("/")[2])
    body = call.body.decode(errors="replace")
    pairs = parse_qsl(query) + (parse_qsl(body) if "Action=" in body else [])
    yield from (value for name, value in pairs if name not in _NO_NAMES)
    if body.startswith("<"):
        yield from _XML_TEXT.findall(body)
    elif body.startswith("{"):
        with contextlib.suppress(ValueError):  # it only looks like JSON: what it names stays unknown, and is kept
            yield from _leaves(json.loads(body))


def _leaves(value: Any) -> Iterator[str]:  # whatever JSON carries
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
