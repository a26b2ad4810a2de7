"""The board over HTTP: the page at `/`, the queue's address at `/config.json`, the game at `/board`.

It turns requests into calls of the room and knows no rule of the game.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from board.room import Room, Visitor
from board.settings import Settings

LOG = logging.getLogger("board")
LONGEST_MESSAGE = 1024  # bytes; the longest that the page sends is a hello of about 150
MOST_VISITORS = 2000
HEARTBEAT = 20.0  # seconds; a load balancer closes connections that are silent for 60
SOCKETS = web.AppKey("sockets", set[web.WebSocketResponse])


def make_app(settings: Settings, room: Room) -> web.Application:
    """The service around a room; it runs the room's loop while it is up."""
    app = web.Application()
    app.on_response_prepare.append(security_headers(settings))
    app[SOCKETS] = set()
    app.cleanup_ctx.append(running(room))
    app.on_shutdown.append(close_sockets)
    app.router.add_get("/", page(settings))
    app.router.add_get("/config.json", config(settings))
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/board", board(room))
    app.router.add_static("/", settings.web_folder)
    return app


def page(settings: Settings) -> Any:
    """Serve the page itself; browsers ask again each time, and mostly learn that nothing changed."""

    async def index(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(settings.web_folder / "index.html")

    return index


def config(settings: Settings) -> Any:
    """Serve what the page cannot know by itself."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"queueUrl": settings.queue_url}, headers={"Cache-Control": "no-store"})

    return answer


async def healthy(_: web.Request) -> web.Response:
    """Say that the service answers. It asks nobody else: a slow table must not take the board out of service."""
    return web.Response(text="ok")


def board(room: Room) -> Any:
    """Serve the game to one browser until it leaves."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if len(room) >= MOST_VISITORS:
            raise web.HTTPServiceUnavailable(text="The board is full: try again later", headers={"Retry-After": "30"})
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE, compress=False)
        await socket.prepare(request)
        visitor = room.enter(cut=lambda: cut(request))
        request.app[SOCKETS].add(socket)
        telling = asyncio.create_task(tell(socket, visitor))
        try:
            await listen(socket, room, visitor)
        finally:
            telling.cancel()
            request.app[SOCKETS].discard(socket)
            room.leave(visitor)
        return socket

    return answer


def cut(request: web.Request) -> None:
    """End a connection without waiting for the other side."""
    if request.transport is not None:
        request.transport.abort()


async def listen(socket: web.WebSocketResponse, room: Room, visitor: Visitor) -> None:
    """Hear a browser out; one that floods or does not speak JSON is shown the door."""
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"The board reads JSON text")
        elif not visitor.words.spend():
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"Too many messages")
        else:
            message = parse(frame.data)
            if message is None:
                await socket.close(code=WSCloseCode.INVALID_TEXT, message=b"The board reads JSON objects")
            else:
                await room.hear(visitor, message)


def parse(text: str) -> dict[str, Any] | None:
    """A message as a JSON object, None if it is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


async def tell(socket: web.WebSocketResponse, visitor: Visitor) -> None:
    """Send a browser what it is to be told, in order, until it leaves."""
    with suppress(ConnectionError):  # `listen` sees the end as well, and tidies up
        while True:
            await socket.send_str(await visitor.next())


def running(room: Room) -> Any:
    """Run the room's loop beside the server. Without it the service is of no use, so it ends if the loop does."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            LOG.critical("The room stopped", exc_info=task.exception())
            signal.raise_signal(signal.SIGTERM)

    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(room.run())
        task.add_done_callback(ended)
        yield
        task.cancel()

    return context


async def close_sockets(app: web.Application) -> None:
    """Tell every browser that the board goes away; the page comes back by itself."""
    goodbyes = [socket.close(code=WSCloseCode.GOING_AWAY, message=b"The board restarts") for socket in app[SOCKETS]]
    await asyncio.gather(*goodbyes, return_exceptions=True)


def security_headers(settings: Settings) -> Any:
    """Let the page load and reach only what is its own, and the queue."""
    queue = urlsplit(settings.queue_url)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
        f"connect-src 'self' {queue.scheme}://{queue.netloc}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }

    async def add(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        response.headers.setdefault("Cache-Control", "no-cache")

    return add
