"""Lambda: concurrency that is provisioned and reserved."""

from __future__ import annotations

import time
from typing import Any

from tests.fidelity.statement import source
from tests.fidelity.statements.test_lambda_versions import Versioned, refusal
from tests.fidelity.targets.target import Target

PROVISIONED = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"
PUT = "https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html"
RESERVED = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
PATIENCE = 180.0  # seconds; a real account takes a minute or two


def provision(function: Versioned, qualifier: str, count: int = 1) -> Any:
    """Asks for provisioned concurrency."""
    return function.functions.put_provisioned_concurrency_config(
        FunctionName=function.name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count
    )


def ready(function: Versioned, qualifier: str) -> Any:
    """The configuration once all that it asks for is there."""
    get, deadline = function.functions.get_provisioned_concurrency_config, time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = get(FunctionName=function.name, Qualifier=qualifier)
        if found["Status"] != "IN_PROGRESS":
            return found
        time.sleep(0.2)
    raise AssertionError("it is not ready")


@source(PROVISIONED)
def test_initialised(target: Target) -> None:
    """Provisioned environments say so in AWS_LAMBDA_INITIALIZATION_TYPE; the function's own stay on-demand."""
    function = Versioned(target)
    function.publish()
    provision(function, "1")
    assert ready(function, "1")["Status"] == "READY"
    for qualifier, type in (("1", "provisioned-concurrency"), ("$LATEST", "on-demand")):
        seen = function.seen(Qualifier=qualifier)["environment"]
        assert seen["AWS_LAMBDA_INITIALIZATION_TYPE"] == type


@source(PUT)
def test_counts(target: Target) -> None:
    """What is ready has as many environments allocated and available as were requested."""
    function = Versioned(target)
    function.alias("live", function.publish())
    assert provision(function, "live", 2)["Status"] == "IN_PROGRESS"
    found = ready(function, "live")
    assert found["RequestedProvisionedConcurrentExecutions"] == 2
    assert found["AllocatedProvisionedConcurrentExecutions"] == 2
    assert found["AvailableProvisionedConcurrentExecutions"] == 2


@source(PROVISIONED)
def test_unpublished(target: Target) -> None:
    """Nothing can be provisioned for $LATEST: InvalidParameterValueException."""
    function = Versioned(target)
    asked = {"FunctionName": function.name, "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1}
    refused = refusal(function.functions.put_provisioned_concurrency_config, **asked)
    assert refused == ("InvalidParameterValueException", 400)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html")
def test_nothing_provisioned(target: Target) -> None:
    """Where nothing is provisioned, getting it is a ProvisionedConcurrencyConfigNotFoundException, 404."""
    function = Versioned(target)
    function.publish()
    call = function.functions.get_provisioned_concurrency_config
    refused = refusal(call, FunctionName=function.name, Qualifier="1")
    assert refused == ("ProvisionedConcurrencyConfigNotFoundException", 404)


@source(RESERVED)
def test_zero(target: Target) -> None:
    """A function with a reserved concurrency of zero is throttled, and its versions with it."""
    function = Versioned(target)
    function.publish()
    function.functions.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    for qualifier in ("$LATEST", "1"):
        refused = refusal(function.functions.invoke, FunctionName=function.name, Qualifier=qualifier)
        assert refused == ("TooManyRequestsException", 429)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html")
def test_least_unreserved(target: Target) -> None:
    """A reservation that leaves less than 100 to other functions is refused with InvalidParameterValueException."""
    function = Versioned(target)
    limit = function.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    asked = {"FunctionName": function.name, "ReservedConcurrentExecutions": limit}
    refused = refusal(function.functions.put_function_concurrency, **asked)
    assert refused == ("InvalidParameterValueException", 400)


@source("https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html")
def test_account(target: Target) -> None:
    """The account's settings tell its quotas and what of its concurrency is not reserved."""
    limits = target.client("lambda").get_account_settings()["AccountLimit"]
    assert limits["CodeSizeZipped"] == 52_428_800
    assert limits["UnreservedConcurrentExecutions"] <= limits["ConcurrentExecutions"]
