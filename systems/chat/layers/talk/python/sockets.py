"""Messages to browsers, through the API's management endpoint. It knows connections by their ids, and no rooms."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Events are API Gateway's JSON: they have no static type.
Event = Mapping[str, Any]
Message = Mapping[str, Any]

SENDERS = 16  # messages on their way at once
CONFIG = Config(max_pool_connections=SENDERS, retries={"mode": "standard", "total_max_attempts": 8})


class SettingMissingError(Exception):
    """An environment variable of the function is not set."""


def setting(name: str) -> str:
    """The environment variable `name`; SettingMissingError says which one is absent and who sets it."""
    value = os.environ.get(name)
    if not value:
        raise SettingMissingError(
            f"The environment variable {name} is not set: the architecture passes it to this function"
        )
    return value


@cache
def _api() -> Any:
    return boto3.client("apigatewaymanagementapi", endpoint_url=setting("API_ENDPOINT"), config=CONFIG)


def caller(event: Event) -> str:
    """The id of the connection that an event came over."""
    return str(event["requestContext"]["connectionId"])


def send(connection_id: str, message: Message) -> bool:
    """Sends JSON; False if the connection is gone.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    """
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        _api().post_to_connection(ConnectionId=connection_id, Data=data)
    except ClientError as error:
        if error.response["Error"]["Code"] == "GoneException":
            return False
        raise
    return True


def broadcast(connection_ids: Iterable[str], message: Message) -> list[str]:
    """Sends everybody the same; returns the connections that are gone. Who cannot be reached holds up nobody else."""

    def attempt(connection_id: str) -> bool:
        try:
            return send(connection_id, message)
        except ClientError as error:
            print(f"not sent to {connection_id}: {error}")  # noqa: T201  # a function's log is what it prints
            return True

    ids = list(connection_ids)
    with ThreadPoolExecutor(max_workers=SENDERS) as senders:
        arrived = list(senders.map(attempt, ids))
    return [connection_id for connection_id, there in zip(ids, arrived, strict=True) if not there]


def close(connection_id: str) -> None:
    """Closes a connection; one that is gone is closed already."""
    try:
        _api().delete_connection(ConnectionId=connection_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "GoneException":
            raise
