from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.unit.local.compute.functions.laptop import fields, member, running, starting


async def test_output_stands_between_start_end_and_report(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import sys
            def handler(event, context):
                print("one")
                print("two", file=sys.stderr)
                print()
                print("three, unfinished", end="")
            """
        )
        cold, warm = await laptop.invoke(), await laptop.invoke()
    assert len(laptop.log.streams) == 1
    start, *output, end, report = laptop.log.lines[:7]
    assert start == f"START RequestId: {cold.request_id} Version: $LATEST"
    assert output == ["one", "two", "", "three, unfinished"]
    assert end == f"END RequestId: {cold.request_id}"
    pattern = (
        r"REPORT RequestId: \S+\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t"
    )
    assert re.fullmatch(pattern, report)
    assert 10 < int(fields(report)["Max Memory Used"].split()[0]) < 256
    assert "Init Duration" not in member(laptop.log.lines, f"REPORT RequestId: {warm.request_id}")


async def test_a_log_stream_is_named_by_day_version_and_worker(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass")
        await laptop.invoke()
        [(group, stream)] = laptop.log.streams
    assert group == "/aws/lambda/hello"
    assert re.fullmatch(r"\d{4}/\d{2}/\d{2}/\[\$LATEST\][0-9a-f]{32}", stream)


async def test_a_log_message_is_one_event_with_level_time_and_request(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import logging
            logging.warning("while loading")
            def handler(event, context):
                logging.getLogger("mine").error("first\\nsecond")
                logging.info("below the level")
                logging.getLogger().setLevel(logging.INFO)
                logging.info("now shown: %s", event)
            """
        )
        result = await laptop.invoke("x")
    loading, _, error, shown, _, _ = laptop.log.lines
    time = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"
    assert re.fullmatch(rf"\[WARNING\]\t{time}\t\twhile loading", loading)
    assert re.fullmatch(rf"\[ERROR\]\t{time}\t{result.request_id}\tfirst\nsecond", error)
    assert re.fullmatch(rf"\[INFO\]\t{time}\t{result.request_id}\tnow shown: x", shown)


async def test_ten_megabytes_of_output_are_cut_and_the_log_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            def handler(event, context):
                for number in range(10 * 1024):
                    print(f"{number:05}" + "x" * 1018)
                return "done"
            """
        )
        assert await laptop.result() == "done"
        *shown, note = laptop.log.lines[1:-2]
        assert await laptop.result() == "done"
    assert [line[:5] for line in shown] == [f"{number:05}" for number in range(len(shown))]
    assert sum(len(line) for line in shown) <= 1024 * 1024
    assert re.search(r"kept the first 1048576 bytes of this invocation's log and dropped 94\d{5} more", note)
    assert len(starting(laptop.log.lines, "00000")) == 2


async def test_one_endless_line_is_cut_too(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): print('x' * 10 * 1024 * 1024)", memory=512)
        await laptop.result()
    lengths = [len(line) for line in laptop.log.lines if line.startswith("xxx")]
    assert lengths == [256 * 1024] * 4


async def test_what_a_program_started_by_the_handler_prints_is_in_the_log(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import subprocess
            def handler(event, context): subprocess.run(["/bin/sh", "-c", "echo from below"], check=True)
            """
        )
        await laptop.result()
    assert "from below" in laptop.log.lines


async def test_the_tail_is_the_last_four_kilobytes_of_one_invocation(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): print('y' * event)")
        short = await laptop.invoke(10)
        long = await laptop.invoke(9000)
    lines = short.log_tail.decode().splitlines()
    assert lines[:2] == [f"START RequestId: {short.request_id} Version: $LATEST", "y" * 10]
    assert lines[-1].startswith("REPORT")
    assert len(long.log_tail) == 4096
    assert b"START" not in long.log_tail
    assert long.request_id.encode() in long.log_tail


async def test_who_does_not_ask_for_the_log_is_answered_before_its_end_is_written(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): print('said', event)")
        for number in (1, 2):
            result = await laptop.functions.invoke("hello", str(number).encode())
            assert result.log_tail == b""
        await asyncio.sleep(0)
    kinds = [line.split()[0] for line in laptop.log.lines]
    assert kinds == ["START", "said", "END", "REPORT", "START", "said", "END", "REPORT"]


async def test_each_invocation_is_told_as_an_event(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return 1 / event", address="aws_lambda_function.hello")
        fine, bad = await laptop.invoke(1), await laptop.invoke(0)
    told = [event for event in laptop.events if event.kind == "invoked"]
    assert [event.resource for event in told] == ["aws_lambda_function.hello"] * 2
    assert [(event.detail["request_id"], event.detail["error_type"]) for event in told] == [
        (fine.request_id, None),
        (bad.request_id, "ZeroDivisionError"),
    ]
