"""The files that hold content: written once, never changed, read in pieces, so that memory stays bounded.

A file counts once a row of the database names it. One that none names, because the process was killed before it was
told of, belongs to nobody, and a sweep removes it when the next process starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from terrarium.local.data.objects import errors
from terrarium.local.object_store import Hash, Received, Segment

# What is hashed, written or read in one go. Smaller pieces are done at once; the others in a thread, so that nobody
# else waits for the disk.
PIECE = 1024 * 1024
AT_ONCE = 128 * 1024
_THREADS = 8

Result = TypeVar("Result")


class Contents:
    """A folder of content.

    Args:
        folder: Where it is.
        fsync: Whether content reaches the disk itself before anybody is told of it.
    """

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self._folder = folder
        self._fsync = fsync
        self._start = ""
        self._numbers = itertools.count()
        self._threads: ThreadPoolExecutor | None = None
        self._pins: Counter[str] = Counter()
        self._doomed: dict[str, Segment] = {}  # removed while they are read

    def open(self, start: int) -> None:
        """Begins; `start` is different for every process that used the folder."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._start = f"{start:x}"
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="objects")

    def close(self) -> None:
        """Waits for what is under way."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    async def receive(self, source: AsyncIterator[bytes], hashes: Sequence[Hash] = ()) -> Received:
        """Writes what arrives to a new file.

        Args:
            source: The content.
            hashes: What is to be fed with it on the way.

        Raises:
            AwsError: InternalError where the disk is full. Nothing is left of the content then, nor after any other
                exception of the source.
        """
        md5 = hashlib.md5(usedforsecurity=False)
        name = self._name()
        with self._new(name) as file:
            size = 0
            async for piece in _pieces(source):
                await self._do(len(piece), _absorb, piece, file, (md5, *hashes))
                size += len(piece)
            if self._fsync:
                await self._in_thread(os.fsync, file)
        return Received(Segment(name, size), md5.hexdigest())

    @contextlib.contextmanager
    def reading(self, segments: Sequence[Segment], start: int, end: int) -> Iterator[AsyncIterator[bytes]]:
        """The bytes from `start` up to and without `end`, in pieces. What is removed meanwhile stays until the end.

        Raises:
            AwsError: While it is read: InternalError where a file is missing.
        """
        with self._pinned(segments):
            yield self._read(_within(segments, start, end))

    async def _read(self, places: Iterable[tuple[Segment, int, int]]) -> AsyncIterator[bytes]:
        for segment, offset, length in places:
            with self._opened(segment) as file:
                for at in range(offset, offset + length, PIECE):
                    size = min(PIECE, offset + length - at)
                    yield await self._do(size, os.pread, file, size, at)

    def read_at_once(self, segments: Sequence[Segment], start: int, end: int) -> bytes:
        """The same for little content, without waiting."""
        read = []
        for segment, offset, length in _within(segments, start, end):
            with self._opened(segment) as file:
                read.append(os.pread(file, length, offset))
        return b"".join(read)

    async def copy(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """The same content once more; it takes no room where the file system has links."""
        copies: list[Segment] = []
        try:
            with self._pinned(segments):
                for segment in segments:
                    name = self._name()
                    await self._in_thread(self._link, segment.content, name)
                    copies.append(Segment(name, segment.size, segment.checksum))
        except OSError as error:
            self.remove(copies)
            raise errors.disk(error) from error
        return tuple(copies)

    def remove(self, segments: Iterable[Segment]) -> None:
        """Deletes files; large ones in a thread, as that takes the file system a while."""
        for segment in segments:
            if segment.content in self._pins:
                self._doomed[segment.content] = segment
            elif segment.size <= AT_ONCE or self._threads is None:
                self._unlink(segment.content)
            else:
                self._threads.submit(self._unlink, segment.content)

    def sweep(self, kept: Callable[[], set[str]]) -> None:
        """Removes, in a thread, files of earlier processes that `kept` does not name."""
        assert self._threads is not None
        names = kept()
        self._threads.submit(self._sweep, names)

    def _sweep(self, kept: set[str]) -> None:
        with os.scandir(self._folder) as files:
            lost = [file.name for file in files if file.name not in kept and not self._is_ours(file.name)]
        for name in lost:
            self._unlink(name)

    def _is_ours(self, name: str) -> bool:
        return name.partition("-")[0] == self._start

    def _name(self) -> str:
        return f"{self._start}-{next(self._numbers):x}"

    def _path(self, name: str) -> Path:
        return self._folder / name

    @contextlib.contextmanager
    def _new(self, name: str) -> Iterator[int]:
        """A file that is gone again if what is done with it fails."""
        path = self._path(name)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise errors.disk(error) from error
        try:
            try:
                yield file
            finally:
                os.close(file)
        except BaseException as error:
            self._unlink(name)
            if isinstance(error, OSError) and not isinstance(error, ConnectionError):
                raise errors.disk(error) from error
            raise

    @contextlib.contextmanager
    def _opened(self, segment: Segment) -> Iterator[int]:
        try:
            file = os.open(self._path(segment.content), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise errors.disk(error) from error
        try:
            yield file
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _pinned(self, segments: Sequence[Segment]) -> Iterator[None]:
        """Keeps files from being removed."""
        self._pins.update(segment.content for segment in segments)
        try:
            yield
        finally:
            self._pins.subtract(segment.content for segment in segments)
            free = [segment for segment in segments if not self._pins[segment.content]]
            for segment in free:
                del self._pins[segment.content]
            self.remove(self._doomed.pop(segment.content) for segment in free if segment.content in self._doomed)

    def _link(self, old: str, new: str) -> None:
        try:
            os.link(self._path(old), self._path(new))
        except OSError:  # a file system without links, or with too many of this file
            shutil.copyfile(self._path(old), self._path(new))

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path(name).unlink()

    # Any function and whatever it takes.
    async def _do(self, size: int, function: Callable[..., Result], *values: object) -> Result:
        """Does what is little at once, and the rest in a thread."""
        return function(*values) if size <= AT_ONCE else await self._in_thread(function, *values)

    async def _in_thread(self, function: Callable[..., Result], *values: object) -> Result:
        """Waits for the thread even when cancelled: it still has the file, whose number would else be another's."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, function, *values)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise


def _absorb(piece: bytes, file: int, hashes: Sequence[Hash]) -> None:
    for one in hashes:
        one.update(piece)
    left = memoryview(piece)
    while left:
        left = left[os.write(file, left) :]


async def _pieces(source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Gathers what arrives into pieces that are worth a thread's while."""
    held: list[bytes] = []
    size = 0
    async for chunk in source:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _within(segments: Iterable[Segment], start: int, end: int) -> list[tuple[Segment, int, int]]:
    """Where a range of the whole lies: segment, offset in it, length."""
    places = []
    begin = 0
    for segment in segments:
        first, last = max(start, begin), min(end, begin + segment.size)
        if first < last:
            places.append((segment, first - begin, last - first))
        begin += segment.size
    return places
