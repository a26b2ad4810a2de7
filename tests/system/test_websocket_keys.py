"""API keys and usage plans that an architecture describes: in force as soon as it is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import boto3
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up
from tests.system.test_apply import ENTER, GUARDED


async def test_a_described_key_lets_in_until_it_is_disabled(
    up: Callable[..., Up], tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    system = up(write(tmp_path, more=GUARDED, enter=ENTER))
    gateway = boto3.client(
        "apigateway",
        endpoint_url=f"http://127.0.0.1:{system.port}",
        region_name="us-east-1",
        aws_access_key_id="me",
        aws_secret_access_key="me",
    )
    (key,) = (await asyncio.to_thread(gateway.get_api_keys, includeValues=True))["items"]
    headers = {"x-api-key": key["value"]}
    async with session.ws_connect(system.url, headers=headers):
        pass
    patch = [{"op": "replace", "path": "/enabled", "value": "false"}]
    await asyncio.to_thread(gateway.update_api_key, apiKey=key["id"], patchOperations=patch)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(system.url, headers=headers)
    assert refused.value.status == 403
