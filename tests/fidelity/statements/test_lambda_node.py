"""Lambda: handlers in Node.js."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.fidelity.statement import source
from tests.fidelity.statements.test_lambda_invoke import invoke, result
from tests.fidelity.targets.target import Target

pytestmark = pytest.mark.node
HANDLER = "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html"
CONTEXT = "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html"
LOGGING = "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html"
ERRORS = "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html"
CLIENT = "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client"


def around(target: Target) -> Any:
    """What the handler `describe` of Node sees."""
    return result(invoke(target, "node-describe", {"colour": "red"}))


def printed(target: Target, text: str) -> list[str]:
    """The lines of the log that hold a text which the handler prints."""
    response = invoke(target, "node-prints", {"text": text}, LogType="Tail")
    log = base64.b64decode(response["LogResult"]).decode()
    return [line for line in log.splitlines() if text in line]


@source(HANDLER)
def test_async_handler(target: Target) -> None:
    """An async handler in Node gets the event, and what it returns is the result."""
    assert around(target)["event"] == {"colour": "red"}


@source(HANDLER)
def test_module_handler(target: Target) -> None:
    """A handler in an .mjs file is an ES module's export, after whatever the module awaits while it loads."""
    assert result(invoke(target, "node-module")) == "awaited while loading"


@source(CONTEXT)
def test_callback_waits(target: Target) -> None:
    """What a handler gives its callback is sent once the event loop is empty."""
    assert result(invoke(target, "node-calls-back", {"waits": True})) == {"later": True}


@source(CONTEXT)
def test_callback_at_once(target: Target) -> None:
    """With callbackWaitsForEmptyEventLoop false, the callback's result is sent at once."""
    assert result(invoke(target, "node-calls-back", {"waits": False})) == {"later": False}


@source(CONTEXT)
def test_node_context(target: Target) -> None:
    """Node's context names the function, its version, its memory and where it logs."""
    context = around(target)["context"]
    name = target.function("node-describe")
    assert (context["functionName"], context["functionVersion"]) == (name, "$LATEST")
    assert context["invokedFunctionArn"].endswith(f":function:{name}")
    assert int(context["memoryLimitInMB"]) == 256
    assert context["logGroupName"] == f"/aws/lambda/{name}"
    assert "[$LATEST]" in context["logStreamName"]
    assert context["callbackWaitsForEmptyEventLoop"] is True


@source(CONTEXT)
def test_node_request_id(target: Target) -> None:
    """Node's context.awsRequestId is the one that the caller gets."""
    response = invoke(target, "node-describe")
    assert result(response)["context"]["awsRequestId"] == response["ResponseMetadata"]["RequestId"]


@source(CONTEXT)
def test_node_remaining_time(target: Target) -> None:
    """getRemainingTimeInMillis is below the timeout and near it."""
    assert 10_000 < around(target)["remaining"] <= 20_000


@source("https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html")
def test_node_environment(target: Target) -> None:
    """A Node handler finds its role's credentials, its handler's name and the folder of the code it starts in."""
    seen = around(target)
    environment = seen["environment"]
    assert environment["AWS_ACCESS_KEY_ID"]
    assert environment["AWS_SESSION_TOKEN"]
    assert environment["_HANDLER"] == "node.describe"
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert environment["LAMBDA_TASK_ROOT"] == seen["folder"]
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")


@source(ERRORS)
def test_node_error(target: Target) -> None:
    """An error that a Node handler throws comes back with errorType, errorMessage and a trace of its stack."""
    response = invoke(target, "node-raises")
    assert response["FunctionError"] == "Unhandled"
    error = result(response)
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "no luck")
    assert error["trace"][0] == "RangeError: no luck"


@source(CLIENT)
def test_unhandled_rejection(target: Target) -> None:
    """A rejected promise that nobody handles fails the invocation as Runtime.UnhandledPromiseRejection."""
    error = result(invoke(target, "node-rejects"))
    assert error["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert error["errorMessage"] == "Error: nobody cares"


@source(CLIENT)
def test_node_handler_absent(target: Target) -> None:
    """A handler that its module does not export fails as Runtime.HandlerNotFound."""
    error = result(invoke(target, "node-absent"))
    assert error["errorType"] == "Runtime.HandlerNotFound"
    assert error["errorMessage"] == "node.noSuchHandler is undefined or not exported"


@source(CLIENT)
def test_node_module_missing(target: Target) -> None:
    """A module that is not there fails as Runtime.ImportModuleError."""
    error = result(invoke(target, "node-missing"))
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"].startswith("Error: Cannot find module 'no-such-module'")


@source(LOGGING)
def test_console_lines(target: Target, fresh: str) -> None:
    """console.log and console.error write lines of time, request id, level and text."""
    pattern = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\t[0-9a-f-]{{36}}\t(INFO|ERROR)\t{fresh}"
    found = [re.fullmatch(pattern, line) for line in printed(target, fresh)]
    assert [match and match[1] for match in found] == ["INFO", "ERROR"]
