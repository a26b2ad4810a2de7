"""The least that a WebSocket server can do with aiohttp: echo, and pass on what is posted for a connection.

``python bare_sockets.py PORT``: ``/echo`` sends back what it is sent; ``/listen`` tells a client its number, and what
is posted to ``/@connections/NUMBER`` reaches it.
"""

from __future__ import annotations

import sys

from aiohttp import WSMsgType, web

SOCKETS: web.AppKey[dict[str, web.WebSocketResponse]] = web.AppKey("sockets")


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Sends every text back."""
    connection = web.WebSocketResponse(compress=False)
    await connection.prepare(request)
    async for message in connection:
        if message.type is WSMsgType.TEXT:
            await connection.send_str(message.data)
    return connection


async def listen(request: web.Request) -> web.WebSocketResponse:
    """Holds a connection that others send to."""
    sockets = request.app[SOCKETS]
    connection = web.WebSocketResponse(compress=False)
    await connection.prepare(request)
    number = str(len(sockets))
    sockets[number] = connection
    await connection.send_str(number)
    async for _ in connection:
        pass
    return connection


async def post(request: web.Request) -> web.Response:
    """Sends to one connection."""
    await request.app[SOCKETS][request.match_info["number"]].send_str((await request.read()).decode())
    return web.Response()


def main(port: int) -> None:
    """Serves until it is ended."""
    app = web.Application()
    app[SOCKETS] = {}
    app.router.add_get("/echo", echo)
    app.router.add_get("/listen", listen)
    app.router.add_post("/@connections/{number}", post)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None, handle_signals=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
