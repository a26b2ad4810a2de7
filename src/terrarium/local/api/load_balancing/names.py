"""Between members of Elastic Load Balancing's answers and Terraform's attributes: the same in other words.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Types.html,
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/lb_listener and its neighbours
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.load_balancing.model import Shape, shape
from terrarium.local.aws_error import AwsError

_WORD = re.compile(r"([a-z0-9])([A-Z])")
#: Members that are called otherwise in Terraform, by their shape; every other one is merely written in another way.
_OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "Action": {
        "RedirectConfig": "redirect",
        "FixedResponseConfig": "fixed_response",
        "ForwardConfig": "forward",
        "AuthenticateOidcConfig": "authenticate_oidc",
        "AuthenticateCognitoConfig": "authenticate_cognito",
    },
    "ForwardActionConfig": {"TargetGroups": "target_group", "TargetGroupStickinessConfig": "stickiness"},
    "TargetGroupTuple": {"TargetGroupArn": "arn"},
    "TargetGroupStickinessConfig": {"DurationSeconds": "duration"},
    "SubnetMapping": {"PrivateIPv4Address": "private_ipv4_address", "IPv6Address": "ipv6_address"},
}
#: A condition's field, with the member that holds its values; Terraform's block is called as the field.
CONDITIONS: Mapping[str, str] = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
#: What holds for the parts of a URL that a redirect leaves out.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
REDIRECT = {"protocol": "#{protocol}", "port": "#{port}", "host": "#{host}", "path": "/#{path}", "query": "#{query}"}


# Members and attributes are of any type.
def attributes(value: Any, of: Shape) -> Any:
    """Members of a shape as Terraform's attributes; a structure within another is a block, which is a list of one."""
    if of.type_name == "list":
        return [attributes(one, of.member) for one in value]
    if of.type_name != "structure":
        return value
    return {_attribute_name(of.name, name): _block(inner, of.members[name]) for name, inner in value.items()}


def _block(value: Any, of: Shape) -> Any:
    found = attributes(value, of)
    return [found] if of.type_name == "structure" else found


def members(values: Any, of: Shape) -> Any:
    """Attributes as members of a shape, those that are there."""
    if of.type_name == "list":
        return [members(one, of.member) for one in (values if isinstance(values, list) else [values])]
    if of.type_name != "structure":
        return values
    (own, *_) = values if isinstance(values, list) else [values]
    given = {name: own.get(_attribute_name(of.name, name)) for name in of.members}
    return {name: members(one, of.members[name]) for name, one in given.items() if one not in (None, "", [], {})}


def _attribute_name(of: str, member: str) -> str:
    return _OTHERWISE.get(of, {}).get(member) or _WORD.sub(r"\1_\2", member).lower()


def actions_as_blocks(given: list[Any]) -> list[dict[str, Any]]:
    """Actions of a call as Terraform's blocks, with what holds where nothing is said."""
    found: list[dict[str, Any]] = attributes(given, shape("Actions"))
    for one in found:
        if one.get("redirect"):
            one["redirect"] = [{**REDIRECT, **one["redirect"][0]}]
        for group in one["forward"][0].get("target_group", ()) if one.get("forward") else ():
            group.setdefault("weight", 1)
    return found


def actions_as_members(blocks: Any) -> list[dict[str, Any]]:
    """Blocks of actions as they are answered: a forward to one group tells it in both ways.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
    """
    found: list[dict[str, Any]] = members(blocks, shape("Actions"))
    for one in found:
        if "RedirectConfig" in one:
            whole = members(REDIRECT, shape("RedirectActionConfig"))
            one["RedirectConfig"] = {**whole, **one["RedirectConfig"]}
        if one["Type"] == "forward":
            _forward(one)
    return found


def _forward(action: dict[str, Any]) -> None:
    config = action.setdefault("ForwardConfig", {})
    config.setdefault("TargetGroups", [{"TargetGroupArn": action.get("TargetGroupArn"), "Weight": 1}])
    config["TargetGroupStickinessConfig"] = {"Enabled": False, **config.get("TargetGroupStickinessConfig", {})}
    if len(config["TargetGroups"]) == 1:
        action["TargetGroupArn"] = config["TargetGroups"][0]["TargetGroupArn"]


def conditions_as_blocks(given: list[Any]) -> list[dict[str, Any]]:
    """Conditions of a call as Terraform's blocks.

    Raises:
        AwsError: ``ValidationError`` for a field that is none, or without values.
    """
    return [_condition(one) for one in given]


def _condition(given: Mapping[str, Any]) -> dict[str, Any]:
    field = given.get("Field") or next((name for name, member in CONDITIONS.items() if member in given), "")
    if field not in CONDITIONS:
        raise AwsError("ValidationError", f"Condition field '{field}' must be one of '[{', '.join(CONDITIONS)}]'")
    config = given.get(CONDITIONS[field], {})
    if "RegexValues" in config or "RegexValues" in given:
        raise AwsError("ValidationError", "Terrarium does not match regular expressions in conditions yet")
    values = config.get("Values") or given.get("Values") or []
    if not values:
        raise AwsError("ValidationError", f"A condition value must be specified for the field '{field}'")
    name = field.replace("-", "_")
    if field == "query-string":
        return {name: [{"key": one.get("Key"), "value": one.get("Value", "")} for one in values]}
    header = {"http_header_name": config.get("HttpHeaderName", "")} if field == "http-header" else {}
    return {name: [{**header, "values": list(values)}]}


def conditions_as_members(blocks: Any) -> list[dict[str, Any]]:
    """Blocks of conditions as they are answered."""
    return [_condition_told(one) for one in (blocks if isinstance(blocks, list) else [blocks])]


def _condition_told(block: Mapping[str, Any]) -> dict[str, Any]:
    name, found = next((name, inner) for name, inner in block.items() if inner)
    field = name.replace("_", "-")
    inner = found if isinstance(found, list) else [found]
    if field == "query-string":
        values = [{"Key": one.get("key"), "Value": one["value"]} for one in inner]
        return {"Field": field, CONDITIONS[field]: {"Values": values}}
    config = {"Values": list(inner[0]["values"])}
    if field == "http-header":
        config = {"HttpHeaderName": inner[0]["http_header_name"], **config}
    legacy = {"Values": config["Values"]} if field in ("host-header", "path-pattern") else {}
    return {"Field": field, **legacy, CONDITIONS[field]: config}
