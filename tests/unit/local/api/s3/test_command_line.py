"""The AWS command line, as people use it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.local.api.doubles import command_line
from tests.unit.local.api.s3.conftest import Place

LARGE = os.urandom(9 * 1024 * 1024)  # the command line sends more than 8 MB in parts


async def test_files_go_up_and_down_and_away(s3: Place, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    (source / "small.txt").write_text("leaf")
    (source / "deep" / "large").write_bytes(LARGE)
    for file in (source / "small.txt", source / "deep" / "large"):
        os.utime(file, (0, 0))  # older than any object: S3 tells whole seconds only
    await command_line(s3.url, "s3", "mb", "s3://plants")
    await command_line(s3.url, "s3", "sync", str(source), "s3://plants/all")
    assert not await command_line(s3.url, "s3", "sync", str(source), "s3://plants/all")  # nothing has changed
    listed = await command_line(s3.url, "s3", "ls", "s3://plants/all/")
    assert [line.split()[-1] for line in listed.splitlines()] == ["deep/", "small.txt"]
    await command_line(s3.url, "s3", "cp", "--recursive", "s3://plants/all", str(target))
    assert (target / "deep" / "large").read_bytes() == LARGE
    await command_line(s3.url, "s3", "mv", "s3://plants/all/small.txt", "s3://plants/moved.txt")
    url = (await command_line(s3.url, "s3", "presign", "s3://plants/moved.txt")).strip()
    assert (await s3.raw("GET", url.removeprefix(s3.url), signed=False))[2] == b"leaf"
    await command_line(s3.url, "s3", "rm", "--recursive", "s3://plants")
    await command_line(s3.url, "s3", "rb", "s3://plants")
    assert not s3.objects.buckets()
