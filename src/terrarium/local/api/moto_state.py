"""What moto holds, as a fingerprint for each service: two runs hold the same where their fingerprints are equal.

Lives in moto's process only. It walks through what services keep, and knows none of them.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.utilities.tagging_service import TaggingService

from terrarium.local.api.moto_leftovers import without_the_gone

_ADDRESS = re.compile(" at 0x[0-9a-f]+")
_PLAIN = (str, bytes, bytearray, int, float, bool, type(None))


class _Walk:
    """One walk through one region of one service; what was met before is named by when that was."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.texts: set[str] = set()
        self._tags: list[Mapping[str, Any]] = []
        self._met: dict[int, int] = {}
        self._alive: list[object] = []  # so that no other object gets the id of one that was met

    def over_tags(self, *more: Mapping[str, Any]) -> None:
        """Over the tags of what was met: moto keeps those of what is gone as well."""
        for tags in (*self._tags, *more):
            self.over({id: those for id, those in tags.items() if id in self.texts})

    # Services keep values of any type.
    def over(self, root: Any) -> None:
        pending = [root]
        while pending:
            value = pending.pop()
            if isinstance(value, _PLAIN):
                self._plain(value)
            elif id(value) in self._met:
                self._tell(f"met {self._met[id(value)]}")
            else:
                self._met[id(value)] = len(self._met)
                self._alive.append(value)
                pending.extend(self._inside(value))

    def _inside(self, value: Any) -> Iterable[Any]:
        self._tell(type(value).__name__)
        if isinstance(value, TaggingService):
            self._tags.append(value.tags)
            return ()
        if isinstance(value, BaseBackend):
            return ()  # another service's: it has a fingerprint of its own
        if isinstance(value, Mapping):
            return [part for pair in reversed(list(value.items())) for part in reversed(pair)]
        if isinstance(value, (set, frozenset)):
            return sorted(value, key=repr)
        if isinstance(value, (list, tuple, deque)):
            return reversed(value)
        return [part for name, inner in reversed(_attributes(value)) for part in (inner, name)]

    def _plain(self, value: object) -> None:
        if isinstance(value, float) and math.isnan(value):
            value = "nan"
        if isinstance(value, str):
            self.texts.add(value)
        self._tell(repr(value))

    def _tell(self, text: str) -> None:
        self.digest.update(text.encode(errors="replace"))
        self.digest.update(b"\0")


def _attributes(value: Any) -> list[tuple[str, Any]]:
    """What an object of moto keeps; of what is not moto's, how it tells of itself."""
    kept = getattr(value, "__dict__", None)
    if not type(value).__module__.startswith("moto.") or kept is None:
        return [("", _ADDRESS.sub("", repr(value)))]
    return list(kept.items())


def held(names: Iterable[str], regions: Iterable[str]) -> dict[str, Any]:
    """What moto holds.

    Args:
        names: Texts to look for.
        regions: What to look at even if nobody called it: as ``digests`` names it.

    Returns:
        ``digests``: a fingerprint for each region of an account of a service; ``present``: the names that are there.
    """
    wanted = frozenset(names)
    for one in regions:
        service, account, region = one.split()
        get_backend(service)[account][region]  # type: ignore[call-overload]  # a union of many literals
    digests, present = {}, set[str]()
    for where, backend in _backends():
        walk = _Walk()
        service, account, region = where.split()
        walk.over(without_the_gone(service, account, region, vars(backend)))
        walk.over_tags(vars(backend)["tags"] if where.startswith("ec2 ") else {})
        digests[where] = walk.digest.hexdigest()
        present |= wanted & walk.texts
    return {"digests": digests, "present": sorted(present)}


def _backends() -> Iterator[tuple[str, BaseBackend]]:
    account = os.environ["MOTO_ACCOUNT_ID"]
    for service in tuple(BackendDict._instances):  # type: ignore[misc]  # moto shares it among all services
        for whose, region, backend in service.iter_backends():
            if whose != account:
                continue  # moto's own, made to find out where services are
            yield f"{type(backend).__module__.split('.')[1]} {account} {region}", backend
