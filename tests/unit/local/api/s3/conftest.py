"""S3 as clients see it: the service over a real engine, behind the endpoint, on a free port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[Place]:
    clock = ManualClock()
    objects = Objects(tmp_path / "objects", clock=clock)
    objects.start()
    service = S3(objects, clock, account=ACCOUNT, own_host="tictactoe.localhost", control=Nobody())
    endpoint = AwsEndpoint({"s3": service}, Nobody(), Credentials(ACCOUNT, clock))
    async with serving(endpoint.handle) as url:
        yield Place(url, objects, clock)
    objects.stop()
