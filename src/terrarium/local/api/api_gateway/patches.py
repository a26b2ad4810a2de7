"""Patch operations, with which API Gateway's first API changes keys and usage plans.

Pure: a resource and operations in, changed attributes out.
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

# What is changed: attributes of any type, as Terraform names them.
Values = dict[str, Any]

_PLAIN: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "/name": ("name", str),
    "/description": ("description", str),
    "/customerId": ("customer_id", str),
    "/productCode": ("product_code", str),
    "/enabled": ("enabled", lambda text: text == "true"),
}
_NESTED: Final[Mapping[str, tuple[str, str, Callable[[str], Any]]]] = {
    "/throttle/rateLimit": ("throttle_settings", "rate_limit", float),
    "/throttle/burstLimit": ("throttle_settings", "burst_limit", int),
    "/quota/limit": ("quota_settings", "limit", int),
    "/quota/offset": ("quota_settings", "offset", int),
    "/quota/period": ("quota_settings", "period", str),
}
_BLOCKS: Final = {"/throttle": "throttle_settings", "/quota": "quota_settings"}


def patched(entry: Entry, operations: Iterable[Mapping[str, Any]]) -> Values:
    """The attributes that operations change.

    Raises:
        AwsError: ``BadRequestException`` for an operation that is none, or a value that does not fit.
    """
    values: Values = {}
    for one in operations:
        op, path, value = str(one.get("op")), str(one.get("path")), str(one.get("value") or "")
        try:
            values |= _changed(entry, values, op, path, value)
        except ValueError as error:
            raise AwsError("BadRequestException", f"Invalid value {value!r} for {path}", 400) from error
    return values


def _changed(entry: Entry, values: Values, op: str, path: str, value: str) -> Values:
    known = {**entry.values, **values}
    if path == "/apiStages" and op in ("add", "remove"):
        api, _, stage = value.partition(":")
        one = {"api_id": api, "stage": stage}
        others = [other for other in known.get("api_stages") or () if other != one]
        return {"api_stages": [*others, one] if op == "add" else others}
    if op == "remove" and path in _BLOCKS:
        return {_BLOCKS[path]: []}
    if op in ("add", "replace") and path in _NESTED:
        block, name, read = _NESTED[path]
        (before,) = known.get(block) or [{}]
        return {block: [{**before, name: read(value)}]}
    if op in ("add", "replace") and path in _PLAIN:
        name, read = _PLAIN[path]
        return {name: read(value)}
    raise AwsError("BadRequestException", f"Invalid patch path '{path}' specified for op '{op}'", 400)
