"""Concurrency by the API: what is reserved and provisioned, and what has to be left for others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.local.api.test_lambda_aliases import aliased
from tests.unit.local.api.test_lambda_control import functions, made, refusal

__all__ = ["functions"]  # the fixture


async def provisioned(functions: Any, name: str, count: int = 3) -> Any:
    put = functions.put_provisioned_concurrency_config
    return await asyncio.to_thread(put, FunctionName=name, Qualifier="", ProvisionedConcurrentExecutions=count)


async def published(functions: Any) -> None:
    await made(functions, Publish=True)
    await aliased(functions)


async def reserve(functions: Any, count: int) -> None:
    put = functions.put_function_concurrency
    await asyncio.to_thread(put, FunctionName="one", ReservedConcurrentExecutions=count)


async def test_what_is_provisioned_is_described_with_how_far_it_is(functions: Any) -> None:
    await published(functions)
    for config in (
        await provisioned(functions, "one:live"),
        await asyncio.to_thread(functions.get_provisioned_concurrency_config, FunctionName="one", Qualifier="live"),
    ):
        assert config["RequestedProvisionedConcurrentExecutions"] == 3
        assert config["AllocatedProvisionedConcurrentExecutions"] == 2
        assert (config["AvailableProvisionedConcurrentExecutions"], config["Status"]) == (1, "IN_PROGRESS")


async def test_what_is_provisioned_is_listed_and_goes(functions: Any) -> None:
    await published(functions)
    await provisioned(functions, "one:live")
    list_all = functions.list_provisioned_concurrency_configs
    (config,) = (await asyncio.to_thread(list_all, FunctionName="one"))["ProvisionedConcurrencyConfigs"]
    assert config["FunctionArn"].endswith(":function:one:live")
    named = {"FunctionName": "one", "Qualifier": "live"}
    await asyncio.to_thread(functions.delete_provisioned_concurrency_config, **named)
    refused = await refusal(functions.get_provisioned_concurrency_config, **named)
    assert refused == "ProvisionedConcurrencyConfigNotFoundException"


@pytest.mark.parametrize("name", ["one", "one:$LATEST"])
async def test_what_is_not_published_cannot_be_provisioned(functions: Any, name: str) -> None:
    await published(functions)
    put = functions.put_provisioned_concurrency_config
    asked = {"FunctionName": name, "Qualifier": "", "ProvisionedConcurrentExecutions": 1}
    assert await refusal(put, **asked) == "InvalidParameterValueException"


async def test_a_version_is_provisioned_by_one_name(functions: Any) -> None:
    await published(functions)
    put = functions.put_provisioned_concurrency_config
    for first, second in (("one:live", "one:1"), ("one:1", "one:live")):
        await provisioned(functions, first)
        asked = {"FunctionName": second, "Qualifier": "", "ProvisionedConcurrentExecutions": 1}
        assert await refusal(put, **asked) == "ResourceConflictException"
        name, qualifier = first.split(":")
        delete = functions.delete_provisioned_concurrency_config
        await asyncio.to_thread(delete, FunctionName=name, Qualifier=qualifier)


async def test_no_more_is_provisioned_than_was_reserved(functions: Any) -> None:
    await published(functions)
    await reserve(functions, 3)
    await provisioned(functions, "one:live", 3)
    await provisioned(functions, "one:live", 2)
    put = functions.put_provisioned_concurrency_config
    asked = {"FunctionName": "one", "Qualifier": "live", "ProvisionedConcurrentExecutions": 4}
    assert await refusal(put, **asked) == "InvalidParameterValueException"
    lower = {"FunctionName": "one", "ReservedConcurrentExecutions": 1}
    assert await refusal(functions.put_function_concurrency, **lower) == "InvalidParameterValueException"


async def test_a_hundred_are_left_for_everybody(functions: Any) -> None:
    await published(functions)
    await reserve(functions, 900)
    more = {"FunctionName": "one", "ReservedConcurrentExecutions": 901}
    assert await refusal(functions.put_function_concurrency, **more) == "InvalidParameterValueException"


async def test_the_account_tells_what_is_left(functions: Any) -> None:
    await published(functions)
    await reserve(functions, 250)
    told = await asyncio.to_thread(functions.get_account_settings)
    assert told["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert told["AccountLimit"]["UnreservedConcurrentExecutions"] == 750
    assert told["AccountUsage"]["FunctionCount"] == 1


async def test_what_is_provisioned_goes_with_its_alias(functions: Any) -> None:
    await published(functions)
    await provisioned(functions, "one:live")
    await asyncio.to_thread(functions.delete_alias, FunctionName="one", Name="live")
    list_all = functions.list_provisioned_concurrency_configs
    assert (await asyncio.to_thread(list_all, FunctionName="one"))["ProvisionedConcurrencyConfigs"] == []
