from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions import FunctionSettings
from tests.unit.local.compute.functions.laptop import CREDENTIALS, ENDPOINT, Laptop, alive, running, until


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


RUNS_IN = f"python{sys.version_info.major}.{sys.version_info.minor}"


async def test_a_handler_gets_the_event_and_its_result_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return {'you said': event['text']}")
        result = await laptop.functions.invoke("hello", '{"text": "grüezi"}'.encode())
    assert json.loads(result.payload) == {"you said": "grüezi"}
    assert (result.error, result.executed_version) == (None, "$LATEST")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", result.request_id)


async def test_no_payload_is_an_empty_event(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return event")
        assert (await laptop.functions.invoke("hello", b"")).payload == b"{}"


async def test_the_context_tells_about_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            def handler(event, context):
                return {
                    "members": {name: getattr(context, name) for name in (
                        "function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
                        "aws_request_id", "log_group_name", "log_stream_name", "tenant_id")},
                    "left": context.get_remaining_time_in_millis(),
                    "identity": context.identity.cognito_identity_id,
                    "client": context.client_context and [
                        context.client_context.custom["x"], context.client_context.client.app_title],
                }
            """,
            timeout=7,
        )
        context = json.dumps({"custom": {"x": 1}, "client": {"app_title": "Game"}}).encode()
        result = await laptop.functions.invoke("hello", b"{}", client_context=context)
        [(_, stream)] = laptop.log.streams
    told = json.loads(result.payload)
    assert told["members"] == {
        "function_name": "hello",
        "function_version": "$LATEST",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:hello",
        "memory_limit_in_mb": "256",
        "aws_request_id": result.request_id,
        "log_group_name": "/aws/lambda/hello",
        "log_stream_name": stream,
        "tenant_id": None,
    }
    assert 0 < told["left"] <= 7000
    assert told["identity"] is None
    assert told["client"] == [1, "Game"]


async def test_the_environment_is_lambdas_and_the_functions_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_LAPTOP", "x")
    monkeypatch.setenv("AWS_PROFILE", "production")
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import os
            def handler(event, context): return dict(os.environ)
            """,
            environment={"TABLE": "Players", "PATH": "/opt/own"},
        )
        found = await laptop.result()
        [(_, stream)] = laptop.log.streams
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", found.pop("_X_AMZN_TRACE_ID"))
    assert found.pop("LAMBDA_RUNTIME_DIR")
    assert found == {
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": ENDPOINT,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNS_IN}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "hello",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hello",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": "us-east-1",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "HOME": "/home/sbx_user1051",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": f"{tmp_path}:{tmp_path}/lib",
        "PATH": "/opt/own",
        "TABLE": "Players",
        "TZ": ":UTC",
        "_HANDLER": "app.handler",
    }


async def test_imports_come_from_the_code_then_from_layers_of_which_the_last_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for layer in (first, second):
        (layer / "python").mkdir(parents=True)
        (layer / "python" / "shared.py").write_text(f"name = {layer.name!r}")
        (layer / "python" / "app_settings.py").write_text("name = 'layer'")
    versioned = second / "python" / "lib" / RUNS_IN / "site-packages"
    versioned.mkdir(parents=True)
    (versioned / "deep.py").write_text("name = 'deep'")
    async with running(tmp_path / "code") as laptop:
        laptop.write("name = 'code'", "app_settings.py")
        laptop.function(
            """
            import os, shared, app_settings, deep
            def handler(event, context): return [shared.name, app_settings.name, deep.name, os.getcwd()]
            """,
            layers=(first, second),
        )
        assert await laptop.result() == ["second", "code", "deep", str(tmp_path / "code")]


async def test_what_lambda_does_not_carry_cannot_be_imported(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import boto3, botocore.exceptions, boto3.dynamodb.conditions
            def handler(event, context):
                boto3.client("dynamodb")
                missing = []
                for name in ("aiohttp", "terrarium", "pytest"):
                    try:
                        __import__(name)
                    except ModuleNotFoundError:
                        missing.append(name)
                return missing
            """
        )
        assert await laptop.result() == ["aiohttp", "terrarium", "pytest"]


async def test_a_function_may_bring_its_own_sdk(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.write("__version__ = 'own'", "boto3/__init__.py")
        laptop.function("import boto3\ndef handler(event, context): return boto3.__version__")
        assert await laptop.result() == "own"


async def test_no_bytecode_is_written_beside_the_code(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.write("x = 1", "part.py")
        laptop.function("import part\ndef handler(event, context): return part.x")
        await laptop.result()
    assert files(tmp_path) == {"app.py", "part.py"}


async def test_decimals_and_bytes_are_returned_as_lambda_returns_them(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            from decimal import Decimal
            def handler(event, context):
                return b'raw' if event else [Decimal("3"), Decimal("1.5"), "ü"]
            """
        )
        assert (await laptop.invoke()).payload == '[3, 1.5, "ü"]'.encode()
        assert (await laptop.invoke(True)).payload == b"raw"


async def test_invocations_of_one_function_run_side_by_side(tmp_path: Path) -> None:
    """Each handler waits until all twenty are there."""
    async with running(tmp_path / "code") as laptop:
        laptop.function(
            """
            import os, pathlib, time
            def handler(event, context):
                folder = pathlib.Path(event)
                (folder / str(os.getpid())).touch()
                while len(list(folder.iterdir())) < 20:
                    time.sleep(0.01)
                return os.getpid()
            """
        )
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        pids = await asyncio.gather(*[laptop.result(str(meeting)) for _ in range(20)])
    assert len(set(pids)) == 20


async def test_a_worker_is_used_again(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import os
            count = 0
            def handler(event, context):
                global count
                count += 1
                return [os.getpid(), count]
            """
        )
        told = [await laptop.result() for _ in range(5)]
    assert len({pid for pid, _ in told}) == 1
    assert [count for _, count in told] == [1, 2, 3, 4, 5]


async def test_changed_code_runs_after_a_reload(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return 'old'")
        before = await laptop.result()
        laptop.write("def handler(event, context): return 'new'")
        unnoticed = await laptop.result()
        laptop.functions.reload("hello")
        assert [before, unnoticed, await laptop.result()] == ["old", "old", "new"]


async def test_an_update_lets_what_runs_finish_and_gives_the_next_a_fresh_worker(tmp_path: Path) -> None:
    text = """
        import os, pathlib, time
        def handler(event, context):
            pathlib.Path(event + ".here").touch()
            while not pathlib.Path(event).exists():
                time.sleep(0.01)
            return [os.environ["STAGE"], os.getpid()]
        """
    async with running(tmp_path / "code") as laptop:
        go = tmp_path / "go"
        laptop.function(text, environment={"STAGE": "one"})
        first = asyncio.create_task(laptop.result(str(go)))
        await until((tmp_path / "go.here").exists)
        laptop.function(environment={"STAGE": "two"})
        go.touch()
        second = await laptop.result(str(go))
        assert [(await first)[0], second[0]] == ["one", "two"]
        pid = (await first)[1]
        await until(lambda: not alive(pid))


async def test_an_unknown_function_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass")
        laptop.functions.remove("hello")
        with pytest.raises(AwsError) as caught:
            await laptop.invoke()
    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)


def test_other_runtimes_are_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"function 'hello' cannot run: nothing on the laptop runs .*ruby3\.3"):
        Laptop(tmp_path).function(runtime="ruby3.3")


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a folder"):
        Laptop(tmp_path / "nowhere").function()


def test_an_environment_variable_that_is_lambdas_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="sets AWS_REGION, which Lambda keeps to itself"):
        Laptop(tmp_path).function(environment={"AWS_REGION": "eu-west-1"})


async def test_it_is_said_once_that_another_version_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass", runtime="python3.99")
        await laptop.result()
        await laptop.result()
    told = [event.detail for event in laptop.events if event.kind == "version"]
    assert told == [{"runtime": "python3.99", "runs_in": RUNS_IN}]


@pytest.mark.parametrize(
    ("payload", "code", "status"),
    [
        (b'"' + b"x" * 6_291_456 + b'"', "RequestEntityTooLargeException", 413),
        (b"{", "InvalidRequestContentException", 400),
        (b"[" * 100_000, "InvalidRequestContentException", 400),
    ],
)
async def test_a_payload_that_lambda_refuses(tmp_path: Path, payload: bytes, code: str, status: int) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass")
        with pytest.raises(AwsError) as caught:
            await laptop.functions.invoke("hello", payload)
    assert (caught.value.code, caught.value.status) == (code, status)


async def test_six_megabytes_go_in_and_come_out(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return event")
        payload = b'"' + b"x" * (6_291_456 - 2) + b'"'
        assert (await laptop.functions.invoke("hello", payload)).payload == payload


async def test_a_caller_that_goes_away_does_not_end_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        laptop.function(
            """
            import pathlib, time
            def handler(event, context):
                pathlib.Path(event + ".here").touch()
                while not pathlib.Path(event).exists():
                    time.sleep(0.01)
            """
        )
        caller = asyncio.create_task(laptop.invoke(str(tmp_path / "go")))
        await until((tmp_path / "go.here").exists)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        (tmp_path / "go").touch()
        await until(lambda: any(line.startswith("REPORT") for line in laptop.log.lines))
        assert [event.kind for event in laptop.events if event.kind == "invoked"] == ["invoked"]


async def test_a_client_context_must_be_an_object(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass")
        with pytest.raises(AwsError, match="Client context must be"):
            await laptop.functions.invoke("hello", b"{}", client_context=b"[1]")


async def test_whoever_invokes_hears_that_there_are_no_credentials(tmp_path: Path) -> None:
    def none(settings: FunctionSettings) -> Mapping[str, str]:
        raise AwsError("NoSuchEntity", f"The role {settings.role} cannot be found.", 404)

    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): return 'fine'")
        there, laptop.credentials = laptop.credentials, none
        with pytest.raises(AwsError, match="role/hello cannot be found"):
            await laptop.invoke()
        laptop.credentials = there
        assert await laptop.result() == "fine"


async def test_stopping_ends_every_process(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import os\ndef handler(event, context): return [os.getpid(), os.getppid()]")
        pids = await laptop.result()
    assert all(pid != os.getpid() for pid in pids)
    await until(lambda: not any(alive(pid) for pid in pids))
