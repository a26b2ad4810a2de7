from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from terrarium.testing.clock import ManualClock
from tests.unit.local.compute.functions.laptop import fields, member, running, starting, until


async def test_an_exception_comes_back_with_type_message_and_stack(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            class OutOfSeats(Exception):
                pass
            def handler(event, context):
                take()
            def take():
                raise OutOfSeats("none left")
            """
        )
        result = await laptop.invoke()
        error = await laptop.error()
    assert (error["errorType"], error["errorMessage"]) == ("OutOfSeats", "none left")
    assert error["requestId"] != result.request_id
    assert re.findall(r'app.py", line \d+, in (\w+)', "".join(error["stackTrace"])) == ["handler", "take"]
    shown, _ = starting(laptop.log.lines, "[ERROR]")
    assert shown.startswith("[ERROR] OutOfSeats: none left\nTraceback (most recent call last):\n\u00a0\u00a0File")
    assert "Status" not in starting(laptop.log.lines, "REPORT")[0]


async def test_a_worker_outlives_an_exception(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import os
            def handler(event, context):
                if event == "raise":
                    raise ValueError(os.getpid())
                return os.getpid()
            """
        )
        error = await laptop.error("raise")
        assert error["errorMessage"] == str(await laptop.result())


@pytest.mark.parametrize(
    ("text", "handler", "error_type", "message"),
    [
        ("", "no.handler", "ImportModuleError", "Unable to import module 'no': No module named 'no'"),
        ("import no", "app.handler", "ImportModuleError", "Unable to import module 'app': No module named 'no'"),
        ("x = 1", "app.handler", "HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def f(:", "app.f", "UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
        ("", "app", "MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"),
        ("", "sys.exit", "BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ],
)
async def test_a_handler_that_cannot_be_loaded(
    tmp_path: Path, text: str, handler: str, error_type: str, message: str
) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(text + "\n", handler=handler)
        error = await laptop.error()
    assert error == {
        "errorMessage": message,
        "errorType": f"Runtime.{error_type}",
        "requestId": "",
        "stackTrace": error["stackTrace"],
    }
    reports = [fields(line) for line in starting(laptop.log.lines, "INIT_REPORT")]
    assert [report["Phase"] for report in reports] == ["init", "invoke"]
    assert {report["Error Type"] for report in reports} == {f"Runtime.{error_type}"}
    report = fields(member(laptop.log.lines, "REPORT"))
    assert (report["Status"], report["Error Type"]) == ("error", f"Runtime.{error_type}")
    assert "Init Duration" not in report


async def test_a_module_that_raises_while_it_is_imported(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("1 / 0")
        error = await laptop.error()
    assert (error["errorType"], error["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert re.findall(r'app.py", line \d+, in (\S+)', "".join(error["stackTrace"])) == ["<module>"]


async def test_a_handler_in_a_folder_is_named_with_slashes(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.write("def handler(event, context): return 'deep'", "part/deep.py")
        laptop.function(handler="part/deep.handler")
        assert await laptop.result() == "deep"


async def test_mending_the_code_mends_the_function(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import nowhere")
        await laptop.error()
        laptop.write("def handler(event, context): return 'fine'")
        assert await laptop.result() == "fine"


async def test_an_import_that_fails_only_once_is_retried_within_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        laptop.function(
            f"""
            import pathlib
            mark = pathlib.Path({str(tmp_path / "mark")!r})
            if not mark.exists():
                mark.touch()
                raise RuntimeError("not yet")
            def handler(event, context): return "second time"
            """
        )
        assert await laptop.result() == "second time"
    assert "Phase: init" in member(laptop.log.lines, "INIT_REPORT")
    assert "Init Duration" not in member(laptop.log.lines, "REPORT")


async def test_an_init_of_more_than_ten_seconds_is_tried_again_with_the_functions_timeout(tmp_path: Path) -> None:
    clock = ManualClock()
    async with running(tmp_path / "code", clock) as laptop:
        laptop.function(
            f"""
            import pathlib, os, time
            pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()
            time.sleep(1000)
            """,
            timeout=42,
        )
        invocation = asyncio.create_task(laptop.error())
        await until(lambda: len(list(tmp_path.iterdir())) == 2)
        await clock.advance(9.9)
        assert not starting(laptop.log.lines, "INIT_REPORT")
        await clock.advance(0.1)
        await until(lambda: len(list(tmp_path.iterdir())) == 3)
        await clock.advance(42)
        error = await invocation
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 42.00 seconds")
    reports = [fields(line) for line in starting(laptop.log.lines, "INIT_REPORT")]
    assert [(report["Phase"], report["Status"]) for report in reports] == [("init", "timeout"), ("invoke", "timeout")]


async def test_a_handler_that_never_returns_times_out(tmp_path: Path) -> None:
    clock = ManualClock()
    async with running(tmp_path / "code", clock) as laptop:
        laptop.function(
            f"""
            import pathlib, time
            def handler(event, context):
                print("still here", end="")
                pathlib.Path({str(tmp_path / "here")!r}).touch()
                while True:
                    time.sleep(1)
            """,
            timeout=3,
        )
        invocation = asyncio.create_task(laptop.invoke())
        await until((tmp_path / "here").exists)
        await clock.advance(2.9)
        assert not invocation.done()
        await clock.advance(0.2)
        result = await invocation
    request_id = result.request_id
    assert result.error == "Unhandled"
    assert result.payload == (
        b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: %s Error: Task timed out after 3.00 seconds"}'
        % request_id.encode()
    )
    start, text, timed_out, end, report = laptop.log.lines
    assert start == f"START RequestId: {request_id} Version: $LATEST"
    assert text == "still here"
    assert re.fullmatch(rf"20\S+T\S+\.\d{{3}}Z {request_id} Task timed out after 3.00 seconds", timed_out)
    assert end == f"END RequestId: {request_id}"
    told = fields(report)
    assert (told["Duration"], told["Billed Duration"], told["Status"]) == ("3000.00 ms", "3000 ms", "timeout")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit('no')", "Runtime exited with error: exit status 1"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(os.getpid(), 15)", "Runtime exited with error: signal: terminated"),
    ],
)
async def test_a_process_that_exits_during_an_invocation(tmp_path: Path, statement: str, reason: str) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(f"import os, sys\ndef handler(event, context): {statement}")
        result = await laptop.invoke()
    assert result.payload.decode() == (
        f'{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {result.request_id} Error: {reason}"}}'
    )
    assert f"RequestId: {result.request_id} Error: {reason}\nRuntime.ExitError" in laptop.log.lines
    assert fields(member(laptop.log.lines, "REPORT"))["Error Type"] == "Runtime.ExitError"


async def test_a_process_that_exits_while_it_starts(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import sys\nsys.exit(2)")
        error = await laptop.error()
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 2")


async def test_a_result_that_json_cannot_say(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return {1}")
        error = await laptop.error()
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


@pytest.mark.parametrize("size", [6_291_557, 40_000_000])
async def test_a_result_that_is_too_large_is_refused_and_the_worker_goes_on(tmp_path: Path, size: int) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return b'x' * event", memory=512)
        error = await laptop.error(size)
        assert (await laptop.invoke(6_291_556)).error is None
    assert error == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


@pytest.mark.parametrize("afterwards", ["time.sleep(60)", "return 'too late'"])
async def test_a_handler_that_takes_too_much_memory_is_killed(tmp_path: Path, afterwards: str) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            f"""
            import time
            def handler(event, context):
                hoard = bytearray(b"x") * (200 * 1024 * 1024)
                {afterwards}
            """,
            memory=128,
        )
        result = await laptop.invoke()
        error = await laptop.error()
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    report = fields(member(laptop.log.lines, f"REPORT RequestId: {result.request_id}"))
    assert (report["Max Memory Used"], report["Error Type"]) == ("128 MB", "Runtime.OutOfMemory")
