"""What the terminal and the front page ask a running system: what is alive, what happens, and to end it."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.control_paths import PREFIX, TOKEN_HEADER

# Facts as plain JSON values; a stream of them, one a line.
Facts = Mapping[str, Any]
Follow = Callable[[Mapping[str, str]], AsyncIterator[Facts]]
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Control:
    """Answers below ``/_terrarium``.

    Args:
        status: What is alive, now.
        follow: Log events and other happenings as they come, chosen by a query.
        end: Begins to end the system.
        token: Whoever ends it must know this; it lies in a file that only its owner may read.
        views: What else can be looked at, by the first part of its path.
    """

    def __init__(
        self,
        *,
        status: Callable[[], Facts],
        follow: Follow,
        end: Callable[[], None],
        token: str,
        views: Mapping[str, Handler] | None = None,
    ) -> None:
        self._status = status
        self._follow = follow
        self._end = end
        self._token = token
        self._views = views or {}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        path = request.path.removeprefix(PREFIX)
        view = self._views.get(path.split("/")[1]) if path.startswith("/") else None
        if view is not None and request.method == "GET":
            return await view(request)
        match request.method, path:
            case "GET", "/status":
                return web.json_response(self._status(), headers={"Cache-Control": "no-store"})
            case "GET", "/follow":
                return await self._stream(request)
            case "POST", "/down":
                return self._down(request)
        return web.json_response({"message": "Not found"}, status=404)

    def _down(self, request: web.BaseRequest) -> web.Response:
        if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, ""), self._token):
            return web.json_response({"message": "The token is missing or wrong"}, status=403)
        asyncio.get_running_loop().call_soon(self._end)
        return web.json_response({"message": "Ending"}, status=202)

    async def _stream(self, request: web.BaseRequest) -> web.StreamResponse:
        """Server-sent events to browsers, lines of JSON to others."""
        browser = "text/event-stream" in request.headers.get("Accept", "")
        kind = "text/event-stream" if browser else "application/x-ndjson"
        response = web.StreamResponse(headers={"Content-Type": kind, "Cache-Control": "no-store"})
        try:
            async for facts in self._follow(request.query):
                if not response.prepared:
                    await response.prepare(request)
                line = json.dumps(facts)
                await response.write((f"data: {line}\n\n" if browser else f"{line}\n").encode())
        except UserError as error:
            return web.json_response({"error": error.what, "hint": error.hint}, status=404)
        return response
