"""Security Token Service: who is calling, and credentials for a role.

It hands out credentials; what a role may do is decided elsewhere.
https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from terrarium.local.api.call import AwsCall, respond
from terrarium.local.api.identity import Credentials, Issued
from terrarium.local.api.query import query_reply, read_query
from terrarium.local.aws_error import AwsError

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_BODY_LIMIT = 256 * 1024

#: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\x21-\x7e]{1,1024}")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SHORTEST, _USUAL, _LONGEST = 900, 3_600, 43_200


class Sts:
    """The ``sts`` signing name.

    Args:
        credentials: Where sessions are minted.
        role_exists: Whether there is a role of an ARN; a session of any other is denied, as AWS does.
    """

    def __init__(self, credentials: Credentials, role_exists: Callable[[str], bool]) -> None:
        self._credentials = credentials
        self._role_exists = role_exists

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        # Every parameter is text until its operation reads it.
        params: dict[str, Any] = read_query(await call.body(_BODY_LIMIT)) or dict(call.request.query)
        operation = str(params.get("Action", call.operation))
        result = self._result(operation, params, call)
        return respond(query_reply(operation, _NAMESPACE, result, call.request_id))

    def _result(self, operation: str, params: Mapping[str, Any], call: AwsCall) -> Mapping[str, Any]:
        if operation == "GetCallerIdentity":
            return {"Arn": call.principal.arn, "UserId": call.principal.user_id, "Account": call.principal.account}
        if operation == "AssumeRole":
            return self._assume_role(params, call)
        if operation == "GetAccessKeyInfo":
            return {"Account": self._credentials.principal(str(params.get("AccessKeyId", ""))).account}
        raise AwsError("InvalidAction", f"Terrarium does not support sts:{operation}")

    def _assume_role(self, params: Mapping[str, Any], call: AwsCall) -> Mapping[str, Any]:
        role_arn = _matching(params, "RoleArn", _ROLE_ARN)
        session_name = _matching(params, "RoleSessionName", _SESSION_NAME)
        seconds = _duration(params)
        if not self._role_exists(role_arn):
            raise AwsError(
                "AccessDenied",
                f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                403,
            )
        return _assumed(self._credentials.assume(role_arn, session_name, seconds))


def _matching(params: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = params.get(name)
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    member = name[0].lower() + name[1:]
    constraint = "Member must not be null"
    if value is not None:
        constraint = f"Member must satisfy regular expression pattern: {pattern.pattern}"
    raise AwsError(
        "ValidationError",
        f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}",
    )


def _duration(params: Mapping[str, Any]) -> int:
    text = str(params.get("DurationSeconds", _USUAL))
    if text.isascii() and text.isdigit() and _SHORTEST <= int(text[:9]) <= _LONGEST:
        return int(text)
    raise AwsError(
        "ValidationError",
        f"1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: "
        f"Member must have value between {_SHORTEST} and {_LONGEST}",
    )


def _assumed(issued: Issued) -> Mapping[str, Any]:
    expires = datetime.fromtimestamp(issued.expires or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Credentials": {
            "AccessKeyId": issued.access_key,
            "SecretAccessKey": issued.secret_key,
            "SessionToken": issued.session_token,
            "Expiration": expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": issued.principal.user_id, "Arn": issued.principal.arn},
    }
