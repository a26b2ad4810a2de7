"""WebSocket APIs as SDKs make them: described as they were asked for, one name once, gone with what belongs to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from botocore.exceptions import ClientError

from terrarium.catalog.place import Place
from terrarium.local.api.api_gateway.service import ApiGateway
from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.registry import Registry
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, Refusing, client, serving


# boto3 makes its clients' classes while it runs: there is no type to name.
@asynccontextmanager
async def gateway_before(others: Service, folder: Path) -> AsyncIterator[Any]:
    """A client of API Gateway, which asks `others` for what is not its own."""
    clock = ManualClock()
    arrivals = Arrivals(Registry(), {}, folder, Place("empty", "us-east-1", ACCOUNT))
    service = ApiGateway(arrivals, others, clock, region="us-east-1", account=ACCOUNT)
    endpoint = AwsEndpoint({"apigateway": service}, Refusing(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield client("apigatewayv2", url)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Any]:
    async with gateway_before(Refusing(), tmp_path) as asked:
        yield asked


async def made(gateway: Any) -> str:
    """A WebSocket API's id."""
    asked = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.type"}
    api = await asyncio.to_thread(gateway.create_api, Name="echo", **asked, Tags={"a": "1"})
    return str(api["ApiId"])


async def refusal(operation: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(operation, **arguments)
    return str(refused.value.response["Error"]["Code"])


async def test_an_api_is_described_as_it_was_made(gateway: Any) -> None:
    api = await asyncio.to_thread(gateway.get_api, ApiId=await made(gateway))
    assert (api["Name"], api["RouteSelectionExpression"], api["Tags"]) == ("echo", "$request.body.type", {"a": "1"})


async def test_a_changed_api_keeps_what_was_not_given(gateway: Any) -> None:
    id = await made(gateway)
    changed = await asyncio.to_thread(gateway.update_api, ApiId=id, Description="says it back")
    assert (changed["Name"], changed["Description"]) == ("echo", "says it back")


async def test_a_stage_is_described_with_the_settings_of_each_route(gateway: Any) -> None:
    id = await made(gateway)
    asked = {
        "AutoDeploy": True,
        "AccessLogSettings": {
            "DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:a",
            "Format": "$context.x",
        },
        "DefaultRouteSettings": {"LoggingLevel": "ERROR", "ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 10.0},
        "RouteSettings": {"$connect": {"ThrottlingRateLimit": 1.0}},
        "StageVariables": {"someName": "value"},
    }
    await asyncio.to_thread(gateway.create_stage, ApiId=id, StageName="dev", **asked)
    stage = await asyncio.to_thread(gateway.get_stage, ApiId=id, StageName="dev")
    assert {name: stage[name] for name in asked} == asked
    await asyncio.to_thread(gateway.delete_access_log_settings, ApiId=id, StageName="dev")
    assert "AccessLogSettings" not in await asyncio.to_thread(gateway.get_stage, ApiId=id, StageName="dev")


async def test_an_integration_has_api_gateways_own_defaults(gateway: Any) -> None:
    id = await made(gateway)
    asked = {"IntegrationType": "AWS_PROXY", "IntegrationUri": "arn:aws:apigateway:us-east-1:lambda:path/f/invocations"}
    created = await asyncio.to_thread(gateway.create_integration, ApiId=id, **asked)
    assert (created["TimeoutInMillis"], created["ConnectionType"]) == (29_000, "INTERNET")


async def test_a_route_key_is_taken_once(gateway: Any) -> None:
    id = await made(gateway)
    await asyncio.to_thread(gateway.create_route, ApiId=id, RouteKey="$default")
    assert await refusal(gateway.create_route, ApiId=id, RouteKey="$default") == "ConflictException"


async def test_an_integration_that_a_route_uses_cannot_be_deleted(gateway: Any) -> None:
    id = await made(gateway)
    integration = await asyncio.to_thread(gateway.create_integration, ApiId=id, IntegrationType="MOCK")
    asked = {"ApiId": id, "IntegrationId": integration["IntegrationId"]}
    target = f"integrations/{integration['IntegrationId']}"
    route = await asyncio.to_thread(gateway.create_route, ApiId=id, RouteKey="$default", Target=target)
    assert await refusal(gateway.delete_integration, **asked) == "ConflictException"
    await asyncio.to_thread(gateway.delete_route, ApiId=id, RouteId=route["RouteId"])
    await asyncio.to_thread(gateway.delete_integration, **asked)
    assert await refusal(gateway.get_integration, **asked) == "NotFoundException"


async def test_a_deleted_api_is_gone_with_everything_that_belongs_to_it(gateway: Any) -> None:
    id = await made(gateway)
    await asyncio.to_thread(gateway.create_route, ApiId=id, RouteKey="$default")
    await asyncio.to_thread(gateway.delete_api, ApiId=id)
    assert await refusal(gateway.delete_api, ApiId=id) == "UnsupportedOperation"  # it is others' to answer now
    other = await made(gateway)
    assert (await asyncio.to_thread(gateway.get_routes, ApiId=other))["Items"] == []


async def test_apis_of_other_protocols_are_others_to_answer(gateway: Any) -> None:
    assert await refusal(gateway.create_api, Name="web", ProtocolType="HTTP") == "UnsupportedOperation"


async def test_tags_are_added_and_taken_away(gateway: Any) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/apis/{await made(gateway)}"
    await asyncio.to_thread(gateway.tag_resource, ResourceArn=arn, Tags={"b": "2"})
    await asyncio.to_thread(gateway.untag_resource, ResourceArn=arn, TagKeys=["a"])
    assert (await asyncio.to_thread(gateway.get_tags, ResourceArn=arn))["Tags"] == {"b": "2"}


async def test_a_routes_request_parameters_are_described_as_they_were_given(gateway: Any) -> None:
    id = await made(gateway)
    asked = {"route.request.header.X-Who": {"Required": True}}
    await asyncio.to_thread(gateway.create_route, ApiId=id, RouteKey="$connect", RequestParameters=asked)
    (route,) = (await asyncio.to_thread(gateway.get_routes, ApiId=id))["Items"]
    assert route["RequestParameters"] == asked


CERTIFICATE = {"CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1", "EndpointType": "REGIONAL"}


class Knowing(Refusing):
    """Those who answer for the APIs that are not ours."""

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        return web.json_response({"items": []}, status=201 if call.request.method == "POST" else 200)


@pytest.fixture
async def domains(tmp_path: Path) -> AsyncIterator[Any]:
    async with gateway_before(Knowing(), tmp_path) as asked:
        await asyncio.to_thread(
            asked.create_domain_name,
            DomainName="chat.example.com",
            DomainNameConfigurations=[{**CERTIFICATE, "SecurityPolicy": "TLS_1_2"}],
            Tags={"of": "chat"},
        )
        yield asked


async def staged(gateway: Any) -> str:
    """The id of a WebSocket API with a stage `live`."""
    id = await made(gateway)
    await asyncio.to_thread(gateway.create_stage, ApiId=id, StageName="live")
    return id


async def test_a_domain_name_is_described_as_it_was_made_and_can_be_used_at_once(domains: Any) -> None:
    domain = await asyncio.to_thread(domains.get_domain_name, DomainName="chat.example.com")
    (configuration,) = domain["DomainNameConfigurations"]
    assert (domain["ApiMappingSelectionExpression"], domain["Tags"]) == ("$request.basepath", {"of": "chat"})
    assert configuration["CertificateArn"] == CERTIFICATE["CertificateArn"]
    assert (configuration["DomainNameStatus"], configuration["SecurityPolicy"]) == ("AVAILABLE", "TLS_1_2")
    (listed,) = (await asyncio.to_thread(domains.get_domain_names))["Items"]
    assert listed["DomainName"] == "chat.example.com"
    assert await refusal(domains.create_domain_name, DomainName="chat.example.com") == "ConflictException"
    assert await refusal(domains.get_domain_name, DomainName="another.example.com") == "NotFoundException"


async def test_a_changed_domain_name_keeps_what_was_not_given(domains: Any) -> None:
    other = {"CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/2"}
    changed = await asyncio.to_thread(
        domains.update_domain_name, DomainName="chat.example.com", DomainNameConfigurations=[other]
    )
    (configuration,) = changed["DomainNameConfigurations"]
    assert (configuration["CertificateArn"], configuration["EndpointType"]) == (other["CertificateArn"], "REGIONAL")


async def test_a_mapping_leads_to_a_stage_that_is_there_and_each_key_to_one(domains: Any) -> None:
    id = await staged(domains)
    asked = {"DomainName": "chat.example.com", "ApiId": id, "Stage": "live"}
    mapping = await asyncio.to_thread(domains.create_api_mapping, **asked, ApiMappingKey="v1/talk")
    found = {"DomainName": "chat.example.com", "ApiMappingId": mapping["ApiMappingId"]}
    described = await asyncio.to_thread(domains.get_api_mapping, **found)
    assert (described["ApiMappingKey"], described["Stage"]) == ("v1/talk", "live")
    assert await refusal(domains.create_api_mapping, **asked, ApiMappingKey="v1/talk") == "ConflictException"
    assert await refusal(domains.create_api_mapping, **{**asked, "Stage": "none"}) == "NotFoundException"
    await asyncio.to_thread(domains.update_api_mapping, **found, ApiId=id, ApiMappingKey="")
    (listed,) = (await asyncio.to_thread(domains.get_api_mappings, DomainName="chat.example.com"))["Items"]
    assert listed["ApiMappingKey"] == ""


async def test_an_api_that_a_domain_name_is_mapped_to_cannot_be_deleted(domains: Any) -> None:
    id = await staged(domains)
    await asyncio.to_thread(domains.create_api_mapping, DomainName="chat.example.com", ApiId=id, Stage="live")
    assert await refusal(domains.delete_api, ApiId=id) == "BadRequestException"
    await asyncio.to_thread(domains.delete_domain_name, DomainName="chat.example.com")
    await asyncio.to_thread(domains.delete_api, ApiId=id)


async def test_a_domain_name_leads_to_websocket_apis_or_to_others_and_never_to_both(domains: Any) -> None:
    await asyncio.to_thread(
        domains.create_api_mapping, DomainName="chat.example.com", ApiId=await staged(domains), Stage="live"
    )
    asked = {"DomainName": "chat.example.com", "ApiId": "anothers", "Stage": "live", "ApiMappingKey": "web"}
    assert await refusal(domains.create_api_mapping, **asked) == "BadRequestException"
