"""Function URLs by the API: one for a function, one for each of its aliases."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.unit.local.api.test_lambda_aliases import aliased
from tests.unit.local.api.test_lambda_control import functions, made, refusal

__all__ = ["functions"]  # the fixture


async def created(functions: Any, name: str = "one", **more: Any) -> Any:
    create = functions.create_function_url_config
    return await asyncio.to_thread(create, FunctionName=name, **{"AuthType": "NONE", **more})


async def test_a_url_is_described_as_it_was_made(functions: Any) -> None:
    arn = (await made(functions))["FunctionArn"]
    cors = {"AllowOrigins": ["https://page.example"], "AllowMethods": ["GET"], "AllowCredentials": True, "MaxAge": 60}
    for url in (
        await created(functions, Cors=cors, AuthType="AWS_IAM"),
        await asyncio.to_thread(functions.get_function_url_config, FunctionName="one"),
    ):
        assert (url["FunctionArn"], url["AuthType"], url["Cors"]) == (arn, "AWS_IAM", cors)
        assert url["FunctionUrl"].endswith(".lambda-url.us-east-1.on.aws/")
        assert url["InvokeMode"] == "BUFFERED"


async def test_an_update_changes_what_is_given(functions: Any) -> None:
    await made(functions)
    before = await created(functions, Cors={"AllowOrigins": ["*"]})
    update = functions.update_function_url_config
    url = await asyncio.to_thread(update, FunctionName="one", AuthType="AWS_IAM")
    assert (url["AuthType"], url["Cors"]) == ("AWS_IAM", {"AllowOrigins": ["*"]})
    assert url["FunctionUrl"] == before["FunctionUrl"]


async def test_a_function_has_one_url_and_each_alias_another(functions: Any) -> None:
    await made(functions, Publish=True)
    await aliased(functions)
    first, second = await created(functions), await created(functions, "one:live")
    assert first["FunctionUrl"] != second["FunctionUrl"]
    refused = await refusal(functions.create_function_url_config, FunctionName="one", AuthType="NONE")
    assert refused == "ResourceConflictException"
    listed = await asyncio.to_thread(functions.list_function_url_configs, FunctionName="one")
    assert [url["FunctionArn"] for url in listed["FunctionUrlConfigs"]] == [first["FunctionArn"], second["FunctionArn"]]


@pytest.mark.parametrize(
    "asked", [{"Qualifier": "1", "AuthType": "NONE"}, {"AuthType": "OPEN"}, {"AuthType": "NONE", "InvokeMode": "FAST"}]
)
async def test_what_lambda_does_not_take_is_refused(functions: Any, asked: dict[str, str]) -> None:
    await made(functions, Publish=True)
    assert await refusal(functions.create_function_url_config, FunctionName="one", **asked) == "ValidationException"


async def test_a_url_goes_by_itself_and_with_its_function(functions: Any) -> None:
    await made(functions)
    delete, get = functions.delete_function_url_config, functions.get_function_url_config
    await created(functions)
    await asyncio.to_thread(delete, FunctionName="one")
    assert await refusal(delete, FunctionName="one") == "ResourceNotFoundException"
    await created(functions)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    await made(functions)
    assert await refusal(get, FunctionName="one") == "ResourceNotFoundException"


async def test_a_permission_may_hold_for_function_urls_alone(functions: Any) -> None:
    await made(functions)
    asked = {"StatementId": "all", "Principal": "*", "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
    await asyncio.to_thread(functions.add_permission, FunctionName="one", **asked)
    policy = json.loads((await asyncio.to_thread(functions.get_policy, FunctionName="one"))["Policy"])
    assert policy["Statement"][0]["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
