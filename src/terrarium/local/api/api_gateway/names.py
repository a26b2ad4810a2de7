"""Between the members of API Gateway's answers and Terraform's attributes, which say the same in other words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.api_gateway.collections import Collection

_WORD = re.compile(r"([a-z0-9])([A-Z])")
#: Members that are called otherwise in Terraform: https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/apigatewayv2_integration
_OTHERWISE = {"timeoutInMillis": "timeout_milliseconds", "identitySource": "identity_sources"}
_BACK = {attribute: member for member, attribute in _OTHERWISE.items()}
#: Structures, which are blocks; every other object is a map whose keys are the user's own.
_BLOCKS = frozenset({"accessLogSettings", "defaultRouteSettings"})
#: Attributes that are Terraform's own, or stand for the id.
_NOT_TOLD = frozenset({"id", "arn", "execution_arn", "invoke_url", "tags_all"})


# Members and attributes are of any type.
def attributes(body: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
    """A call's body as Terraform's attributes."""
    found = {_attribute_name(name, collection): _attribute(name, value) for name, value in body.items()}
    if collection.id == "routeId" and isinstance(asked := found.pop("request_parameters", None), Mapping):
        found["request_parameter"] = [
            {"request_parameter_key": key, "required": bool(one.get("required"))} for key, one in asked.items()
        ]
    return {name: value for name, value in found.items() if value is not None}


def described(values: Mapping[str, Any], collection: Collection) -> dict[str, Any]:
    """A resource as it is answered."""
    told = {name: value for name, value in values.items() if name not in _NOT_TOLD and value not in (None, "", [])}
    if collection.parent:
        told.pop(collection.parent, None)
        told.pop("api_id", None)
    if collection.id == "stageName":
        told.pop("name", None)
    if (asked := told.pop("request_parameter", None)) is not None:
        told["request_parameters"] = {one["request_parameter_key"]: {"required": one["required"]} for one in asked}
    return {collection.id: values["id"]} | {_member_name(name): _member(name, value) for name, value in told.items()}


def _attribute_name(member: str, collection: Collection) -> str:
    if member == "stageName":
        return "name"
    if member == collection.id:
        return "id"
    return _OTHERWISE.get(member) or _snake(member)


def _attribute(member: str, value: Any) -> Any:
    if member in _BLOCKS:
        return [{_snake(name): inner for name, inner in value.items()}] if value else []
    if member == "routeSettings":
        return [{"route_key": key} | {_snake(name): inner for name, inner in one.items()} for key, one in value.items()]
    return value


def _member_name(attribute: str) -> str:
    return _BACK.get(attribute) or _camel(attribute)


def _member(attribute: str, value: Any) -> Any:
    if attribute == "route_settings":
        return {one["route_key"]: _inner({k: v for k, v in one.items() if k != "route_key"}) for one in value}
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        return _inner(value[0])
    return value


def _inner(block: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(name): value for name, value in block.items() if value is not None}


def _snake(member: str) -> str:
    return _WORD.sub(r"\1_\2", member).lower()


def _camel(attribute: str) -> str:
    first, *others = attribute.split("_")
    return first + "".join(word.capitalize() for word in others)
