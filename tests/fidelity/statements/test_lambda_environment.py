"""Lambda: what a handler finds around it."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.cloud import GREETING
from tests.fidelity.statement import source, untrue_here
from tests.fidelity.statements.test_lambda_invoke import invoke, result
from tests.fidelity.statements.websocket import noted, release
from tests.fidelity.targets.target import Target

CONTEXT = "https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
LIFE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"
GET = "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"


def around(target: Target) -> Any:
    """What the handler `describe` sees."""
    return result(invoke(target, "describe"))


@source(CONTEXT)
def test_context_names(target: Target) -> None:
    """The context names the function, its version and its ARN."""
    context = around(target)["context"]
    name = target.function("describe")
    assert (context["function_name"], context["function_version"]) == (name, "$LATEST")
    assert context["invoked_function_arn"].startswith("arn:aws:lambda:")
    assert context["invoked_function_arn"].endswith(f":function:{name}")


@source(CONTEXT)
def test_context_request_id(target: Target) -> None:
    """The context's aws_request_id is the one that the caller gets."""
    response = invoke(target, "describe")
    assert result(response)["context"]["aws_request_id"] == response["ResponseMetadata"]["RequestId"]


@source(CONTEXT)
def test_context_memory(target: Target) -> None:
    """The context holds the memory limit in MB."""
    assert int(around(target)["context"]["memory_limit_in_mb"]) == 256


@source(CONTEXT)
def test_context_log(target: Target) -> None:
    """The context names the log group, and a stream with the date, the version and the environment's id."""
    context = around(target)["context"]
    assert context["log_group_name"] == f"/aws/lambda/{target.function('describe')}"
    assert "/[$LATEST]" in context["log_stream_name"]


@source(CONTEXT)
def test_remaining_time(target: Target) -> None:
    """The remaining time is below the timeout and near it."""
    assert 10_000 < around(target)["remaining"] <= 20_000


@source(CONTEXT)
def test_client_context(target: Target) -> None:
    """A client context reaches the handler."""
    context = base64.b64encode(json.dumps({"custom": {"colour": "red"}}).encode()).decode()
    assert result(invoke(target, "describe", ClientContext=context))["custom"] == {"colour": "red"}


@source(VARIABLES)
def test_own_variables(target: Target) -> None:
    """A function's own environment variables are there."""
    assert around(target)["environment"]["GREETING"] == GREETING


@source(VARIABLES)
def test_defined_variables(target: Target) -> None:
    """Lambda sets the function's name, version and memory."""
    environment = around(target)["environment"]
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == target.function("describe")
    assert environment["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"


@source(VARIABLES)
def test_region_variables(target: Target) -> None:
    """Lambda sets AWS_REGION and AWS_DEFAULT_REGION."""
    environment = around(target)["environment"]
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == target.region


@source(VARIABLES)
def test_credential_variables(target: Target) -> None:
    """Lambda sets the role's temporary credentials, session token and all."""
    environment = around(target)["environment"]
    assert environment["AWS_ACCESS_KEY_ID"]
    assert environment["AWS_SECRET_ACCESS_KEY"]
    assert environment["AWS_SESSION_TOKEN"]


@source(VARIABLES)
def test_log_variables(target: Target) -> None:
    """Lambda sets the log group's and the log stream's name."""
    environment = around(target)["environment"]
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{target.function('describe')}"
    assert "[$LATEST]" in environment["AWS_LAMBDA_LOG_STREAM_NAME"]


@source(VARIABLES)
def test_handler_variable(target: Target) -> None:
    """_HANDLER is the handler as it was configured."""
    assert around(target)["environment"]["_HANDLER"] == "plain.describe"


@source(VARIABLES)
def test_time_zone(target: Target) -> None:
    """TZ is UTC, written :UTC."""
    assert around(target)["environment"]["TZ"] == ":UTC"


@source(VARIABLES)
def test_initialization_type(target: Target) -> None:
    """AWS_LAMBDA_INITIALIZATION_TYPE is on-demand."""
    assert around(target)["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"


@source(VARIABLES)
def test_task_root(target: Target) -> None:
    """LAMBDA_TASK_ROOT is the folder of the code, in which the handler starts."""
    seen = around(target)
    assert seen["environment"]["LAMBDA_TASK_ROOT"] == seen["folder"]


@source(VARIABLES)
def test_trace_variable(target: Target) -> None:
    """_X_AMZN_TRACE_ID holds the trace of the invocation."""
    assert around(target)["environment"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")


@source("https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html")
def test_trace_goes_on(target: Target) -> None:
    """A trace that the caller of Invoke names goes on in the function, sampled or not as the caller has decided."""
    root = "1-5759e988-bd862e3fe1be46a994272793"
    client = target.session().client("lambda", endpoint_url=target.endpoint("lambda"))

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"

    client.meta.events.register("before-sign.lambda.Invoke", add)
    seen = result(client.invoke(FunctionName=target.function("describe"), Payload=b"{}"))
    trace = seen["environment"]["_X_AMZN_TRACE_ID"]
    assert trace.startswith(f"Root={root};Parent=")
    assert "Sampled=1" in trace


@source(VARIABLES)
def test_nothing_leaks(target: Target) -> None:
    """A handler sees none of the variables of whoever started the cloud."""
    assert "PYTEST_VERSION" not in around(target)["environment"]
    assert "VIRTUAL_ENV" not in around(target)["environment"]


@source(LIFE)
def test_environment_is_used_again(target: Target) -> None:
    """Global state outlives an invocation: the next one finds the environment warm."""
    seen = [result(invoke(target, "counts")) for _ in range(2)]
    assert seen[0]["process"] == seen[1]["process"]
    assert seen[1]["invocations"] == seen[0]["invocations"] + 1


@source(LIFE)
def test_one_at_a_time(target: Target, fresh: str) -> None:
    """An environment serves one invocation at a time: simultaneous ones run in others."""
    names = [f"{fresh} {number}" for number in range(3)]
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(invoke, target, "waits", {"note": name}) for name in names]
        for name in names:
            noted(target, f"{name} began")
        for name in names:
            release(target, name)
        assert [result(one.result()) for one in running] == ["released"] * 3


@source(GET)
def test_get_function(target: Target) -> None:
    """GetFunction describes the configuration and says where the code is."""
    name = target.function("describe")
    found = target.client("lambda").get_function(FunctionName=name)
    configuration = found["Configuration"]
    assert (configuration["FunctionName"], configuration["Handler"]) == (name, "plain.describe")
    assert (configuration["MemorySize"], configuration["Timeout"]) == (256, 20)
    assert (configuration["State"], configuration["PackageType"]) == ("Active", "Zip")
    assert found["Code"]["RepositoryType"] == "S3"


@source(GET)
def test_get_unknown(target: Target) -> None:
    """GetFunction of an unknown function is a ResourceNotFoundException, 404."""
    with pytest.raises(ClientError) as error:
        target.client("lambda").get_function(FunctionName="no-such-function-here")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html")
def test_get_concurrency(target: Target) -> None:
    """GetFunctionConcurrency tells what is reserved, and nothing where nothing is."""
    functions = target.client("lambda")
    reserved = functions.get_function_concurrency(FunctionName=target.function("alone"))
    assert reserved["ReservedConcurrentExecutions"] == 1
    none = functions.get_function_concurrency(FunctionName=target.function("describe"))
    assert "ReservedConcurrentExecutions" not in none


@source("https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html")
def test_list_functions(target: Target) -> None:
    """ListFunctions lists them all, page by page."""
    names = {target.function(label) for label in ("describe", "counts", "raises")}
    pages = target.client("lambda").get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    listed = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert names <= set(listed)
    assert len(listed) == len(set(listed))


@source("https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html")
def test_bad_name(target: Target) -> None:
    """A name that no function can have is refused with ValidationException, 400."""
    with pytest.raises(ClientError) as error:
        target.client("lambda").invoke(FunctionName="not a name!", Payload=b"{}")
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@source("https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html")
def test_streams_are_no_invocations(target: Target) -> None:
    """An invocation's event is exactly what was sent, without anything around it."""
    assert result(invoke(target, "describe", {"Records": []}))["event"] == {"Records": []}


@source("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html")
def test_runtime(target: Target) -> None:
    """A function runs in the version of Python that its runtime names."""
    told = target.client("lambda").get_function_configuration(FunctionName=target.function("describe"))
    major, minor = around(target)["python"]
    assert told["Runtime"] == f"python{major}.{minor}"


@source("https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html")
@untrue_here("permissions are written to Terraform exactly, and not enforced on the laptop yet")
def test_role(target: Target) -> None:
    """A function may do what its role allows; anything else is an AccessDeniedException."""
    assert result(invoke(target, "overreaches")) == "AccessDeniedException"
