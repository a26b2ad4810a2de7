"""API keys and usage plans as SDKs and Terraform make them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrarium.catalog.place import Place
from terrarium.local.api.api_gateway.service import ApiGateway
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.registry import Registry
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, Refusing, client, serving


# boto3 makes its clients' classes while it runs: there is no type to name.
@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Any]:
    clock = ManualClock()
    arrivals = Arrivals(Registry(), {}, tmp_path, Place("empty", "us-east-1", ACCOUNT))
    service = ApiGateway(arrivals, Refusing(), clock, region="us-east-1", account=ACCOUNT)
    endpoint = AwsEndpoint({"apigateway": service}, Refusing(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield client("apigateway", url)


async def ask(operation: Any, **arguments: Any) -> Any:
    return await asyncio.to_thread(operation, **arguments)


async def refusal(operation: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        await ask(operation, **arguments)
    return str(refused.value.response["Error"]["Code"])


PLAN = {
    "name": "basic",
    "apiStages": [{"apiId": "a1b2", "stage": "dev"}],
    "throttle": {"rateLimit": 2.5, "burstLimit": 5},
    "quota": {"limit": 100, "period": "DAY"},
}


async def test_a_key_is_described_and_its_value_only_where_asked_for(gateway: Any) -> None:
    made = await ask(gateway.create_api_key, name="ada", enabled=True, description="hers")
    assert len(made["value"]) == 40
    shown = await ask(gateway.get_api_key, apiKey=made["id"])
    assert (shown["name"], shown["enabled"], shown["description"]) == ("ada", True, "hers")
    assert "value" not in shown
    assert (await ask(gateway.get_api_key, apiKey=made["id"], includeValue=True))["value"] == made["value"]
    assert [one["id"] for one in (await ask(gateway.get_api_keys, nameQuery="a"))["items"]] == [made["id"]]
    assert (await ask(gateway.get_api_keys, nameQuery="b"))["items"] == []


async def test_a_value_is_one_keys_alone(gateway: Any) -> None:
    await ask(gateway.create_api_key, name="ada", value="x" * 20)
    assert await refusal(gateway.create_api_key, name="bea", value="x" * 20) == "ConflictException"


async def test_a_key_is_patched(gateway: Any) -> None:
    id = (await ask(gateway.create_api_key, name="ada"))["id"]
    patch = [{"op": "replace", "path": "/enabled", "value": "true"}, {"op": "replace", "path": "/name", "value": "bea"}]
    changed = await ask(gateway.update_api_key, apiKey=id, patchOperations=patch)
    assert (changed["enabled"], changed["name"]) == (True, "bea")
    wrong = [{"op": "replace", "path": "/value", "value": "another"}]
    assert await refusal(gateway.update_api_key, apiKey=id, patchOperations=wrong) == "BadRequestException"


async def test_a_plan_is_described_as_it_was_made(gateway: Any) -> None:
    made = await ask(gateway.create_usage_plan, **PLAN)
    shown = await ask(gateway.get_usage_plan, usagePlanId=made["id"])
    assert shown["apiStages"] == PLAN["apiStages"]
    assert shown["throttle"] == PLAN["throttle"]
    assert shown["quota"] == {"limit": 100, "period": "DAY", "offset": 0}


async def test_a_plan_is_patched_piece_by_piece(gateway: Any) -> None:
    id = (await ask(gateway.create_usage_plan, **PLAN))["id"]
    patch = [
        {"op": "add", "path": "/apiStages", "value": "a1b2:prod"},
        {"op": "remove", "path": "/apiStages", "value": "a1b2:dev"},
        {"op": "replace", "path": "/throttle/rateLimit", "value": "7"},
        {"op": "remove", "path": "/quota"},
    ]
    changed = await ask(gateway.update_usage_plan, usagePlanId=id, patchOperations=patch)
    assert changed["apiStages"] == [{"apiId": "a1b2", "stage": "prod"}]
    assert changed["throttle"] == {"rateLimit": 7.0, "burstLimit": 5}
    assert "quota" not in changed
    wrong = [{"op": "replace", "path": "/throttle/burstLimit", "value": "many"}]
    assert await refusal(gateway.update_usage_plan, usagePlanId=id, patchOperations=wrong) == "BadRequestException"


async def test_keys_join_and_leave_plans(gateway: Any) -> None:
    plan = (await ask(gateway.create_usage_plan, name="basic"))["id"]
    key = await ask(gateway.create_api_key, name="ada", enabled=True)
    joined = {"usagePlanId": plan, "keyId": key["id"]}
    added = await ask(gateway.create_usage_plan_key, **joined, keyType="API_KEY")
    assert (added["id"], added["type"], added["value"], added["name"]) == (key["id"], "API_KEY", key["value"], "ada")
    assert await refusal(gateway.create_usage_plan_key, **joined, keyType="API_KEY") == "ConflictException"
    assert [one["id"] for one in (await ask(gateway.get_usage_plan_keys, usagePlanId=plan))["items"]] == [key["id"]]
    assert [one["id"] for one in (await ask(gateway.get_usage_plans, keyId=key["id"]))["items"]] == [plan]
    await ask(gateway.delete_usage_plan_key, **joined)
    assert await refusal(gateway.get_usage_plan_key, **joined) == "NotFoundException"


async def test_a_key_that_is_deleted_leaves_its_plans(gateway: Any) -> None:
    plan = (await ask(gateway.create_usage_plan, name="basic"))["id"]
    key = (await ask(gateway.create_api_key, name="ada"))["id"]
    await ask(gateway.create_usage_plan_key, usagePlanId=plan, keyId=key, keyType="API_KEY")
    await ask(gateway.delete_api_key, apiKey=key)
    assert (await ask(gateway.get_usage_plan_keys, usagePlanId=plan))["items"] == []


async def test_a_plan_with_stages_stays(gateway: Any) -> None:
    id = (await ask(gateway.create_usage_plan, **PLAN))["id"]
    assert await refusal(gateway.delete_usage_plan, usagePlanId=id) == "BadRequestException"
    patch = [{"op": "remove", "path": "/apiStages", "value": "a1b2:dev"}]
    await ask(gateway.update_usage_plan, usagePlanId=id, patchOperations=patch)
    await ask(gateway.delete_usage_plan, usagePlanId=id)
    assert await refusal(gateway.get_usage_plan, usagePlanId=id) == "NotFoundException"


async def test_keys_and_plans_have_tags(gateway: Any) -> None:
    id = (await ask(gateway.create_api_key, name="ada", tags={"a": "1"}))["id"]
    arn = f"arn:aws:apigateway:us-east-1::/apikeys/{id}"
    await ask(gateway.tag_resource, resourceArn=arn, tags={"b": "2"})
    await ask(gateway.untag_resource, resourceArn=arn, tagKeys=["a"])
    assert (await ask(gateway.get_tags, resourceArn=arn))["tags"] == {"b": "2"}


async def test_what_is_not_there_is_refused_by_name(gateway: Any) -> None:
    id = (await ask(gateway.create_usage_plan, name="basic"))["id"]
    asked = {"usagePlanId": id, "startDate": "2026-01-01", "endDate": "2026-01-02"}
    with pytest.raises(ClientError, match=r"does not support GET /usageplans/.*/usage yet"):
        await ask(gateway.get_usage, **asked)
