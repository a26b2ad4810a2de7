"""What the statements about WebSockets share: frames read as JSON, notes that functions left."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp

from tests.fidelity.targets.target import SECONDS, Target

Client = aiohttp.ClientWebSocketResponse


async def connect(session: aiohttp.ClientSession, target: Target, label: str = "sockets", **options: Any) -> Client:
    """A connection to one of the APIs."""
    # Making it may take many calls, which must not hold up other connections.
    sockets = await asyncio.to_thread(target.sockets, label)
    client: Client = await session.ws_connect(sockets.url, max_msg_size=0, **options)
    return client


async def text(client: Client, seconds: float = SECONDS) -> str:
    """The next message's text."""
    message = await client.receive(timeout=seconds)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return str(message.data)


async def frame(client: Client) -> Any:
    """The next message, which is JSON."""
    return json.loads(await text(client))


async def ask(client: Client, **message: Any) -> Any:
    """Sends a message; returns the answer, which is JSON."""
    await client.send_json(message)
    return await frame(client)


async def connection_id(client: Client) -> str:
    """The id of a connection, as functions see it."""
    event = await ask(client, action="tell")
    return str(event["requestContext"]["connectionId"])


async def silent(client: Client) -> None:
    """Asserts that nothing has arrived before the answer to a message sent now."""
    assert (await ask(client, action="tell", mark="after"))["body"] == '{"action": "tell", "mark": "after"}'


async def note(target: Target, key: str, seconds: float = SECONDS) -> Any:
    """What a function noted under a key, once it has."""
    value, _ = await asyncio.to_thread(noted, target, key, seconds)
    return value


def noted(target: Target, key: str, seconds: float = SECONDS) -> tuple[Any, int]:
    """What a function noted under a key, and how often, once it has."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        item = (
            target.keeper().get_item(TableName=target.notes(), Key={"id": {"S": key}}, ConsistentRead=True).get("Item")
        )
        if item:
            return json.loads(item["value"]["S"]), int(item.get("times", {"N": "1"})["N"])
        time.sleep(0.05)
    raise AssertionError(f"no function noted anything about {key}")


def release(target: Target, name: str) -> None:
    """Lets a function go on that waits."""
    item = {"id": {"S": f"{name} released"}, "value": {"S": '""'}}
    target.keeper().put_item(TableName=target.notes(), Item=item)
