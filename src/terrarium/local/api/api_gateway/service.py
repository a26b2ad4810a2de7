"""WebSocket APIs and usage plans on the wire; every other part of API Gateway is answered by whoever answers the rest.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.api.api_gateway.collections import API, BELOW, OF_API, Collection
from terrarium.local.api.api_gateway.domains import DOMAIN, Domains
from terrarium.local.api.api_gateway.names import attributes, described
from terrarium.local.api.api_gateway.usage_plans import Keys
from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.json_service import read_json
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.registry import Entry

# Ids look like AWS's: ten letters and digits for an API, seven for what belongs to it.
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# Bodies and answers have the members that each operation defines.
Body = dict[str, Any]


class _Place(Struct, frozen=True):
    """What a path names: a collection, what it lies below, and perhaps one of its resources."""

    collection: Collection
    within: Mapping[str, str]
    id: str = ""


class ApiGateway:
    """The ``apigateway`` signing name.

    Args:
        resources: Where everything is recorded and comes alive.
        others: Answers for REST and HTTP APIs.
        clock: Time.
        region: Where APIs are.
        account: Whose they are.
    """

    def __init__(self, resources: Resources, others: Service, clock: Clock, *, region: str, account: str) -> None:
        self._resources = resources
        self._others = others
        self._clock = clock
        self._region = region
        self._account = account
        self._keys = Keys(resources, clock, region)
        self._domains = Domains(resources, others)

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        parts = [unquote(part) for part in call.path.strip("/").split("/")]
        if self._keys.owns(parts):
            return await self._keys.answer(call, parts)
        if self._domains.owns(parts):
            return await self._domains.answer(call, parts)
        if parts[:2] == ["v2", "tags"] and (tagged := self._tagged(parts)) is not None:
            return await self._tags(call, tagged)
        if parts[:2] != ["v2", "apis"] or not await self._is_ours(call, parts):
            return await self._others.answer(call)
        if len(parts) == 2 and call.request.method == "GET":
            return await self._every_api(call)
        setting = await self._reset(call, parts)
        return setting or await self._operate(call, _place(parts))

    async def _is_ours(self, call: AwsCall, parts: list[str]) -> bool:
        if len(parts) > 2:
            return bool(self._resources.of(API.type, id=parts[2]))
        if call.request.method == "POST":
            return bool(read_json(await call.body()).get("protocolType") == "WEBSOCKET")
        return call.request.method == "GET"

    async def _every_api(self, call: AwsCall) -> web.StreamResponse:
        """Ours and the others', in one list."""
        response = await self._others.answer(call)
        listed = json.loads(response.body) if isinstance(response, web.Response) and response.body else {}  # type: ignore[arg-type]  # our own answers hold bytes
        ours = [_told(entry, API) for entry in self._resources.of(API.type)]
        return _json({**listed, "items": ours + listed.get("items", [])}, call)

    async def _operate(self, call: AwsCall, place: _Place | None) -> web.StreamResponse:
        method = call.request.method
        known = {"POST": False, "PATCH": True, "DELETE": True}  # whether the path names one resource; GET reads either
        if place is None or (method != "GET" and known.get(method) is not bool(place.id)):
            raise AwsError("BadRequestException", f"Terrarium does not support {method} {call.path} yet")
        try:
            if method == "POST":
                entry = await self._create(place, read_json(await call.body()))
                return _json(_told(entry, place.collection), call, 201)
            if method == "GET" and not place.id:
                found = self._resources.of(place.collection.type, **place.within)
                return _json({"items": [_told(entry, place.collection) for entry in found]}, call)
            entry = self._existing(place)
            if method == "PATCH":
                changed = await self._change(entry, place.collection, read_json(await call.body()))
                return _json(_told(changed, place.collection), call)
            if method == "DELETE":
                await self._delete(entry, place)
                return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})
        except UserError as error:
            raise AwsError("BadRequestException", str(error)) from error
        return _json(_told(entry, place.collection), call)

    async def _create(self, place: _Place, body: Body) -> Entry:
        collection = place.collection
        given = attributes(body, collection)
        self._refuse_second(place, given.get(collection.key))
        id = str(given.get("name", "")) if collection.id == "stageName" else _id(10 if collection is API else 7)
        values = dict(collection.defaults) | given | dict(place.within) | {"id": id, "created_date": self._now()}
        if collection is API:
            values |= self._arns(id)
        if collection.type == "aws_apigatewayv2_deployment":
            values |= {"deployment_status": "DEPLOYED"}
        return await self._resources.put(collection.type, "-".join([*place.within.values(), id]), values)

    async def _change(self, entry: Entry, collection: Collection, body: Body) -> Entry:
        given = attributes(body, collection)
        if given.get("default_route_settings"):
            given["default_route_settings"] = [
                {**entry.block("default_route_settings"), **given["default_route_settings"][0]}
            ]
        if given.get("route_settings"):
            kept = {one["route_key"]: one for one in entry.get("route_settings", [])}
            given["route_settings"] = list(
                {**kept, **{one["route_key"]: one for one in given["route_settings"]}}.values()
            )
        return await self._resources.change(entry, given)

    async def _delete(self, entry: Entry, place: _Place) -> None:
        if place.collection.id == "integrationId":
            used = self._resources.of("aws_apigatewayv2_route", target=f"integrations/{entry['id']}")
            if used:
                message = f"Cannot delete Integration {entry['id']} because it is referenced by Route {used[0]['id']}."
                raise AwsError("ConflictException", message, 409)
        if place.collection is API:
            self._domains.refuse_mapped(entry["id"])
        below = {"api_id": entry["id"]} if place.collection is API else {}
        types = [one.type for one in (*BELOW.values(), *OF_API.values())]
        for child in self._resources.of(*types, **below) if below else ():
            await self._resources.remove(child)
        await self._resources.remove(entry)

    async def _reset(self, call: AwsCall, parts: list[str]) -> web.StreamResponse | None:
        """What a stage's settings are taken away with: DeleteAccessLogSettings and DeleteRouteSettings."""
        if call.request.method != "DELETE" or parts[3:4] != ["stages"] or len(parts) < 6:
            return None
        stage = self._existing(_Place(OF_API["stages"], {"api_id": parts[2]}, parts[4]))
        if parts[5] == "accesslogsettings":
            await self._resources.change(stage, {"access_log_settings": []})
        else:
            left = [one for one in stage.get("route_settings", []) if one["route_key"] != "/".join(parts[6:])]
            await self._resources.change(stage, {"route_settings": left})
        return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})

    def _tagged(self, parts: list[str]) -> Entry | None:
        found = self._resources.of(API.type, OF_API["stages"].type, DOMAIN, arn="/".join(parts[2:]))
        return found[0] if found else None

    async def _tags(self, call: AwsCall, entry: Entry) -> web.StreamResponse:
        tags = entry.tags
        if call.request.method == "GET":
            return _json({"tags": tags}, call)
        if call.request.method == "POST":
            tags |= read_json(await call.body()).get("tags", {})
        for key in call.request.query.getall("tagKeys", ()) if call.request.method == "DELETE" else ():
            tags.pop(key, None)
        await self._resources.change(entry, {"tags": tags, "tags_all": tags})
        return web.Response(status=201 if call.request.method == "POST" else 204)

    def _existing(self, place: _Place) -> Entry:
        """One resource.

        Raises:
            AwsError: ``NotFoundException`` (404).
        """
        found = self._resources.of(place.collection.type, **place.within, id=place.id)
        if not found:
            message = f"Unable to find {place.collection.title} by name {place.id} within the provided {API.title}"
            raise AwsError("NotFoundException", message, 404)
        return found[0]

    def _refuse_second(self, place: _Place, key: object) -> None:
        collection = place.collection
        if collection.key and self._resources.of(collection.type, **place.within, **{collection.key: key}):
            raise AwsError("ConflictException", f"{collection.title} with {collection.key} {key} already exists", 409)

    def _arns(self, id: str) -> dict[str, str]:
        return {
            "arn": f"arn:aws:apigateway:{self._region}::/apis/{id}",
            "execution_arn": f"arn:aws:execute-api:{self._region}:{self._account}:{id}",
        }

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(parts: list[str]) -> _Place | None:
    """``v2/apis/{api}/{collection}/{id}/{collection}/{id}``, as far as it goes."""
    match parts[2:]:
        case []:
            return _Place(API, {})
        case [api]:
            return _Place(API, {}, api)
        case [api, name, *id] if name in OF_API and len(id) <= 1:
            return _Place(OF_API[name], {"api_id": api}, "".join(id))
        case [api, _, above, name, *id] if name in BELOW and len(id) <= 1:
            return _Place(BELOW[name], {"api_id": api, BELOW[name].parent: above}, "".join(id))
    return None


def _told(entry: Entry, collection: Collection) -> Body:
    values = {name: value for name, value in entry.values.items() if value is not None}
    told = described({**collection.defaults, **values}, collection)
    return told | ({"tags": entry.tags} if entry.tags else {})


def _id(length: int) -> str:
    return secrets.choice(_LETTERS[:26]) + "".join(secrets.choice(_LETTERS) for _ in range(length - 1))


def _json(body: Mapping[str, Any], call: AwsCall, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"x-amzn-RequestId": call.request_id})
