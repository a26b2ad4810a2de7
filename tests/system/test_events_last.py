"""Events that were accepted are delivered, whatever ends the system before they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, until

# The first that runs says so and never ends; the system is ended under it.
SLOW = """
import os
import time

import boto3

things = boto3.resource("dynamodb").Table(os.environ["THINGS"])


def handler(event, context):
    if "Item" not in things.get_item(Key={"id": "begun"}):
        things.put_item(Item={"id": "begun"})
        time.sleep(50)
    things.put_item(Item={"id": event["id"], "request": context.aws_request_id})
"""


# boto3 makes its clients' classes while it runs: there is no type to name.
def client(system: Up, service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=f"http://127.0.0.1:{system.port}")


def items(system: Up) -> dict[str, str]:
    found = client(system, "dynamodb").scan(TableName="mini-things")["Items"]
    return {item["id"]["S"]: item["request"]["S"] for item in found if "request" in item}


def begun(system: Up) -> bool:
    return bool(client(system, "dynamodb").scan(TableName="mini-things")["Count"])


@pytest.mark.parametrize("ended", ["killed", "down"])
def test_events_that_were_accepted_run_after_the_next_start(up: Callable[..., Up], tmp_path: Path, ended: str) -> None:
    file = write(tmp_path, more='function("slow", timeout=60, concurrency=1)', slow=SLOW)
    system = up(file)
    functions, accepted = client(system, "lambda"), {}
    for id in ("one", "two"):  # one runs, and the other waits: there is one worker
        answer = functions.invoke(FunctionName="mini-slow", InvocationType="Event", Payload=json.dumps({"id": id}))
        accepted[id] = answer["ResponseMetadata"]["RequestId"]
    until(lambda: begun(system))
    if ended == "killed":
        system.process.kill()
        system.process.communicate(timeout=PATIENCE)
    else:
        assert system.end() == 0

    again = up(file)
    until(lambda: items(again) == accepted)
    assert again.end() == 0

    once_more = up(file)
    assert items(once_more) == accepted
