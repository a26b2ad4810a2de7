"""A server on a free port for one handler, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer, TestClient

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[TestClient[web.BaseRequest, None]]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(handler: Handler) -> TestClient[web.BaseRequest, None]:
            server = await stack.enter_async_context(RawTestServer(handler))
            return await stack.enter_async_context(TestClient(server))

        yield start
