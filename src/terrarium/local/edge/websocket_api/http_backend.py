"""HTTP integrations' way out: to programs of this machine, and no further.

What an architecture names on the internet is somebody's real service: a laptop that plays with messages must not reach
it. Such a call fails, and the execution log says why.
"""

from __future__ import annotations

import ssl
from typing import Final

import aiohttp
from yarl import URL

from terrarium.local.edge.websocket_api.integration_types import BackendError, HttpRequest, Reply

REPLY_BYTES: Final = 10 * 1024 * 1024
"""Largest reply: API Gateway's payload.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""


class HttpBackend:
    """Calls HTTP endpoints on loopback."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Lets go of its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __call__(self, request: HttpRequest) -> Reply:
        """Sends a request; redirects are for the caller to read.

        Raises:
            BackendError: The endpoint is not on this machine, does not answer, or answers too much.
        """
        url, headers = _here(request)
        if self._session is None:
            # Whoever serves TLS on this machine has told it whom to trust.
            connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                request.method, url, data=request.body or None, headers=headers, allow_redirects=False
            ) as answer:
                raw = await _body(answer)
                return Reply(answer.status, raw.decode("utf-8", "replace"), tuple(answer.headers.items()), raw=raw)
        except (aiohttp.ClientError, OSError) as error:
            raise BackendError(f"{request.url} does not answer: {error}") from error


def _here(request: HttpRequest) -> tuple[URL, dict[str, str]]:
    """The address to connect to, and the headers to send."""
    try:
        url = URL(request.url)
    except ValueError as error:
        raise BackendError(f"{request.url!r} is no URL") from error
    host = (url.host or "").lower()
    headers = dict(request.headers)
    if url.scheme not in ("http", "https") or not _is_loopback(host):
        raise BackendError(f"{request.url} is not on this machine: on the laptop HTTP integrations reach loopback only")
    if host.endswith(".localhost"):
        # Not every resolver knows these names: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
        headers["Host"] = url.authority
        url = url.with_host("127.0.0.1")
    return url, headers


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for piece in answer.content.iter_any():
        data += piece
        if len(data) > REPLY_BYTES:
            raise BackendError(f"the reply is longer than {REPLY_BYTES} bytes")
    return bytes(data)
