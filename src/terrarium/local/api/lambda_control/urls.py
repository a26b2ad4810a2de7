"""Function URLs by the API.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from terrarium.local.api.lambda_control.asked import Answer, Asked, Body, Operations, not_found, page
from terrarium.local.api.lambda_control.dependents import belonging, owner
from terrarium.local.api.lambda_control.functions import alive
from terrarium.local.api.lambda_control.names import attributes, described
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.function_names import FunctionName
from terrarium.local.registry import Entry

TYPE = "aws_lambda_function_url"

_AUTH = ("NONE", "AWS_IAM")
_MODES = ("BUFFERED", "RESPONSE_STREAM")


# Bodies and answers have the members that each operation defines.
class FunctionUrlResources:
    """The function URLs of a system.

    Args:
        resources: Where they are recorded and come alive.
        clock: Time.
        arn: The ARN of a function, a version or an alias; it refuses where there is none.
    """

    def __init__(self, resources: Resources, clock: Clock, arn: Callable[[FunctionName], str]) -> None:
        self._resources = resources
        self._clock = clock
        self._arn = arn
        self.operations: Operations = (
            ("POST", "functions/([^/]+)/url", self._create),
            ("PUT", "functions/([^/]+)/url", self._update),
            ("GET", "functions/([^/]+)/url", self._get),
            ("DELETE", "functions/([^/]+)/url", self._delete),
            ("GET", "functions/([^/]+)/urls", self._list),
        )

    async def _create(self, asked: Asked) -> Answer:
        target = asked.target
        arn = self._arn(target)
        if target.qualifier.isdigit() or target.qualifier.startswith("$"):
            raise _invalid("qualifier", target.qualifier, "((?!^\\d+$)^[0-9a-zA-Z-_]+$)")
        if self._find(target) is not None:
            message = (
                f"Failed to create function url config for [functionArn = {arn}]. "
                "Error message:  FunctionUrlConfig exists for this Lambda function"
            )
            raise AwsError("ResourceConflictException", message, 409, Type="User")
        if asked.body.get("AuthType") not in _AUTH:
            raise _invalid("authType", asked.body.get("AuthType"), f"[{', '.join(_AUTH)}]")
        own = {"function_name": target.name, "qualifier": target.qualifier, "function_arn": arn}
        values = own | _values(asked.body) | {"created_at": self._now(), "last_modified_at": self._now()}
        name = target.target.replace(":", "-")
        return 201, _described(await alive(self._resources.put(TYPE, name, values)))

    async def _update(self, asked: Asked) -> Answer:
        values = _values(asked.body) | {"last_modified_at": self._now()}
        return 200, _described(await alive(self._resources.change(self._existing(asked), values)))

    async def _get(self, asked: Asked) -> Answer:
        return 200, _described(self._existing(asked))

    async def _delete(self, asked: Asked) -> Answer:
        await self._resources.remove(self._existing(asked))
        return 204, None

    async def _list(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        found = belonging(self._resources, FunctionName(asked.function), TYPE)
        listed = sorted(map(_described, found), key=_arn_of)
        return 200, page("FunctionUrlConfigs", listed, asked.query, marker=_arn_of)

    def _find(self, target: FunctionName) -> Entry | None:
        return next((entry for entry in self._resources.of(TYPE) if owner(entry) == target), None)

    def _existing(self, asked: Asked) -> Entry:
        self._arn(asked.target)
        entry = self._find(asked.target)
        if entry is None:
            raise not_found("The resource you requested does not exist.")
        return entry

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, as Terraform's attributes.

    Raises:
        AwsError: ``ValidationException``.
    """
    if body.get("AuthType", "NONE") not in _AUTH:
        raise _invalid("authType", body["AuthType"], f"[{', '.join(_AUTH)}]")
    if body.get("InvokeMode", "BUFFERED") not in _MODES:
        raise _invalid("invokeMode", body["InvokeMode"], f"[{', '.join(_MODES)}]")
    auth = {"authorization_type": body["AuthType"]} if body.get("AuthType") else {}
    return auth | attributes(body, ("Cors", "InvokeMode"))


def _described(entry: Entry) -> Body:
    return {
        "FunctionUrl": entry["function_url"],
        "FunctionArn": entry["function_arn"],
        "AuthType": entry["authorization_type"],
        "CreationTime": entry.get("created_at", ""),
        "LastModifiedTime": entry.get("last_modified_at", ""),
        "InvokeMode": entry.get("invoke_mode", "BUFFERED"),
    } | described(entry.values, ("Cors",))


def _arn_of(url: Body) -> str:
    return str(url["FunctionArn"])


def _invalid(name: str, value: object, pattern: str) -> AwsError:
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"Member must satisfy: {pattern}",
    )
