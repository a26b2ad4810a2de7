"""The chat through the laptop cloud: API Gateway, functions and tables as one, and what AWS's own CLI says of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import websockets

if TYPE_CHECKING:
    from tests.live.conftest import Alive, Person

    Enter = Callable[..., Awaitable[Person]]

pytestmark = pytest.mark.slow
PATIENCE = 60.0  # seconds; a limit for what should take one
AWS = str(Path(sys.executable).with_name("aws"))


def called(alive: Alive, command: str, *words: str) -> subprocess.Popen[str]:
    """An AWS CLI at work, of either version: the endpoint is an option, as old ones know no variable for it."""
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    return subprocess.Popen(
        [command, "--endpoint-url", alive.aws, *words],
        env={"PATH": os.environ["PATH"], "AWS_PAGER": "", "PYTHONUNBUFFERED": "1", **keys},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def aws(alive: Alive, *words: str, command: str = AWS) -> Any:
    """What the AWS CLI answers, as JSON."""

    def run() -> str:
        process = called(alive, command, *words, "--output", "json")
        out, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        return out

    return json.loads(await asyncio.to_thread(run))


async def test_people_talk_whisper_and_see_each_other(enter: Enter) -> None:
    ann, bob = await enter("ann", "talk"), await enter("bob", "talk")
    assert (await ann.hear("user_joined"))["username"] == "Bob"
    await ann.say("chat", message="Hello World!")
    assert (await bob.hear("chat"))["message"] == "Hello World!"
    await bob.say("typing_indicator")
    assert (await ann.hear("typing_indicator"))["isTyping"] is True
    await bob.say("private_message", targetUserId="ann", message="Private hello")
    assert (await ann.hear("private_message"))["message"] == "Private hello"
    await bob.say("join_room", roomId="developers")
    assert (await ann.hear("user_left"))["members"] == 1
    await ann.say("room_list")
    listed = await ann.hear("room_list")
    assert {"roomId": "developers", "members": 1} in listed["rooms"]


async def test_a_closed_connection_is_seen(enter: Enter) -> None:
    ann, bob = await enter("ann", "closing"), await enter("bob", "closing")
    await ann.hear("user_joined")
    await bob.socket.close()
    assert (await ann.hear("user_left"))["userId"] == "bob"


async def test_a_type_without_a_route_is_answered_with_an_error(enter: Enter) -> None:
    ann = await enter("ann", "errors")
    await ann.say("shout", message="!")
    assert (await ann.hear("error"))["code"] == "unknown_type"
    await ann.say("history")
    assert (await ann.hear("history"))["messages"] == []


async def test_the_test_url_lets_in_and_a_bad_token_does_not(alive: Alive) -> None:
    async with websockets.connect(alive.outputs["test_connection_url"]) as socket:
        await socket.send('{"type": "chat", "message": "Hello from Python!"}')
        assert json.loads(await socket.recv())["message"] == "Hello from Python!"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(alive.url("eve", token="wrong"))
    assert refused.value.response.status_code == 401


async def test_the_documented_commands_give_real_answers(alive: Alive, enter: Enter) -> None:
    table = alive.outputs["connections_table_name"]
    function = alive.outputs["message_function_name"]
    api_log = f"/aws/apigateway/{alive.outputs['websocket_api_id']}"
    now = datetime.now(UTC)
    ann = await enter("commander", "commands")
    await ann.say("chat", message="logged")
    await ann.hear("chat")

    described, items, events, api_events, configuration, metric = await asyncio.gather(
        aws(alive, "dynamodb", "describe-table", "--table-name", table),
        aws(alive, "dynamodb", "scan", "--table-name", table, "--max-items", "10"),
        aws(alive, "logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{function}"),
        aws(alive, "logs", "filter-log-events", "--log-group-name", api_log),
        aws(alive, "lambda", "get-function", "--function-name", function),
        aws(
            alive,
            *("cloudwatch", "get-metric-statistics", "--namespace", "AWS/DynamoDB"),
            *("--metric-name", "ConsumedReadCapacityUnits", "--dimensions", f"Name=TableName,Value={table}"),
            *("--start-time", (now - timedelta(hours=1)).isoformat()),
            *("--end-time", (now + timedelta(hours=1)).isoformat()),
            *("--period", "3600", "--statistics", "Average"),
        ),
    )  # fmt: skip

    assert described["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["Table"]["SSEDescription"]["SSEType"] == "KMS"
    assert "commander" in {one["userId"]["S"] for one in items["Items"]}
    assert any("REPORT" in one["message"] for one in events["events"])
    assert any(json.loads(one["message"]).get("routeKey") == "chat" for one in api_events["events"])
    assert (configuration["Configuration"]["MemorySize"], configuration["Configuration"]["Timeout"]) == (512, 60)
    # What one call consumes on the average: a consistent read of one small item is a unit, a query of an index a half.
    assert all(0 < point["Average"] <= 2 for point in metric["Datapoints"])
    assert metric["Datapoints"]


@pytest.mark.aws2
@pytest.mark.parametrize("name", ["connect", "message", "disconnect"])
async def test_a_log_is_followed_while_people_talk(alive: Alive, aws2: str, name: str) -> None:
    function = alive.outputs[f"{name}_function_name"]
    following = await asyncio.to_thread(
        called, alive, aws2, "logs", "tail", f"/aws/lambda/{function}", "--follow", "--since", "1s"
    )
    try:
        seen = asyncio.create_task(asyncio.to_thread(first_report, following))
        while not seen.done():  # it follows from some moment on, which it does not tell
            async with websockets.connect(alive.url("follower", f"followed-{name}")) as socket:
                await socket.send('{"type": "room_list"}')
                await socket.recv()
            await asyncio.wait({seen}, timeout=1)
        assert "Billed Duration" in await seen
    finally:
        following.kill()
        following.communicate()


def first_report(process: subprocess.Popen[str]) -> str:
    """The first line that reports an invocation, or what the command said instead."""
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if "REPORT RequestId" in line:
            return line
    return process.stderr.read()
