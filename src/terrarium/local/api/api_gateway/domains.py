"""Custom domain names and their API mappings on the wire.

WebSocket APIs' mappings are recorded here. Those of HTTP and REST APIs are answered by whoever answers the rest, who
is told of each domain name too, for nobody can say of a new one what it will be mapped to.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.api.api_gateway.collections import API
from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.json_service import read_json
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

DOMAIN: Final = "aws_apigatewayv2_domain_name"
MAPPING: Final = "aws_apigatewayv2_api_mapping"
_STAGE: Final = "aws_apigatewayv2_stage"
_SETTINGS: Final = {
    "certificateArn": "certificate_arn",
    "endpointType": "endpoint_type",
    "ipAddressType": "ip_address_type",
    "ownershipVerificationCertificateArn": "ownership_verification_certificate_arn",
    "securityPolicy": "security_policy",
}
_DECIDED: Final = {"apiGatewayDomainName": "target_domain_name", "hostedZoneId": "hosted_zone_id"}
# Bodies and answers have the members that each operation defines.
Body = dict[str, Any]


class Domains:
    """The part of API Gateway below ``/v2/domainnames``.

    Args:
        resources: Where everything is recorded and comes alive.
        others: Answers for what is mapped to other APIs.
    """

    def __init__(self, resources: Resources, others: Service) -> None:
        self._resources = resources
        self._others = others

    def owns(self, parts: list[str]) -> bool:
        """Whether a path is one of these."""
        return parts[:2] == ["v2", "domainnames"] and parts[3:4] in ([], ["apimappings"])

    async def answer(self, call: AwsCall, parts: list[str]) -> web.StreamResponse:
        """Answers a call.

        Raises:
            AwsError: As AWS answers it.
        """
        try:
            match parts[2:]:
                case []:
                    return await self._domains(call)
                case [name]:
                    return await self._domain(call, self._existing(name))
                case [name, _]:
                    return await self._mappings(call, self._existing(name))
                case [name, _, id]:
                    return await self._mapping(call, self._existing(name), id)
        except UserError as error:
            raise AwsError("BadRequestException", str(error)) from error
        raise _unsupported(call)

    def refuse_mapped(self, api_id: str) -> None:
        """What keeps an API from being deleted.

        Raises:
            AwsError: A domain name is mapped to it (https://github.com/gruntwork-io/cloud-nuke/issues/370).
        """
        if self._resources.of(MAPPING, api_id=api_id):
            asked = "Please remove all API mappings for the API from your custom domain names."
            raise AwsError("BadRequestException", f"Deleting API {api_id} failed. {asked}")

    async def _domains(self, call: AwsCall) -> web.StreamResponse:
        if call.request.method == "GET":
            return _json({"items": [_described(one) for one in self._resources.of(DOMAIN)]}, call)
        if call.request.method != "POST":
            raise _unsupported(call)
        body = read_json(await call.body())
        name = str(body.get("domainName", ""))
        if self._resources.of(DOMAIN, domain_name=name):
            raise AwsError("ConflictException", "The domain name you provided already exists.", 409)
        values = {"domain_name": name, "tags": body.get("tags") or {}, **_settings(body)}
        entry = await self._resources.put(DOMAIN, name, values)
        await self._others.answer(call)
        return _json(_described(entry), call, 201)

    async def _domain(self, call: AwsCall, entry: Entry) -> web.StreamResponse:
        if call.request.method == "PATCH":
            given = _settings(read_json(await call.body()))
            if blocks := given.get("domain_name_configuration"):
                given["domain_name_configuration"] = [{**entry.block("domain_name_configuration"), **blocks[0]}]
            entry = await self._resources.change(entry, given)
        elif call.request.method == "DELETE":
            for mapping in self._resources.of(MAPPING, domain_name=entry["domain_name"]):
                await self._resources.remove(mapping)
            await self._resources.remove(entry)
            await self._others.answer(call)
            return _nothing(call)
        elif call.request.method != "GET":
            raise _unsupported(call)
        return _json(_described(entry), call)

    async def _mappings(self, call: AwsCall, domain: Entry) -> web.StreamResponse:
        ours = self._resources.of(MAPPING, domain_name=domain["domain_name"])
        if call.request.method == "GET":
            items = [_mapped(one) for one in ours] or await self._of_others(call)
            return _json({"items": items}, call)
        if call.request.method != "POST":
            raise _unsupported(call)
        given = _mapping(read_json(await call.body()))
        if not self._resources.of(API.type, id=given.get("api_id")):
            if ours:
                raise _mixed()
            return await self._others.answer(call)
        self._check(domain, given)
        id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(6))
        values = {"domain_name": domain["domain_name"], "api_mapping_key": "", **given, "id": id}
        return _json(_mapped(await self._resources.put(MAPPING, id, values)), call, 201)

    async def _mapping(self, call: AwsCall, domain: Entry, id: str) -> web.StreamResponse:
        found = self._resources.of(MAPPING, domain_name=domain["domain_name"], id=id)
        if not found:
            return await self._others.answer(call)
        (entry,) = found
        if call.request.method == "PATCH":
            given = _mapping(read_json(await call.body()))
            self._check(domain, {**entry.values, **given})
            entry = await self._resources.change(entry, given)
        elif call.request.method == "DELETE":
            await self._resources.remove(entry)
            return _nothing(call)
        elif call.request.method != "GET":
            raise _unsupported(call)
        return _json(_mapped(entry), call)

    async def _of_others(self, call: AwsCall) -> list[Any]:
        """What others map to a domain name; nothing where they do not know it."""
        response = await self._others.answer(call)
        if response.status != 200 or not isinstance(response, web.Response) or not response.body:
            return []
        items: list[Any] = json.loads(response.body).get("items", [])  # type: ignore[arg-type]  # our own answers hold bytes
        return items

    def _existing(self, name: str) -> Entry:
        found = self._resources.of(DOMAIN, domain_name=name)
        if not found:
            raise AwsError("NotFoundException", "Invalid domain name identifier specified", 404)
        return found[0]

    def _check(self, domain: Entry, mapping: Mapping[str, Any]) -> None:
        if not self._resources.of(API.type, id=mapping.get("api_id")):
            raise _mixed()
        if not self._resources.of(_STAGE, api_id=mapping["api_id"], name=mapping.get("stage")):
            raise AwsError("NotFoundException", "Invalid stage identifier specified", 404)
        key = mapping.get("api_mapping_key") or ""
        for other in self._resources.of(MAPPING, domain_name=domain["domain_name"]):
            if other.get("api_mapping_key", "") == key and other["id"] != mapping.get("id"):
                raise AwsError("ConflictException", "ApiMapping key already exists for this domain name", 409)


def _settings(body: Mapping[str, Any]) -> Body:
    """A call's body as Terraform's attributes."""
    found: Body = {}
    if asked := body.get("domainNameConfigurations"):
        block = {_SETTINGS[name]: value for name, value in asked[0].items() if name in _SETTINGS}
        found["domain_name_configuration"] = [block]
    if asked := body.get("mutualTlsAuthentication"):
        found["mutual_tls_authentication"] = [{"truststore_uri": asked.get("truststoreUri")}]
    if asked := body.get("routingMode"):
        found["routing_mode"] = asked
    return found


def _described(entry: Entry) -> Body:
    block = entry.block("domain_name_configuration")
    told = {member: block[name] for member, name in {**_SETTINGS, **_DECIDED}.items() if block.get(name)}
    return {
        "apiMappingSelectionExpression": "$request.basepath",
        "domainName": entry["domain_name"],
        "domainNameArn": entry["arn"],
        "domainNameConfigurations": [{"ipAddressType": "ipv4", **told, "domainNameStatus": "AVAILABLE"}],
        "routingMode": entry.get("routing_mode", "API_MAPPING_ONLY"),
        "tags": entry.tags,
    }


def _mapping(body: Mapping[str, Any]) -> Body:
    names = {"apiId": "api_id", "apiMappingKey": "api_mapping_key", "stage": "stage"}
    return {attribute: body[member] for member, attribute in names.items() if body.get(member) is not None}


def _mapped(entry: Entry) -> Body:
    told = {"apiId": entry["api_id"], "apiMappingId": entry["id"], "stage": entry["stage"]}
    return {**told, "apiMappingKey": entry.get("api_mapping_key", "")}


def _mixed() -> AwsError:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html (restrictions)"""
    message = "WebSocket APIs cannot be mapped to the same custom domain name as HTTP APIs or REST APIs"
    return AwsError("BadRequestException", message)


def _unsupported(call: AwsCall) -> AwsError:
    return AwsError("BadRequestException", f"Terrarium does not support {call.request.method} {call.path} yet")


def _json(body: Mapping[str, Any], call: AwsCall, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"x-amzn-RequestId": call.request_id})


def _nothing(call: AwsCall) -> web.Response:
    return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})
