"""What the engine keeps, over restarts, kills and full disks."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.data.objects import Objects
from terrarium.local.object_store import Details, Version
from terrarium.testing.clock import ManualClock

LARGE = os.urandom(3 * 1024 * 1024 + 17)


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


async def put(objects: Objects, key: str, *content: bytes) -> Version:
    received = await objects.receive(pieces(*content))
    return objects.put("plants", key, received.md5, (received.segment,), Details())


async def read(objects: Objects, version: Version, start: int = 0, end: int | None = None) -> bytes:
    with objects.reading(version, start, version.size if end is None else end) as found:
        return b"".join([piece async for piece in found])


def files(objects: Objects) -> list[str]:
    return sorted(file.name for file in (objects.folder / "content").iterdir())


def opened(folder: Path) -> Objects:
    objects = Objects(folder, clock=ManualClock())
    objects.start()
    return objects


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[Objects]:
    objects = opened(tmp_path / "objects")
    objects.create_bucket("plants", "us-east-1")
    yield objects
    objects.stop()


async def test_what_is_stored_is_there_after_a_restart(objects: Objects) -> None:
    await put(objects, "fern", LARGE[:1000], LARGE[1000:])
    objects.stop()
    again = opened(objects.folder)
    try:
        assert await read(again, again.get("plants", "fern")) == LARGE
        assert again.bucket("plants").region == "us-east-1"
    finally:
        again.stop()
        objects.start()


@pytest.mark.parametrize(("start", "end"), [(0, 1), (5, 9), (1024 * 1024 - 1, 2 * 1024 * 1024 + 1), (100, len(LARGE))])
async def test_any_range_is_read_out_of_several_files(objects: Objects, start: int, end: int) -> None:
    upload = objects.create_upload("plants", "fern", Details())
    cut = 7 * 1024 * 1024
    whole = (LARGE * 3)[: cut + 100]
    for number, part in enumerate((whole[:cut], whole[cut:]), 1):
        objects.put_part(upload, number, await objects.receive(pieces(part)))
    parts = objects.chosen(upload, [(part.number, part.etag) for part in objects.parts(upload)])
    version = objects.complete_upload(upload, parts, None)
    assert await read(objects, version, start, end) == whole[start:end]
    assert await read(objects, version, cut - 3, cut + 3) == whole[cut - 3 : cut + 3]
    assert objects.read_at_once(version, cut - 3, cut + 3) == whole[cut - 3 : cut + 3]


async def test_content_that_nothing_refers_to_takes_no_room(objects: Objects) -> None:
    await put(objects, "fern", b"first")
    await put(objects, "fern", b"second")
    assert len(files(objects)) == 1
    objects.delete("plants", "fern")
    assert not files(objects)


async def test_a_reader_gets_to_the_end_of_what_is_replaced_meanwhile(objects: Objects) -> None:
    version = await put(objects, "fern", LARGE)
    with objects.reading(version, 0, version.size) as found:
        first = await anext(found)
        await put(objects, "fern", b"new")
        rest = [piece async for piece in found]
    assert b"".join([first, *rest]) == LARGE
    objects.stop()  # waits for the removal
    objects.start()
    assert len(files(objects)) == 1


async def test_a_copy_stays_when_its_source_goes(objects: Objects) -> None:
    source = await put(objects, "fern", LARGE)
    copied = await objects.copy(source)
    copy = objects.put("plants", "copy", source.etag, copied, Details())
    objects.delete("plants", "fern")
    assert await read(objects, copy) == LARGE


async def test_an_upload_that_breaks_off_leaves_nothing(objects: Objects) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield LARGE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await objects.receive(broken())
    assert not files(objects)


async def test_an_upload_that_is_cancelled_leaves_nothing(objects: Objects) -> None:
    waiting = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield LARGE
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(objects.receive(endless()))
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert not files(objects)


@pytest.mark.parametrize("size", [100, len(LARGE)])
async def test_a_full_disk_is_one_clear_error_and_no_half_object(
    objects: Objects, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    old = await put(objects, "fern", b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(AwsError) as refused:
            await put(objects, "fern", LARGE[:size])
    assert (refused.value.code, refused.value.status) == ("InternalError", 507)
    assert "full" in refused.value.message
    assert files(objects) == [old.segments[0].content]
    assert await read(objects, objects.get("plants", "fern")) == b"old"


async def test_a_put_that_is_refused_keeps_nothing_of_its_content(objects: Objects) -> None:
    received = await objects.receive(pieces(b"content"))
    with pytest.raises(AwsError, match="NoSuchBucket"):
        objects.put("weeds", "fern", received.md5, (received.segment,), Details())
    assert not files(objects)


async def test_the_next_start_removes_what_belongs_to_nobody(objects: Objects) -> None:
    kept = await put(objects, "fern", b"kept")
    lost = await objects.receive(pieces(b"lost"))
    upload = objects.create_upload("plants", "ivy", Details())
    part = objects.put_part(upload, 1, await objects.receive(pieces(b"part")))
    assert lost.segment.content in files(objects)
    objects.stop()
    objects.start()
    objects.stop()  # waits for the sweep
    assert files(objects) == sorted([kept.segments[0].content, part.segment.content])
    objects.start()


def test_what_was_acknowledged_outlasts_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio, os, signal
        from pathlib import Path
        from terrarium.local.data.objects import Objects
        from terrarium.local.object_store import Details
        from terrarium.testing.clock import ManualClock

        async def pieces():
            yield b"kept"

        async def main():
            objects = Objects(Path({str(tmp_path)!r}), clock=ManualClock())
            objects.start()
            objects.create_bucket("plants", "us-east-1")
            for number in range(20):
                received = await objects.receive(pieces())
                objects.put("plants", str(number), received.md5, (received.segment,), Details())
            await objects.receive(pieces())
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
        """
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode < 0
    objects = opened(tmp_path)
    try:
        for number in range(20):
            version = objects.get("plants", str(number))
            assert objects.read_at_once(version, 0, version.size) == b"kept"
    finally:
        objects.stop()
    assert len(files(objects)) == 20


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "objects.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(UserError, match=r"objects\.sqlite"):
        Objects(tmp_path, clock=ManualClock()).start()
