"""The second argument of a handler.

See https://docs.aws.amazon.com/lambda/latest/dg/python-context.html.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from terrarium.local.compute.functions.lambda_runtime.client import Invocation


class _Record:
    """Named members that are None where the caller sent nothing."""

    names: tuple[str, ...] = ()

    # The members are whatever JSON the caller put there.
    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in self.names:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        members = ",".join(f"{name}={getattr(self, name)}" for name in self.names)
        return f"{type(self).__name__}([{members}])"


class CognitoIdentity(_Record):
    """Who called, if they came through Amazon Cognito."""

    names = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    """The mobile application that called."""

    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    """What the calling SDK sent along."""

    names = ("custom", "env", "client")

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        client = values.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


class LambdaContext:
    """What a handler may ask about its invocation, its function and its environment."""

    function_name: str | None
    function_version: str | None
    memory_limit_in_mb: str | None
    log_group_name: str | None
    log_stream_name: str | None

    def __init__(self, invocation: Invocation) -> None:
        self.aws_request_id = invocation.request_id
        self.invoked_function_arn = invocation.function_arn
        self.tenant_id = invocation.tenant_id
        vars(self).update(_environment())
        sent = invocation.client_context
        self.client_context = ClientContext(json.loads(sent)) if sent else None
        self.identity = _identity(invocation.identity)
        self._deadline_ms = invocation.deadline_ms

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation times out, never below zero."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Writes to the function's log, without a level or a time."""
        print(message)  # noqa: T201 - standard output is the log

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return f"LambdaContext([{','.join(f'{name}={value}' for name, value in shown.items())}])"


@functools.cache
def _environment() -> dict[str, str | None]:
    """What the environment says of itself, read once: it is the same for all its invocations."""
    return {
        "function_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
        "function_version": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION"),
        "memory_limit_in_mb": os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        "log_group_name": os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME"),
        "log_stream_name": os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME"),
    }


def _identity(text: str | None) -> CognitoIdentity:
    sent = json.loads(text) if text else {}
    return CognitoIdentity(
        {
            "cognito_identity_id": sent.get("cognitoIdentityId"),
            "cognito_identity_pool_id": sent.get("cognitoIdentityPoolId"),
        }
    )
