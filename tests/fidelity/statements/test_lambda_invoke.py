"""Lambda: invoking functions by the API."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.statement import source
from tests.fidelity.statements.websocket import noted, release
from tests.fidelity.targets.target import Target

INVOKE = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"
PYTHON = "https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"
QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html"
TIMEOUT = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"
LOGS = "https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"


def invoke(target: Target, label: str, event: Any = None, **options: Any) -> Any:
    """Invokes a function; the whole response."""
    name = target.function(label)
    payload = json.dumps({} if event is None else event).encode()
    return target.client("lambda").invoke(FunctionName=name, Payload=payload, **options)


def result(response: Any) -> Any:
    """What the function returned, or the error it ended with."""
    return json.loads(response["Payload"].read())


def refusal(target: Target, label: str, event: Any = None, **options: Any) -> dict[str, Any]:
    """The error that an invocation is refused with."""
    with pytest.raises(ClientError) as error:
        invoke(target, label, event, **options)
    return dict(error.value.response)


@source(INVOKE)
def test_result(target: Target) -> None:
    """A synchronous invocation answers 200 with what the handler returned, as JSON."""
    response = invoke(target, "describe", {"a": [1, None, "\u00e9"]})
    assert response["StatusCode"] == 200
    assert result(response)["event"] == {"a": [1, None, "\u00e9"]}


@source(INVOKE)
def test_no_error_header(target: Target) -> None:
    """A successful invocation has no FunctionError."""
    assert "FunctionError" not in invoke(target, "describe")


@source(INVOKE)
def test_executed_version(target: Target) -> None:
    """The response names the version that ran."""
    assert invoke(target, "describe")["ExecutedVersion"] == "$LATEST"


@source("https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html")
def test_none(target: Target) -> None:
    """A handler that returns None yields null."""
    assert invoke(target, "prints", {"text": ""})["Payload"].read() == b"null"


@source(INVOKE)
def test_any_json(target: Target) -> None:
    """An event may be any JSON value, also a list."""
    assert result(invoke(target, "describe", [1, 2]))["event"] == [1, 2]


@source(INVOKE)
def test_invalid_json(target: Target) -> None:
    """A payload that is no JSON is refused with InvalidRequestContentException, 400."""
    with pytest.raises(ClientError) as error:
        target.client("lambda").invoke(FunctionName=target.function("describe"), Payload=b"{no json")
    assert error.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@source(INVOKE)
def test_by_arn(target: Target) -> None:
    """A function can be invoked by its ARN."""
    arn = result(invoke(target, "describe"))["context"]["invoked_function_arn"]
    response = target.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
    assert result(response)["context"]["invoked_function_arn"] == arn


@source(INVOKE)
def test_unknown_function(target: Target) -> None:
    """An unknown function is refused with ResourceNotFoundException, 404, and its ARN."""
    with pytest.raises(ClientError) as error:
        target.client("lambda").invoke(FunctionName="no-such-function-here", Payload=b"{}")
    response = error.value.response
    assert response["Error"]["Code"] == "ResourceNotFoundException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert response["Error"]["Message"].startswith("Function not found: arn:aws:lambda:")


@source(INVOKE)
def test_unknown_qualifier(target: Target) -> None:
    """An unknown version is refused with ResourceNotFoundException."""
    assert refusal(target, "describe", Qualifier="999")["Error"]["Code"] == "ResourceNotFoundException"


@source(INVOKE)
def test_latest_qualifier(target: Target) -> None:
    """$LATEST can be asked for by name."""
    assert result(invoke(target, "describe", Qualifier="$LATEST"))["context"]["function_version"] == "$LATEST"


@source(INVOKE)
def test_dry_run(target: Target) -> None:
    """DryRun answers 204 and runs nothing."""
    response = invoke(target, "raises", InvocationType="DryRun")
    assert response["StatusCode"] == 204
    assert "FunctionError" not in response


@source(ASYNC)
def test_event_invocation(target: Target, fresh: str) -> None:
    """An Event invocation answers 202 without a payload, and the function runs."""
    response = invoke(target, "writes", {"note": fresh}, InvocationType="Event")
    assert (response["StatusCode"], response["Payload"].read()) == (202, b"")
    assert noted(target, fresh)[0] == {"note": fresh}


@source(ASYNC)
def test_event_does_not_wait(target: Target) -> None:
    """An Event invocation answers before the function is done, and its errors are not the caller's."""
    response = invoke(target, "raises", InvocationType="Event")
    assert response["StatusCode"] == 202
    assert "FunctionError" not in response


@source(PYTHON)
def test_raised(target: Target) -> None:
    """A handler that raises yields status 200 with FunctionError Unhandled."""
    response = invoke(target, "raises")
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")


@source(PYTHON)
def test_raised_payload(target: Target) -> None:
    """The payload of an error has errorMessage, errorType, requestId and stackTrace."""
    error = result(invoke(target, "raises"))
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (error["errorMessage"], error["errorType"]) == ("no luck", "ValueError")


@source(PYTHON)
def test_stack_trace(target: Target) -> None:
    """The stack trace is a list of texts as Python prints them, and begins in the handler's file."""
    (line,) = result(invoke(target, "raises"))["stackTrace"]
    assert line.startswith('  File "/var/task/plain.py", line ') or '/plain.py", line ' in line
    assert 'in raises\n    raise ValueError("no luck")\n' in line


@source("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html")
def test_exit(target: Target) -> None:
    """A process that exits yields Runtime.ExitError with its status."""
    response = invoke(target, "leaves")
    error = result(response)
    assert response["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


@source("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html")
def test_alive_after_exit(target: Target) -> None:
    """After a process has exited, the next invocation gets a new one."""
    invoke(target, "leaves")
    assert result(invoke(target, "leaves"))["errorType"] == "Runtime.ExitError"


@source(TIMEOUT)
def test_timeout(target: Target) -> None:
    """A function is stopped at its timeout with the error Sandbox.Timedout."""
    response = invoke(target, "sleeps")
    error = result(response)
    assert response["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Sandbox.Timedout"


@source(TIMEOUT)
def test_timeout_text(target: Target) -> None:
    """The message of a timeout names the seconds with two digits: Task timed out after 1.00 seconds."""
    error = result(invoke(target, "sleeps"))
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


@source("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html")
def test_import_error(target: Target) -> None:
    """A module that raises when it is imported fails each invocation with that error."""
    for _ in range(2):
        response = invoke(target, "broken")
        error = result(response)
        assert response["FunctionError"] == "Unhandled"
        assert (error["errorType"], error["errorMessage"]) == ("RuntimeError", "no luck at import")


@source("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html")
def test_no_module(target: Target) -> None:
    """A handler's module that does not exist is a Runtime.ImportModuleError."""
    error = result(invoke(target, "missing"))
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'no_such_module': No module named 'no_such_module'"


@source("https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html")
def test_no_handler(target: Target) -> None:
    """A handler that its module lacks is a Runtime.HandlerNotFound."""
    error = result(invoke(target, "absent"))
    assert error["errorType"] == "Runtime.HandlerNotFound"
    assert error["errorMessage"] == "Handler 'no_such_handler' missing on module 'plain'"


@source("https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html")
def test_not_serialisable(target: Target) -> None:
    """A result that JSON cannot hold is a Runtime.MarshalError."""
    error = result(invoke(target, "odd"))
    assert error["errorType"] == "Runtime.MarshalError"
    assert "Object of type set is not JSON serializable" in error["errorMessage"]


@source(QUOTAS)
def test_request_limit(target: Target) -> None:
    """A synchronous payload over 6 MB is refused with RequestTooLargeException, 413."""
    response = refusal(target, "describe", "x" * (6 * 1024 * 1024))
    assert response["Error"]["Code"] == "RequestTooLargeException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 413


@source(QUOTAS)
def test_response_limit(target: Target) -> None:
    """A result over 6 MB is a Function.ResponseSizeTooLarge."""
    response = invoke(target, "large", {"size": 6 * 1024 * 1024 + 200_000})
    assert response["FunctionError"] == "Unhandled"
    assert result(response)["errorType"] == "Function.ResponseSizeTooLarge"


@source(QUOTAS)
def test_large_response(target: Target) -> None:
    """A result of 5 MB is returned whole."""
    assert len(result(invoke(target, "large", {"size": 5 * 1024 * 1024}))) == 5 * 1024 * 1024


@source("https://github.com/aws/aws-pdk/issues/771")
def test_event_limit(target: Target) -> None:
    """An Event payload over 1 MB is refused with RequestEntityTooLargeException, 413."""
    response = refusal(target, "describe", "x" * (1024 * 1024 + 1), InvocationType="Event")
    assert response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 413


@source("https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html")
def test_reserved_concurrency(target: Target, fresh: str) -> None:
    """Over its reserved concurrency, a function is refused with TooManyRequestsException, 429."""
    with ThreadPoolExecutor() as pool:
        first = pool.submit(invoke, target, "alone", {"note": fresh})
        noted(target, f"{fresh} began")
        try:
            response = refusal(target, "alone", {"note": fresh})
        finally:
            release(target, fresh)
        assert result(first.result()) == "released"
    assert response["Error"]["Code"] == "TooManyRequestsException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


@source(LOGS)
def test_log_tail(target: Target, fresh: str) -> None:
    """LogType Tail returns the end of the log, with START, what was printed, END and REPORT."""
    response = invoke(target, "prints", {"text": fresh}, LogType="Tail")
    log = base64.b64decode(response["LogResult"]).decode()
    id = response["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {id} Version: $LATEST\n" in log
    assert f"{fresh}\n" in log
    assert f"END RequestId: {id}\n" in log
    assert f"REPORT RequestId: {id}\t" in log


@source(INVOKE)
def test_no_log_tail(target: Target) -> None:
    """Without LogType Tail there is no LogResult."""
    assert "LogResult" not in invoke(target, "prints", {"text": "quiet"})


@source(INVOKE)
def test_log_tail_limit(target: Target) -> None:
    """The log's tail is its last 4 KB."""
    response = invoke(target, "prints", {"text": "x" * 10_000}, LogType="Tail")
    log = base64.b64decode(response["LogResult"])
    assert len(log) <= 4096
    assert b"REPORT RequestId:" in log


@source("https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html")
def test_report(target: Target) -> None:
    """The REPORT line has Duration, Billed Duration, Memory Size and Max Memory Used."""
    response = invoke(target, "prints", {"text": "counted"}, LogType="Tail")
    (report,) = [
        line for line in base64.b64decode(response["LogResult"]).decode().splitlines() if line.startswith("REPORT")
    ]
    for part in ("Duration: ", "Billed Duration: ", "Memory Size: 128 MB", "Max Memory Used: "):
        assert part in report


@source("https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html")
def test_log_group(target: Target, fresh: str) -> None:
    """What a function prints is in the log group /aws/lambda/{name}."""
    invoke(target, "prints", {"text": fresh})
    logs, group = target.client("logs"), f"/aws/lambda/{target.function('prints')}"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=group, filterPattern=f'"{fresh}"')["events"]
        if events:
            assert events[0]["message"].strip() == fresh
            return
        time.sleep(0.1)
    raise AssertionError("nothing was logged")
