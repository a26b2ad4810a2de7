"""A function that an architecture publishes: a version for each state in which it was brought up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3

from tests.system.conftest import PATIENCE, Up, until

ARCHITECTURE = """
from terrarium import Architecture, aws

app = Architecture("published")
hello = aws.Function(app, "hello", code="code")
api = aws.WebSocketApi(app, "hello", stage="dev")
live = hello.alias("live")
route = api.route("$default", live, two_way=True)
app.output("url", api.url, "Where clients connect")
app.output("version", hello.resource["version"], "The newest")
app.output("arn", hello.resource["qualified_arn"], "Its ARN")
"""
HANDLER = """
def handler(event, context):
    told = [{!r}, context.function_version, context.invoked_function_arn]
    return {{"statusCode": 200, "body": " ".join(told)}} if "requestContext" in event else told
"""


# boto3 makes its clients' classes while it runs: there is no type to name.
def functions(system: Up) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make("lambda", endpoint_url=f"http://127.0.0.1:{system.port}", region_name="us-east-1", **keys)


def answer(system: Up, name: str) -> Any:
    return json.loads(functions(system).invoke(FunctionName=name)["Payload"].read())


def written(folder: Path, said: str) -> Path:
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "hello.py").write_text(HANDLER.format(said))
    file = folder / "architecture.py"
    file.write_text(ARCHITECTURE)
    return file


def test_a_system_publishes_what_has_changed_and_keeps_what_was_published(
    up: Callable[..., Up], tmp_path: Path
) -> None:
    first = up(written(tmp_path, "one"))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:published-hello"
    told = first.status["outputs"]
    assert (told["version"], told["arn"]) == ("1", f"{arn}:1")
    assert answer(first, f"{arn}:1") == ["one", "1", f"{arn}:1"]
    first.process.kill()
    first.process.communicate(timeout=PATIENCE)

    same = up(written(tmp_path, "one"))
    assert same.status["outputs"]["version"] == "1"
    same.end()

    other = up(written(tmp_path, "two"))
    assert other.status["outputs"]["version"] == "2"
    assert [answer(other, f"{arn}:{version}")[0] for version in (1, 2)] == ["one", "two"]
    assert answer(other, arn)[:2] == ["two", "$LATEST"]
    assert answer(other, f"{arn}:live") == ["two", "2", f"{arn}:live"]


def test_a_version_runs_the_code_that_it_was_published_with_while_its_folder_changes(
    up: Callable[..., Up], tmp_path: Path
) -> None:
    system = up(written(tmp_path, "one"))
    written(tmp_path, "two")
    assert answer(system, "published-hello:1")[0] == "one"
    assert answer(system, "published-hello")[0] == "two"


async def test_a_route_runs_the_version_that_its_alias_leads_to(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = await asyncio.to_thread(up, written(tmp_path, "one"))
    async with session.ws_connect(system.url) as connection:
        await connection.send_str("hello")
        text = await asyncio.wait_for(connection.receive_str(), PATIENCE)
    assert text.split()[:2] == ["one", "1"]
    assert text.endswith("published-hello:live")


def test_a_change_that_is_watched_is_published_and_the_alias_moves_on(up: Callable[..., Up], tmp_path: Path) -> None:
    system = up(written(tmp_path, "one"), "--watch")
    assert answer(system, "published-hello:live")[:2] == ["one", "1"]

    def changed() -> bool:
        written(tmp_path, "two")  # again and again: the watch may begin only now
        return bool(answer(system, "published-hello:live")[:2] == ["two", "2"])

    until(changed)
    assert answer(system, "published-hello:1")[:2] == ["one", "1"]
