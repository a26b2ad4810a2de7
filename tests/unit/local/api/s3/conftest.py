"""S3 as clients see it: the service over a real engine, behind the endpoint, on a free port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from terrarium.local.api.call import AwsCall
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.s3 import S3
from terrarium.local.aws_error import AwsError
from terrarium.local.data.objects import Objects
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, client, serving


class Nobody:
    """Answers no service."""

    async def answer(self, call: AwsCall) -> Any:
        raise AwsError("UnknownService", call.service)


@dataclass
class Place:
    """Where S3 is reached, and what is behind it."""

    url: str
    objects: Objects
    clock: ManualClock

    # botocore makes its clients' classes while it runs: there is no type to name.
    def client(self, **config: Any) -> Any:
        return client("s3", self.url, config=config)

    async def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        signed: bool = True,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer to a request as it is written here."""
        sent = {**({"Authorization": self.authorization} if signed else {}), **(headers or {})}
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            url = URL(self.url + path, encoded=True)
            async with session.request(method, url, data=body or None, headers=sent) as answer:
                return answer.status, answer.headers, await answer.read()

    async def spoken(self, first: bytes, then: bytes = b"") -> bytes:
        """All that comes back for bytes; `then` is sent once something has."""
        address = URL(self.url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(first)
        answer = await reader.read(65_536)
        writer.write(then)
        answer += await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    @property
    def authorization(self) -> str:
        """A signature, as far as it is looked at."""
        return "AWS4-HMAC-SHA256 Credential=anyone/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[Place]:
    clock = ManualClock(time.time())  # boto3 signs by the machine's own
    objects = Objects(tmp_path / "objects", clock=clock)
    objects.start()
    service = S3(objects, clock, account=ACCOUNT, own_host="tictactoe.localhost", control=Nobody())
    endpoint = AwsEndpoint({"s3": service}, Nobody(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield Place(url, objects, clock)
    objects.stop()
