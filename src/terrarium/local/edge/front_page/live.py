"""What happens, told to every open page over a WebSocket.

A WebSocket rather than server-sent events: browsers open at most six plain connections to a host, and several systems
in several tabs share one. It must not know where lines and events come from, and costs nothing while nobody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import WSCloseCode, web

from terrarium.events import Event
from terrarium.local.clock import Clock
from terrarium.local.edge.front_page.batch import Batch, Facts, shortened
from terrarium.local.edge.front_page.origin import forbidden, is_own

LAST_LINES = 200
PAUSE_SECONDS = 0.1  # in which what happens gathers into one message
_HEARTBEAT_SECONDS = 20
_LONGEST_MESSAGE = 1024  # bytes; pages have nothing to say


class Viewer:
    """One open page: what it was not told yet."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._batch = Batch()
        self._news = asyncio.Event()
        self._waking = False

    def tell(self, add: Callable[[Batch], None]) -> None:
        """Adds something, from any thread."""
        with self._lock:
            add(self._batch)
            waking, self._waking = self._waking, True
        if not waking:
            self._loop.call_soon_threadsafe(self._news.set)

    async def news(self) -> None:
        """Returns once there is something to take."""
        await self._news.wait()

    def take(self) -> dict[str, Any]:  # plain JSON values
        """What it was not told yet."""
        with self._lock:
            self._news.clear()
            self._waking = False
            return self._batch.take()


class Live:
    """Tells pages what happens.

    Args:
        tail: The last log lines, at most so many, oldest first.
        clock: Spaces the messages.
        listen: Has this told of lines and events from the first open page on; what it returns ends that after the last.
    """

    def __init__(
        self,
        tail: Callable[[int], Iterable[Facts]],
        clock: Clock,
        listen: Callable[[], Callable[[], None]] = lambda: lambda: None,
    ) -> None:
        self._tail = tail
        self._listen = listen
        self._listen_no_more: Callable[[], None] = lambda: None
        self._clock = clock
        self._viewers: dict[Viewer, web.WebSocketResponse] = {}

    def line(self, line: Facts) -> None:
        """Tells of a log line, from any thread; returns at once."""
        for viewer in tuple(self._viewers):
            viewer.tell(lambda batch: batch.line(line))

    def event(self, event: Event) -> None:
        """Tells of an event, from any thread; returns at once."""
        for viewer in tuple(self._viewers):
            viewer.tell(lambda batch: batch.event(event))

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        return bool(self._viewers)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Takes a page's connection, for as long as it lasts."""
        if not is_own(request):
            return forbidden()
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LONGEST_MESSAGE)
        if not socket.can_prepare(request):
            return web.json_response({"error": "this is a WebSocket"}, status=426, headers={"Upgrade": "websocket"})
        await socket.prepare(request)
        viewer = Viewer(asyncio.get_running_loop())
        first = {"lines": [shortened(line) for line in self._tail(LAST_LINES)], "lost": 0, "pulses": {}, "first": True}
        if not self._viewers:
            self._listen_no_more = self._listen()
        self._viewers[viewer] = socket
        telling = asyncio.create_task(self._tell(socket, viewer, first))
        try:
            async for _ in socket:
                pass  # a page has nothing to say; this notices when it goes
        finally:
            del self._viewers[viewer]
            if not self._viewers:
                self._listen_no_more()
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        return socket

    async def close(self) -> None:
        """Lets every page go: the system ends."""
        for socket in tuple(self._viewers.values()):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"ended")

    async def _tell(self, socket: web.WebSocketResponse, viewer: Viewer, first: Facts) -> None:
        with contextlib.suppress(ConnectionError):  # the page went: whoever reads notices too
            await socket.send_json(first)
            while True:
                await viewer.news()
                await self._clock.sleep(PAUSE_SECONDS)
                await socket.send_json(viewer.take())
