"""Settings of event invocations by the API, for a function and for each of its versions and aliases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.local.api.doubles import ACCOUNT
from tests.unit.local.api.test_lambda_aliases import aliased
from tests.unit.local.api.test_lambda_control import functions, made, refusal

__all__ = ["functions"]  # the fixture

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:failed"


async def put(functions: Any, name: str = "one", **settings: Any) -> Any:
    return await asyncio.to_thread(functions.put_function_event_invoke_config, FunctionName=name, **settings)


async def got(functions: Any, name: str = "one") -> Any:
    return await asyncio.to_thread(functions.get_function_event_invoke_config, FunctionName=name)


async def test_settings_are_described_as_they_were_put(functions: Any) -> None:
    arn = (await made(functions))["FunctionArn"]
    failed = {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}}
    asked: dict[str, Any] = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 120, "DestinationConfig": failed}
    for answer in (await put(functions, **asked), await got(functions)):
        assert {name: answer[name] for name in asked} == asked
        assert answer["FunctionArn"] == f"{arn}:$LATEST"


async def test_putting_takes_the_place_of_everything_and_updating_only_of_what_is_given(functions: Any) -> None:
    await made(functions)
    await put(functions, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=120)
    update = functions.update_function_event_invoke_config
    updated = await asyncio.to_thread(update, FunctionName="one", MaximumRetryAttempts=0)
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (0, 120)
    assert "MaximumEventAgeInSeconds" not in await put(functions, MaximumRetryAttempts=1)


async def test_each_alias_has_settings_of_its_own(functions: Any) -> None:
    arn = (await made(functions, Publish=True))["FunctionArn"].removesuffix(":1")
    await aliased(functions)
    await put(functions, MaximumRetryAttempts=1)
    await put(functions, "one:live", MaximumRetryAttempts=0)
    assert (await got(functions, "one:live"))["MaximumRetryAttempts"] == 0
    assert (await got(functions, "one:$LATEST"))["MaximumRetryAttempts"] == 1
    listed = await asyncio.to_thread(functions.list_function_event_invoke_configs, FunctionName="one")
    arns = [one["FunctionArn"] for one in listed["FunctionEventInvokeConfigs"]]
    assert arns == [f"{arn}:$LATEST", f"{arn}:live"]


async def test_settings_go_by_themselves_and_with_their_function(functions: Any) -> None:
    await made(functions)
    delete, get = functions.delete_function_event_invoke_config, functions.get_function_event_invoke_config
    assert await refusal(get, FunctionName="one") == "ResourceNotFoundException"
    await put(functions, MaximumRetryAttempts=1)
    await asyncio.to_thread(delete, FunctionName="one")
    assert await refusal(delete, FunctionName="one") == "ResourceNotFoundException"
    await put(functions, MaximumRetryAttempts=1)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    await made(functions)
    assert await refusal(get, FunctionName="one") == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"MaximumRetryAttempts": 3}, "ValidationException"),
        ({"MaximumEventAgeInSeconds": 59}, "ValidationException"),
        ({}, "InvalidParameterValueException"),
    ],
)
async def test_what_lambda_does_not_take_is_refused(functions: Any, settings: dict[str, int], error: str) -> None:
    await made(functions)
    put = functions.put_function_event_invoke_config
    assert await refusal(put, FunctionName="one", **settings) == error


async def test_settings_are_of_something_that_is_there(functions: Any) -> None:
    await made(functions)
    put = functions.put_function_event_invoke_config
    refused = await refusal(put, FunctionName="one", Qualifier="none", MaximumRetryAttempts=1)
    assert refused == "ResourceNotFoundException"
