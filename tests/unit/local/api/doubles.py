"""Small real parts for tests of the endpoint: a server on a free port, an engine of items, a runner of functions."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from botocore.config import Config

from terrarium.local.aws_error import AwsError

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tictactoe-joinQueue"


@asynccontextmanager
async def serving(handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """The address of a server on a free port whose every request goes to `handle`."""
    runner = web.ServerRunner(web.Server(handle, auto_decompress=False, lingering_time=0.2))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


# botocore makes its clients' classes while it runs: there is no type to name.
def client(service: str, url: str, **settings: Any) -> Any:
    """A boto3 client of one service, which never tries a call again."""
    config = Config(retries={"total_max_attempts": 1}, **settings.pop("config", {}))
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"} | settings
    make: Any = boto3.client  # typed by one overload for each service, of which none fits a service given as text
    return make(service, region_name="us-east-1", endpoint_url=url, config=config, **keys)


async def command_line(url: str, *arguments: str) -> str:
    """What the AWS command line prints; skips the test where there is none."""
    command = shutil.which("aws", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if command is None:
        pytest.skip("the AWS command line is not installed")
    process = await asyncio.create_subprocess_exec(
        *(command, "--endpoint-url", url, *arguments), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def until(holds: Callable[[], bool]) -> None:
    """Returns once something holds that another process brings about; the test's own time limit bounds it."""
    while not holds():  # noqa: ASYNC110  # another process sets no event here
        await asyncio.sleep(0.01)


class Items:
    """Keeps items by their `id`, as a table engine would."""

    recalls = frozenset({"GetItem"})

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        tell(None)

    def run(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "PutItem":
            if "ConditionExpression" in body and body["Item"]["id"]["S"] in self.items:
                raise AwsError(
                    "ConditionalCheckFailedException",
                    "The conditional request failed",
                    Item=self.items[body["Item"]["id"]["S"]],
                )
            self.items[body["Item"]["id"]["S"]] = body["Item"]
            return {}
        if operation == "GetItem":
            found = self.items.get(body["Key"]["id"]["S"])
            return {"Item": found} if found else {}
        if operation == "Scan":
            return {"Items": list(self.items.values()), "Count": len(self.items), "ScannedCount": len(self.items)}
        raise AwsError("UnknownOperationException", f"{operation} is unknown")

    def recalled(self, operation: str, text: bytes) -> bytes | None:
        """It forgets at once."""
        del operation, text
        return None

    def remember(self, operation: str, text: bytes, answer: bytes) -> None:
        """It forgets at once."""


class OneStream:
    """The streams' side of `Items`: one stream without records."""

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        tell(None)

    def run(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation != "ListStreams":
            raise AwsError("UnknownOperationException", f"{operation} is unknown")
        return {"Streams": [{"StreamArn": "arn:stream", "TableName": "Items", "StreamLabel": "label"}]}


@dataclass(frozen=True)
class Settings:
    name: str
    code: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    handler: str = "index.handler"
    runtime: str = "python3.11"
    timeout: float = 3.0
    memory: int = 128
    role: str = ROLE
    version: str = "$LATEST"
    reserved_concurrency: int | None = None
    ephemeral_storage: int = 512

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{self.name}"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class Outcome:
    payload: bytes
    error: str | None = None
    request_id: str = "8f5d7c50-0000-4000-8000-000000000000"
    log_tail: bytes = b"START\nEND\n"
    executed_version: str = "$LATEST"


class Runner:
    """Runs functions that are Python callables."""

    def __init__(self, settings: Mapping[str, Settings], run: Callable[[Any], Any]) -> None:
        self.settings = settings
        self.run = run
        self.queued: list[bytes] = []
        self.contexts: list[bytes | None] = []

    def get(self, name: str) -> Settings:
        own = name.removesuffix(":$LATEST")
        if own not in self.settings:
            raise AwsError("ResourceNotFoundException", f"Function not found: {name}", 404)
        return self.settings[own]

    async def invoke(
        self,
        name: str,
        payload: bytes,
        *,
        client_context: bytes | None = None,
        trace: str = "",
        with_log: bool = False,
    ) -> Outcome:
        self.get(name)
        self.contexts.append(client_context)
        try:
            return Outcome(json.dumps(self.run(json.loads(payload))).encode())
        except ValueError as fault:
            shape = {"errorMessage": str(fault), "errorType": "ValueError", "stackTrace": []}
            return Outcome(json.dumps(shape).encode(), "Unhandled")

    def invoke_async(self, name: str, payload: bytes) -> str:
        self.get(name)
        self.queued.append(payload)
        return "11111111-0000-4000-8000-000000000000"


class Refusing:
    """A fallback for tests in which nothing should reach it."""

    async def answer(self, call: Any) -> web.StreamResponse:
        raise AwsError("UnsupportedOperation", f"nothing answers {call.service}")
