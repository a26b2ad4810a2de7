"""API keys and usage plans on the wire: what makes, changes, describes and removes them.

They are a part of API Gateway's first API, whose REST APIs are answered by whoever answers the rest.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations_Amazon_API_Gateway.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.api.api_gateway.patches import patched
from terrarium.local.api.call import AwsCall
from terrarium.local.api.json_service import read_json
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.registry import Entry

KEY, PLAN, MEMBER = "aws_api_gateway_api_key", "aws_api_gateway_usage_plan", "aws_api_gateway_usage_plan_key"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_VALUE_LETTERS = _LETTERS + _LETTERS.upper()
_TITLES = {KEY: "API Key identifier", PLAN: "Usage Plan ID", MEMBER: "API Key identifier"}
# Bodies and answers have the members that each operation defines.
Body = dict[str, Any]


class Keys:
    """The paths ``/apikeys``, ``/usageplans``, and the tags of both.

    Args:
        resources: Where everything is recorded and comes alive.
        clock: Time.
        region: Where they are.
    """

    def __init__(self, resources: Resources, clock: Clock, region: str) -> None:
        self._resources = resources
        self._clock = clock
        self._region = region

    def owns(self, parts: list[str]) -> bool:
        """Whether a path is about them."""
        return parts[0] in ("apikeys", "usageplans") or (parts[0] == "tags" and self._tagged(parts) is not None)

    async def answer(self, call: AwsCall, parts: list[str]) -> web.StreamResponse:
        """Answers one call.

        Raises:
            AwsError: It cannot be done, or is not supported.
        """
        try:
            match call.request.method, parts:
                case "POST", ["apikeys"]:
                    return _json(
                        self._told(await self._create_key(read_json(await call.body())), secret=True), call, 201
                    )
                case "POST", ["usageplans"]:
                    return _json(self._told(await self._create_plan(read_json(await call.body()))), call, 201)
                case "POST", ["usageplans", plan, "keys"]:
                    return _json(
                        self._told(await self._add(plan, read_json(await call.body())), secret=True), call, 201
                    )
                case "GET", ["apikeys" | "usageplans"] | ["usageplans", _, "keys"]:
                    return _json({"item": self._listed(call, parts)}, call)
                case "GET", ["apikeys" | "usageplans", _] | ["usageplans", _, "keys", _]:
                    secret = parts[0] == "usageplans" or call.request.query.get("includeValue") == "true"
                    return _json(self._told(self._existing(parts), secret=secret), call)
                case "PATCH", ["apikeys" | "usageplans", _]:
                    operations = read_json(await call.body()).get("patchOperations") or []
                    entry = self._existing(parts)
                    return _json(self._told(await self._resources.change(entry, patched(entry, operations))), call)
                case "DELETE", ["apikeys" | "usageplans", _] | ["usageplans", _, "keys", _]:
                    await self._delete(self._existing(parts))
                    return web.Response(status=202, headers={"x-amzn-RequestId": call.request_id})
                case _, ["tags", *_]:
                    return await self._tags(call, parts)
        except UserError as error:
            raise AwsError("BadRequestException", error.what, 400) from error
        message = f"Terrarium does not support {call.request.method} {call.path} yet"
        raise AwsError("BadRequestException", message, 400)

    async def _create_key(self, body: Body) -> Entry:
        value = body.get("value") or "".join(secrets.choice(_VALUE_LETTERS) for _ in range(40))
        if self._resources.of(KEY, value=value):
            raise AwsError("ConflictException", "API Key already exists", 409)
        id, now = _id(10), int(self._clock.now())
        return await self._resources.put(
            KEY,
            id,
            {
                "id": id,
                "arn": f"arn:aws:apigateway:{self._region}::/apikeys/{id}",
                "value": value,
                "name": body.get("name") or "",
                "description": body.get("description") or "",
                "customer_id": body.get("customerId") or "",
                "enabled": body.get("enabled") or False,  # where nothing is said, a key is of no use yet
                "tags": body.get("tags") or {},
                "created_date": now,
                "last_updated_date": now,
            },
        )

    async def _create_plan(self, body: Body) -> Entry:
        if not body.get("name"):
            raise AwsError("BadRequestException", "Usage Plan name must not be empty", 400)
        id = _id(6)
        values: Body = {
            "id": id,
            "arn": f"arn:aws:apigateway:{self._region}::/usageplans/{id}",
            "name": body["name"],
            "description": body.get("description") or "",
            "tags": body.get("tags") or {},
            "api_stages": [{"api_id": one["apiId"], "stage": one["stage"]} for one in body.get("apiStages") or ()],
        }
        if throttle := body.get("throttle"):
            values["throttle_settings"] = [
                {"burst_limit": throttle.get("burstLimit", 0), "rate_limit": throttle.get("rateLimit", 0)}
            ]
        if quota := body.get("quota"):
            values["quota_settings"] = [{name: quota[name] for name in ("limit", "offset", "period") if name in quota}]
        return await self._resources.put(PLAN, id, values)

    async def _add(self, plan: str, body: Body) -> Entry:
        self._existing(["usageplans", plan])
        key = self._existing(["apikeys", str(body.get("keyId"))])
        if self._resources.of(MEMBER, usage_plan_id=plan, key_id=key["id"]):
            raise AwsError("ConflictException", "Usage Plan Key already exists", 409)
        values = {
            "id": key["id"],
            "usage_plan_id": plan,
            "key_id": key["id"],
            "key_type": body.get("keyType", "API_KEY"),
        }
        return await self._resources.put(MEMBER, f"{plan}-{key['id']}", values)

    def _listed(self, call: AwsCall, parts: list[str]) -> list[Body]:
        query = call.request.query
        if parts[0] == "apikeys":
            secret, name = query.get("includeValues") == "true", query.get("name", "")
            found = [one for one in self._resources.of(KEY) if one["name"].startswith(name)]
        elif len(parts) == 1:
            secret = False
            members = self._resources.of(MEMBER, key_id=query["keyId"]) if "keyId" in query else None
            wanted = None if members is None else {one["usage_plan_id"] for one in members}
            found = [one for one in self._resources.of(PLAN) if wanted is None or one["id"] in wanted]
        else:
            secret, found = True, self._resources.of(MEMBER, usage_plan_id=parts[1])
        return [self._told(one, secret=secret) for one in found]

    def _existing(self, parts: list[str]) -> Entry:
        match parts:
            case ["apikeys", id]:
                type, found = KEY, self._resources.of(KEY, id=id)
            case ["usageplans", _, "keys", id]:
                type, found = MEMBER, self._resources.of(MEMBER, usage_plan_id=parts[1], key_id=id)
            case _:
                type, found = PLAN, self._resources.of(PLAN, id=parts[1])
        if not found:
            raise AwsError("NotFoundException", f"Invalid {_TITLES[type]} specified", 404)
        return found[0]

    async def _delete(self, entry: Entry) -> None:
        """Removes it; a key leaves its plans with it, and a plan that still has stages stays.

        https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteUsagePlan.html
        """
        if entry.type == PLAN and entry.get("api_stages"):
            message = f"Cannot delete Usage Plan {entry['id']} because it still has API stages associated with it."
            raise AwsError("BadRequestException", message, 400)
        below = {KEY: "key_id", PLAN: "usage_plan_id"}.get(entry.type)
        for member in self._resources.of(MEMBER, **{below: entry["id"]}) if below else ():
            await self._resources.remove(member)
        await self._resources.remove(entry)

    def _tagged(self, parts: list[str]) -> Entry | None:
        found = self._resources.of(KEY, PLAN, arn="/".join(parts[1:]))
        return found[0] if found else None

    async def _tags(self, call: AwsCall, parts: list[str]) -> web.StreamResponse:
        entry = self._tagged(parts)
        assert entry is not None, "asked for by `owns`"
        tags = dict(entry.get("tags", {}))
        if call.request.method == "GET":
            return _json({"tags": tags}, call)
        if call.request.method == "PUT":
            tags |= read_json(await call.body()).get("tags", {})
        else:
            for name in call.request.query.getall("tagKeys", ()):
                tags.pop(unquote(name), None)
        await self._resources.change(entry, {"tags": tags})
        return web.Response(status=204, headers={"x-amzn-RequestId": call.request_id})

    def _told(self, entry: Entry, *, secret: bool = False) -> Body:
        if entry.type == MEMBER:
            key = self._resources.of(KEY, id=entry["key_id"])
            named = {name: key[0][name] for name in ("name", "value")} if key else {}
            return {"id": entry["key_id"], "type": entry["key_type"], **named}
        if entry.type == KEY:
            now = int(self._clock.now())
            return {
                "id": entry["id"],
                **({"value": entry["value"]} if secret else {}),
                "name": entry.get("name", ""),
                "description": entry.get("description", ""),
                "enabled": entry.get("enabled", True),
                "createdDate": entry.get("created_date", now),
                "lastUpdatedDate": entry.get("last_updated_date", now),
                "stageKeys": [],
                **{
                    member: entry[name]
                    for member, name in (("customerId", "customer_id"), ("tags", "tags"))
                    if entry.get(name)
                },
            }
        return {"id": entry["id"], "name": entry["name"], **_plan_members(entry)}


def _plan_members(entry: Entry) -> Body:
    throttle, quota = entry.block("throttle_settings"), entry.block("quota_settings")
    stages = [{"apiId": one["api_id"], "stage": one["stage"]} for one in entry.get("api_stages", ())]
    members: Mapping[str, Any] = {
        "description": entry.get("description"),
        "productCode": entry.get("product_code"),
        "tags": entry.get("tags"),
        "throttle": {"burstLimit": throttle.get("burst_limit", 0), "rateLimit": throttle.get("rate_limit", 0)}
        if throttle
        else None,
        "quota": {"offset": 0, **quota} if quota else None,
    }
    return {"apiStages": stages, **{name: value for name, value in members.items() if value}}


def _id(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _json(body: Mapping[str, Any], call: AwsCall, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"x-amzn-RequestId": call.request_id})
