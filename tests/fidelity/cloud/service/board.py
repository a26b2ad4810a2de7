"""The program behind the load balancer: it does as the path asks."""

from __future__ import annotations

import asyncio
import os

from aiohttp import WSMsgType, web


async def tell(request: web.Request) -> web.Response:
    """What arrived here."""
    headers = [[name, value] for name, value in request.headers.items()]
    told = {
        "who": os.environ.get("WHO", ""),
        "method": request.method,
        "path": request.raw_path,
        "headers": headers,
        "body": await request.text(),
    }
    return web.json_response(told, headers={"X-Of-The-Target": "yes", "Server": "board"})


async def status(request: web.Request) -> web.Response:
    return web.Response(status=int(request.match_info["status"]), text="in the target's own words")


async def cut(request: web.Request) -> web.Response:
    """Goes without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def garbage(request: web.Request) -> web.Response:
    """Answers with what is no HTTP."""
    assert request.transport is not None
    request.transport.write(b"this is no HTTP at all\r\n\r\n")
    await asyncio.sleep(0.05)
    request.transport.abort()
    return web.Response()


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Echoes."""
    answer = web.WebSocketResponse(protocols=["chat"])
    await answer.prepare(request)
    async for message in answer:
        if message.type is WSMsgType.TEXT:
            await answer.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await answer.send_bytes(message.data)
    return answer


def application() -> web.Application:
    app = web.Application()
    app.router.add_get("/socket", socket)
    app.router.add_get("/cut", cut)
    app.router.add_get("/garbage", garbage)
    app.router.add_route("*", "/status/{status}", status)
    app.router.add_route("*", "/{path:.*}", tell)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
