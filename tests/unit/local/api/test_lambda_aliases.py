"""Aliases by the API: names of versions, which lead elsewhere when they are told to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.local.api.test_lambda_control import PERMISSION, STREAM, functions, made, refusal
from tests.unit.local.api.test_lambda_versions import changed, published

__all__ = ["functions"]  # the fixture


async def two_versions(functions: Any) -> str:
    """A function with versions 1 and 2; its ARN."""
    arn = (await made(functions))["FunctionArn"]
    await published(functions)
    await changed(functions, Timeout=20)
    await published(functions)
    return str(arn)


async def aliased(functions: Any, version: str = "1", **more: Any) -> Any:
    create = functions.create_alias
    return await asyncio.to_thread(create, FunctionName="one", FunctionVersion=version, **{"Name": "live", **more})


async def test_an_alias_is_described_as_it_was_made(functions: Any) -> None:
    arn = await two_versions(functions)
    made_alias = await aliased(functions, Description="what people use")
    found = await asyncio.to_thread(functions.get_alias, FunctionName="one", Name="live")
    for alias in (made_alias, found):
        assert (alias["AliasArn"], alias["FunctionVersion"]) == (f"{arn}:live", "1")
        assert alias["Description"] == "what people use"


async def test_an_alias_leads_elsewhere_once_it_is_updated(functions: Any) -> None:
    await two_versions(functions)
    seen = (await aliased(functions, Description="kept"))["RevisionId"]
    update = functions.update_alias
    alias = await asyncio.to_thread(update, FunctionName="one", Name="live", FunctionVersion="2", RevisionId=seen)
    assert (alias["FunctionVersion"], alias["Description"]) == ("2", "kept")
    assert await refusal(update, FunctionName="one", Name="live", RevisionId=seen) == "PreconditionFailedException"


async def test_shares_come_and_go(functions: Any) -> None:
    await two_versions(functions)
    shares = {"AdditionalVersionWeights": {"2": 0.25}}
    assert (await aliased(functions, RoutingConfig=shares))["RoutingConfig"] == shares
    update = functions.update_alias
    assert (await asyncio.to_thread(update, FunctionName="one", Name="live"))["RoutingConfig"] == shares
    none = {"AdditionalVersionWeights": dict[str, float]()}
    assert "RoutingConfig" not in await asyncio.to_thread(update, FunctionName="one", Name="live", RoutingConfig=none)


@pytest.mark.parametrize(
    ("version", "weights"), [("$LATEST", {"1": 0.5}), ("1", {"1": 0.5}), ("1", {"2": 1.5}), ("1", {"2": 0.1, "3": 0.1})]
)
async def test_shares_that_cannot_be_are_refused(functions: Any, version: str, weights: dict[str, float]) -> None:
    await two_versions(functions)
    await changed(functions, Timeout=30)
    await published(functions)
    shares = {"AdditionalVersionWeights": weights}
    arguments = {"FunctionName": "one", "Name": "live", "FunctionVersion": version, "RoutingConfig": shares}
    assert await refusal(functions.create_alias, **arguments) == "InvalidParameterValueException"


async def test_two_versions_of_an_alias_have_one_role(functions: Any) -> None:
    await made(functions, Publish=True)
    await changed(functions, Role="arn:aws:iam::000000000000:role/other")
    await published(functions)
    arguments = {"FunctionName": "one", "Name": "live", "FunctionVersion": "1"}
    shares = {"AdditionalVersionWeights": {"2": 0.5}}
    refused = await refusal(functions.create_alias, **arguments, RoutingConfig=shares)
    assert refused == "InvalidParameterValueException"


async def test_a_name_of_digits_is_a_versions(functions: Any) -> None:
    await two_versions(functions)
    arguments = {"FunctionName": "one", "Name": "12", "FunctionVersion": "1"}
    assert await refusal(functions.create_alias, **arguments) == "ValidationException"


async def test_an_alias_leads_to_versions_that_are_there(functions: Any) -> None:
    await two_versions(functions)
    arguments = {"FunctionName": "one", "Name": "live", "FunctionVersion": "9"}
    assert await refusal(functions.create_alias, **arguments) == "ResourceNotFoundException"


async def test_a_name_is_taken_once(functions: Any) -> None:
    await two_versions(functions)
    await aliased(functions)
    with pytest.raises(functions.exceptions.ResourceConflictException):
        await aliased(functions, "2")


async def test_aliases_are_listed_by_what_they_lead_to(functions: Any) -> None:
    await two_versions(functions)
    for name, version in (("old", "1"), ("live", "2"), ("beta", "2")):
        await aliased(functions, version, Name=name)
    pages = functions.get_paginator("list_aliases").paginate(FunctionName="one", MaxItems=2)
    listed = await asyncio.to_thread(lambda: [one["Name"] for page in pages for one in page["Aliases"]])
    assert listed == ["beta", "live", "old"]
    of_one = await asyncio.to_thread(functions.list_aliases, FunctionName="one", FunctionVersion="1")
    assert [one["Name"] for one in of_one["Aliases"]] == ["old"]


async def test_a_version_that_an_alias_leads_to_stays(functions: Any) -> None:
    await two_versions(functions)
    await aliased(functions, "1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    for version in ("1", "2"):
        refused = await refusal(functions.delete_function, FunctionName="one", Qualifier=version)
        assert refused == "ResourceConflictException"
    await asyncio.to_thread(functions.delete_alias, FunctionName="one", Name="live")
    await asyncio.to_thread(functions.delete_function, FunctionName="one", Qualifier="1")


async def test_an_alias_is_deleted_twice_without_complaint_and_with_its_permissions(functions: Any) -> None:
    await two_versions(functions)
    await aliased(functions)
    await asyncio.to_thread(functions.add_permission, FunctionName="one", Qualifier="live", **PERMISSION)
    for _ in range(2):
        await asyncio.to_thread(functions.delete_alias, FunctionName="one", Name="live")
    assert await refusal(functions.get_alias, FunctionName="one", Name="live") == "ResourceNotFoundException"
    await aliased(functions)
    gone = await refusal(functions.get_policy, FunctionName="one", Qualifier="live")
    assert gone == "ResourceNotFoundException"


async def test_a_deleted_function_takes_its_aliases_along(functions: Any) -> None:
    await two_versions(functions)
    await aliased(functions)
    await asyncio.to_thread(functions.delete_function, FunctionName="one")
    await made(functions, Publish=True)
    assert (await asyncio.to_thread(functions.list_aliases, FunctionName="one"))["Aliases"] == []


async def test_each_alias_has_a_policy_of_its_own(functions: Any) -> None:
    arn = await two_versions(functions)
    await aliased(functions)
    add = functions.add_permission
    await asyncio.to_thread(add, FunctionName="one", Qualifier="live", **PERMISSION)
    policy = await asyncio.to_thread(functions.get_policy, FunctionName="one:live")
    assert f'"Resource": "{arn}:live"' in policy["Policy"]
    assert await refusal(functions.get_policy, FunctionName="one") == "ResourceNotFoundException"
    assert await refusal(add, FunctionName="one", Qualifier="none", **PERMISSION) == "ResourceNotFoundException"


async def test_a_mapping_may_invoke_an_alias(functions: Any) -> None:
    arn = await two_versions(functions)
    await aliased(functions)
    create = functions.create_event_source_mapping
    asked = {"EventSourceArn": STREAM, "StartingPosition": "LATEST"}
    assert (await asyncio.to_thread(create, FunctionName="one:live", **asked))["FunctionArn"] == f"{arn}:live"
    listed = await asyncio.to_thread(functions.list_event_source_mappings, FunctionName=f"{arn}:live")
    assert len(listed["EventSourceMappings"]) == 1
    assert await refusal(create, FunctionName="one:none", **asked) == "ResourceNotFoundException"
