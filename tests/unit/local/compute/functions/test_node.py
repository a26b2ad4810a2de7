"""Handlers in Node, with the `node` on the PATH; a machine without one says so."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.compute.functions import runtimes
from tests.unit.local.compute.functions.laptop import CREDENTIALS, ENDPOINT, Laptop, alive, running, until

pytestmark = pytest.mark.node


def node(laptop: Laptop, text: str = "", file: str = "index.js", **settings: Any) -> str:
    """A function in Node whose handler is `handler` in a file of that text."""
    if text:
        laptop.write(text, file)
    return laptop.function(**{"runtime": "nodejs20.x", "handler": "index.handler", **settings})


async def test_an_async_handler_gets_the_event_and_its_result_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async (event) => ({ 'you said': event.text });")
        result = await laptop.functions.invoke("hello", '{"text": "grüezi"}'.encode())
    assert json.loads(result.payload) == {"you said": "grüezi"}
    assert (result.error, result.executed_version) == (None, "$LATEST")


@pytest.mark.parametrize(
    ("file", "text", "handler"),
    [
        ("index.mjs", "export const handler = async () => 'here';", "index.handler"),
        ("index.cjs", "exports.handler = async () => 'here';", "index.handler"),
        ("index.mjs", "export default { handler: async () => 'here' };", "index.handler"),
        ("src/deep/app.js", "exports.run = async () => 'here';", "src/deep/app.run"),
        ("app/index.js", "exports.run = async () => 'here';", "app.run"),
        ("index.js", "exports.of = { mine: { handler: async () => 'here' } };", "index.of.mine.handler"),
        ("index.mjs", "const said = await Promise.resolve('here'); export const run = async () => said;", "index.run"),
    ],
)
async def test_a_handler_is_found_wherever_it_is(tmp_path: Path, file: str, text: str, handler: str) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, text, file, handler=handler)
        assert await laptop.result() == "here"


async def test_a_package_of_type_module_makes_js_files_es_modules(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.write('{"type": "module"}', "package.json")
        node(
            laptop,
            "export const run = async () => import.meta.url.endsWith('app.js');",
            "in/app.js",
            handler="in/app.run",
        )
        assert await laptop.result() is True


async def test_the_context_tells_about_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            exports.handler = async (event, context) => ({
                ...context, left: context.getRemainingTimeInMillis(), arguments: process.argv.length });
            """,
            timeout=7,
        )
        sent = json.dumps({"custom": {"x": 1}}).encode()
        result = await laptop.functions.invoke("hello", b"{}", client_context=sent)
        [(_, stream)] = laptop.log.streams
    told = json.loads(result.payload)
    assert 0 < told.pop("left") <= 7000
    assert told == {
        "functionName": "hello",
        "functionVersion": "$LATEST",
        "invokedFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:hello",
        "memoryLimitInMB": "256",
        "awsRequestId": result.request_id,
        "logGroupName": "/aws/lambda/hello",
        "logStreamName": stream,
        "clientContext": {"custom": {"x": 1}},
        "callbackWaitsForEmptyEventLoop": True,
        "arguments": 2,
    }


async def test_the_environment_is_lambdas_and_the_functions_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_LAPTOP", "x")
    async with running(tmp_path) as laptop:
        text = "exports.handler = async () => ({ ...process.env, cwd: process.cwd() });"
        node(laptop, text, environment={"TABLE": "Players"})
        found = await laptop.result()
    assert {name: found[name] for name in CREDENTIALS} == CREDENTIALS
    assert (found["TABLE"], found["_HANDLER"], found["AWS_ENDPOINT_URL"]) == ("Players", "index.handler", ENDPOINT)
    assert re.fullmatch(r"AWS_Lambda_nodejs\d+\.x", found["AWS_EXECUTION_ENV"])
    assert found["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert found["LAMBDA_TASK_ROOT"] == found["cwd"]
    assert not {"A_SECRET_OF_THE_LAPTOP", "VIRTUAL_ENV", "PYTHONPATH"} & found.keys()


async def test_a_callback_answers_once_the_event_loop_is_empty(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            exports.handler = (event, context, callback) => {
                context.callbackWaitsForEmptyEventLoop = event.waits;
                const seen = { late: false };
                setTimeout(() => { seen.late = true; }, 50);
                callback(null, seen);
            };
            """,
        )
        assert await laptop.result({"waits": True}) == {"late": True}
        assert await laptop.result({"waits": False}) == {"late": False}


@pytest.mark.parametrize(
    ("how", "result"),
    [
        ("context.succeed('well')", "well"),
        ("context.done(null, 'well')", "well"),
        ("callback(null, 'well')", "well"),
        ("callback()", None),
        ("setTimeout(() => {}, 1)", None),
        ("undefined", None),
    ],
)
async def test_a_handler_that_is_not_async_says_when_it_is_done(tmp_path: Path, how: str, result: str | None) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, f"exports.handler = (event, context, callback) => {{ {how}; return 'ignored'; }};")
        assert [await laptop.result(), await laptop.result()] == [result, result]


FAILURES = ("context.fail(no)", "context.done(no)", "callback(no)", "throw no", "return Promise.reject(no)")


@pytest.mark.parametrize("how", FAILURES)
async def test_a_failure_has_a_type_a_message_and_a_trace(tmp_path: Path, how: str) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            f"""
            exports.handler = (event, context, callback) => {{
                const no = new RangeError('too far'); no.code = 'FAR'; {how};
            }};
            """,
        )
        error = await laptop.error()
        [line] = [line for line in laptop.log.lines if "\tERROR\t" in line]
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "too far")
    assert error["trace"][0] == "RangeError: too far"
    assert "index.js:3" in error["trace"][1]
    _, _, level, title, shape = line.split("\t")
    assert (level, title) == ("ERROR", "Invoke Error ")
    logged = {"errorType": "RangeError", "errorMessage": "too far", "code": "FAR", "stack": error["trace"]}
    assert json.loads(shape) == logged


async def test_what_is_no_error_is_told_by_its_type(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = (event, context, callback) => callback('no luck');")
        assert await laptop.error() == {"errorType": "string", "errorMessage": "no luck", "trace": []}


async def test_a_promise_that_never_settles_fails_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async (event) => event === 'fine' ? event : new Promise(() => {});")
        assert (await laptop.error())["errorType"] == "Runtime.NodeJsExit"
        assert await laptop.result("fine") == "fine"


async def test_a_result_that_json_cannot_say_fails_the_invocation(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async () => ({ big: 1n });")
        assert (await laptop.error())["errorMessage"] == "Unable to stringify response body"


@pytest.mark.parametrize(
    ("thrown", "type", "message"),
    [
        ("setTimeout(() => { throw new TypeError('late'); }, 1)", "TypeError", "late"),
        ("Promise.reject(new Error('nobody cares'))", "Runtime.UnhandledPromiseRejection", "Error: nobody cares"),
    ],
)
async def test_an_error_that_nobody_catches_fails_the_invocation_and_ends_the_worker(
    tmp_path: Path, thrown: str, type: str, message: str
) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            f"""
            exports.handler = async (event) => {{
                if (event === 'pid') return process.pid;
                {thrown};
                await new Promise((resolve) => setTimeout(resolve, 20000));
            }};
            """,
        )
        before = await laptop.result("pid")
        error = await laptop.error()
        assert (error["errorType"], error["errorMessage"]) == (type, message)
        await until(lambda: not alive(before))
        assert await laptop.result("pid") != before


@pytest.mark.parametrize(
    ("text", "handler", "type", "message"),
    [
        ("exports.handler = 1;", "index.handler", "Runtime.HandlerNotFound", "index.handler is not a function"),
        ("exports.x = 1;", "index.handler", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("", "no/such.handler", "Runtime.ImportModuleError", "Error: Cannot find module"),
        ("require('absent')", "index.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'absent'"),
        ("const = 1", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '='"),
        ("x = 1", "index", "Runtime.MalformedHandlerName", "Bad handler"),
        ("x = 1", "../index.handler", "Runtime.MalformedHandlerName", "'../index.handler' is not a valid handler name"),
        ("throw new TypeError('at once')", "index.handler", "TypeError", "at once"),
    ],
)
async def test_a_handler_that_cannot_be_loaded_fails_with_the_runtimes_words(
    tmp_path: Path, text: str, handler: str, type: str, message: str
) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, text, handler=handler)
        error = await laptop.error()
    assert error["errorType"] == type
    assert error["errorMessage"].startswith(message)
    assert isinstance(error["trace"], list)
    assert any(line.startswith("INIT_REPORT") and type in line for line in laptop.log.lines)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("index.js", "require('@aws-sdk/client-dynamodb')"),
        ("index.mjs", "import '@aws-sdk/client-dynamodb';"),
    ],
)
async def test_a_missing_sdk_says_what_to_do(tmp_path: Path, file: str, text: str) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, text, file)
        error = await laptop.error()
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "npm install @aws-sdk/client-dynamodb" in error["errorMessage"]
    assert str(tmp_path) in error["errorMessage"]


async def test_packages_come_from_beside_the_code_then_from_layers(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    for folder, name in ((tmp_path / "code", "near"), (layer / "nodejs", "near"), (layer / "nodejs", "far")):
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text(f"module.exports = {folder.name!r};")
    async with running(tmp_path / "code") as laptop:
        node(laptop, "exports.handler = async () => [require('near'), require('far')];", layers=(layer,))
        assert await laptop.result() == ["code", "nodejs"]


async def test_the_console_writes_log_events_as_lambda_does(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            console.log('while loading');
            exports.handler = async () => {
                console.log('two\\nlines', { a: 1 }); console.info('i'); console.warn('w'); console.error('e');
                console.debug('d'); console.trace('t');
                process.stdout.write('plain\\nlines\\n');
            };
            """,
        )
        result = await laptop.invoke()
        lines = laptop.log.lines
    at = {
        line.split("\t", 3)[3]: line.split("\t", 3)[:3] for line in lines if line.count("\t") >= 3 and line[:2] == "20"
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at["i"][0])
    assert {text: level for text, (_, _, level) in at.items()} == {
        "while loading": "INFO",
        "two\nlines { a: 1 }": "INFO",
        "i": "INFO",
        "w": "WARN",
        "e": "ERROR",
        "d": "DEBUG",
        "t": "TRACE",
    }
    assert at["while loading"][1] == "undefined"
    assert at["i"][1] == result.request_id
    assert {"plain", "lines"} <= set(lines)


async def test_a_timeout_kills_the_worker(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async () => { for (;;) ; };", timeout=0.5)
        error = await laptop.error()
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 0.50 seconds")


async def test_a_handler_that_takes_too_much_memory_is_killed(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            const kept = [];
            exports.handler = async () => {
                for (;;) {
                    kept.push(Buffer.alloc(8 << 20, 1));
                    await new Promise((resolve) => setTimeout(resolve, 5));
                }
            };
            """,
            memory=128,
        )
        error = await laptop.error()
    assert error["errorType"] == "Runtime.OutOfMemory"


async def test_an_exit_inside_the_handler_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async () => process.exit(3);")
        error = await laptop.error()
    assert (error["errorType"], error["errorMessage"].endswith("exit status 3")) == ("Runtime.ExitError", True)


async def test_large_events_and_results_pass(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async (event) => event;")
        text = "ü" * 1_000_000
        assert await laptop.result(text) == text


async def test_a_worker_is_used_again_until_its_code_has_changed(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "let n = 0; exports.handler = async () => [process.pid, ++n];")
        told = [await laptop.result() for _ in range(3)]
        assert len({pid for pid, _ in told}) == 1
        assert [count for _, count in told] == [1, 2, 3]
        laptop.write("exports.handler = async () => 'new';", "index.js")
        laptop.functions.reload()
        assert await laptop.result() == "new"


async def test_a_worker_ends_with_what_it_started_when_the_forking_parent_is_killed(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            const child = require('node:child_process').spawn('sleep', ['1000']);
            exports.handler = async () => [process.pid, process.ppid, child.pid];
            """,
        )
        worker, parent, child = await laptop.result()
        os.kill(parent, signal.SIGKILL)
        await until(lambda: not any(alive(pid) for pid in (worker, parent, child)))
        assert (await laptop.result())[1] != parent


async def test_invocations_run_side_by_side(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(
            laptop,
            """
            exports.handler = async () => {
                await new Promise((resolve) => setTimeout(resolve, 300));
                return process.pid;
            };
            """,
        )
        assert len(set(await asyncio.gather(*[laptop.result() for _ in range(3)]))) == 3


async def test_handlers_with_a_callback_are_refused_from_node_24_on(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = (event, context, callback) => callback(null, 1);", runtime="nodejs24.x")
        assert (await laptop.error())["errorType"] == "Runtime.CallbackHandlerDeprecated"


async def test_from_node_24_on_what_a_plain_function_returns_is_its_result(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = (event, context) => ['done' in context, event];", runtime="nodejs24.x")
        assert await laptop.result("x") == [False, "x"]


async def test_a_function_says_which_version_of_node_runs_it(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        node(laptop, "exports.handler = async () => process.version;", runtime="nodejs18.x")
        version = await laptop.result()
        runs_in = runtimes.runtime("nodejs18.x")
    assert version == f"v{runs_in.version}"
    said = [event.detail for event in laptop.events if event.kind == "version"]
    assert said == ([] if runs_in.name == "nodejs18.x" else [{"runtime": "nodejs18.x", "runs_in": runs_in.name}])


def test_without_node_on_the_path_one_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no `node` on the PATH") as error:
        runtimes.runtime("nodejs22.x")
    assert "Node.js 22" in str(error.value)


@pytest.mark.parametrize(("prints", "message"), [("v16.20.0", "is 16"), ("hello", "does not say")])
def test_a_node_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prints: str, message: str
) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {prints}\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=message):
        runtimes.runtime("nodejs20.x")


@pytest.mark.parametrize(
    ("version", "runtime", "options", "flags"),
    [
        ("v20.20.2", "nodejs20.x", "", ["--no-experimental-require-module"]),
        ("v22.20.0", "nodejs22.x", "", ["--no-experimental-require-module", "--no-experimental-detect-module"]),
        ("v22.20.0", "nodejs22.x", "--experimental-require-module", ["--no-experimental-detect-module"]),
        ("v20.9.0", "nodejs20.x", "", []),
        ("v24.1.0", "nodejs24.x", "", []),
        ("v20.20.2", "nodejs18.x", "", []),
    ],
)
def test_features_that_lambda_turns_off_are_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, runtime: str, options: str, flags: list[str]
) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(runtimes.runtime(runtime).command(options))[1:-1] == flags


def test_a_runtime_of_another_language_is_refused() -> None:
    with pytest.raises(UserError, match="ruby"):
        runtimes.runtime("ruby3.3")
