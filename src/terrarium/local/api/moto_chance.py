"""Decides, for the calls of one thread, what chance gives and what time it is: made again, they make the same.

Lives in moto's process only, and must be at work before moto is loaded, which takes these functions by name from where
Python keeps them. It knows neither moto nor calls. Keys that OpenSSL makes are beyond it.

What a call takes from chance depends on what was called before it: modules are loaded and lists are filled when first
needed. Each kind of id therefore has chances of its own, and loading a module takes none.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType, FrameType, ModuleType
from typing import Any

_PACKAGE = "moto."
_GENERATOR = "moto.moto_api._internal.moto_random"


class _Chance:
    """What follows from a seed: for each two functions of moto that stand nearest, other numbers."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._by_kind: dict[str, random.Random] = {}

    def of_caller(self) -> random.Random:
        kind = _kind_of_id()
        if kind not in self._by_kind:
            self._by_kind[kind] = random.Random(f"{self._seed} {kind}")  # noqa: S311  # ids, no secrets
        return self._by_kind[kind]


#: What each function that was met is called, empty where it does not count: an id of 17 digits asks 17 times.
_name_of: dict[CodeType, str] = {}


def _kind_of_id() -> str:
    """The nearest two functions of moto, such as ``random_id random_vpc_id``."""
    nearest = ""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        frame = frame.f_back
        name = _name_of.get(frame.f_code)
        if name is None:
            name = _name_of[frame.f_code] = _counted_name(frame)
        if name and nearest:
            return f"{nearest} {name}"
        nearest = nearest or name
    return nearest


def _counted_name(frame: FrameType) -> str:
    module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    # Whether a comprehension is a function of its own depends on Python's version.
    return name if module.startswith(_PACKAGE) and module != _GENERATOR and not name.startswith("<") else ""


class _Here(threading.local):
    """What was decided for this thread; nothing stands for chance and the clock themselves."""

    chance: _Chance | None = None
    moment: float | None = None


_here = _Here()


@contextlib.contextmanager
def deciding(seed: str | None, moment: float | None) -> Iterator[None]:
    """Within it, whatever this thread takes from chance follows from a seed, and its clock stands still.

    Args:
        seed: What chance follows from; None leaves it alone.
        moment: What time it is, in seconds since the epoch; None leaves the clock alone.
    """
    before = _here.chance, _here.moment
    _here.chance, _here.moment = None if seed is None else _Chance(seed), moment
    try:
        yield
    finally:
        _here.chance, _here.moment = before


def decide() -> None:
    """Puts itself between this process and its chance and clock."""
    follow(random._inst)  # whose methods the module's functions are
    random.random = random._inst.random
    random.getrandbits = random._inst.getrandbits
    _decide_uuids()
    _decide_bytes()
    _decide_time()


def follow(generator: random.Random) -> None:
    """Makes a generator give what was decided, where something was: all that it offers comes from these two."""
    own_random, own_bits = generator.random, generator.getrandbits

    def decided_random() -> float:
        return own_random() if _here.chance is None else _here.chance.of_caller().random()

    def decided_bits(count: int) -> int:
        return own_bits(count) if _here.chance is None else _here.chance.of_caller().getrandbits(count)

    generator.random = decided_random  # type: ignore[method-assign]  # replacing them is the purpose
    generator.getrandbits = decided_bits  # type: ignore[method-assign]


def _decide_uuids() -> None:
    own = uuid.uuid4

    def uuid4() -> uuid.UUID:
        return own() if _here.chance is None else uuid.UUID(int=_here.chance.of_caller().getrandbits(128), version=4)

    uuid.uuid4 = uuid4


def _decide_bytes() -> None:
    """Of these moto makes the material of KMS's keys: what was encrypted can be decrypted after a restart."""
    own = os.urandom

    def urandom(size: int, /) -> bytes:
        return own(size) if _here.chance is None else _here.chance.of_caller().randbytes(size)

    os.urandom = urandom


def _decide_time() -> None:
    """The clock of every module of moto, as it is loaded: others' take no class but the library's own."""
    own, own_load = time.time, SourceFileLoader.exec_module

    def now() -> float:
        return own() if _here.moment is None else _here.moment

    def load(self: SourceFileLoader, module: ModuleType) -> None:
        with deciding(None, None):
            own_load(self, module)
        if module.__name__.startswith(_PACKAGE):
            _set_clock(module)

    time.time = now
    SourceFileLoader.exec_module = load  # type: ignore[method-assign, assignment]  # replacing it is the purpose


def _set_clock(module: ModuleType) -> None:
    for name, value in tuple(vars(module).items()):
        if value is dt.datetime:
            setattr(module, name, _Clocked)
        elif value is dt:
            setattr(module, name, _Library(dt.__name__))


class _Library(ModuleType):
    """The standard library's module, with the class whose clock may stand still."""

    def __getattr__(self, name: str) -> Any:  # whatever that module has
        return _Clocked if name == "datetime" else getattr(dt, name)


class _Meta(type):
    """Every date and time is one of the class that stands in for theirs."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, dt.datetime)


class _Clocked(dt.datetime, metaclass=_Meta):
    """The standard library's class, whose clock may stand still. What it makes is of that class itself."""

    def __new__(cls, *args: Any, **names: Any) -> Any:  # whatever that class takes
        return dt.datetime(*args, **names)  # noqa: DTZ001  # as its caller said

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return dt.datetime.now(tz) if _here.moment is None else dt.datetime.fromtimestamp(_here.moment, tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return cls.now()
