"""WebSocket APIs: sizes, errors that clients see, and what stays hidden from them."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from tests.fidelity.statement import source
from tests.fidelity.statements.websocket import Client, ask, connect, connection_id, frame, note, silent, text
from tests.fidelity.targets.target import Target

LIMITS = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "apigateway-execution-service-websocket-limits-table.html"
)
ERRORS = "https://repost.aws/knowledge-center/api-gateway-websocket-error"
BINARY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html"
RESPONSES = "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"
FRAME, MESSAGE = 32 * 1024, 128 * 1024


async def close_code(client: Client) -> int | None:
    """Waits for the server to close."""
    message = await client.receive(timeout=10)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}, message
    return client.close_code


def padded(size: int) -> str:
    """A message for the route `tell` of that many bytes."""
    text = json.dumps({"action": "tell", "pad": ""})
    return text[:-2] + "x" * (size - len(text)) + text[-2:]


async def in_frames(client: Client, data: bytes, size: int) -> None:
    """Sends a text message in frames of a size."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    connection = client._response.connection  # aiohttp sends whole messages only
    assert connection
    assert connection.transport
    for number, piece in enumerate(pieces):
        first = (0x80 if number == len(pieces) - 1 else 0) | (0 if number else 1)
        length = len(piece)
        header = bytes([first, 0x80 | 127]) + length.to_bytes(8, "big")
        if length < 126:
            header = bytes([first, 0x80 | length])
        elif length < 65_536:
            header = bytes([first, 0x80 | 126]) + length.to_bytes(2, "big")
        connection.transport.write(header + bytes(4) + piece)


@source(LIMITS)
async def test_whole_frame(target: Target, session: aiohttp.ClientSession) -> None:
    """A frame of exactly 32 KB is taken."""
    async with await connect(session, target) as client:
        await client.send_str(padded(FRAME))
        assert len((await _pieces(client))["body"]) == FRAME


@source(LIMITS)
async def test_frame_too_large(target: Target, session: aiohttp.ClientSession) -> None:
    """A frame over 32 KB closes the connection with code 1009."""
    async with await connect(session, target) as client:
        await client.send_str(padded(FRAME + 1))
        assert await close_code(client) == 1009


@source(LIMITS)
async def test_message_too_large(target: Target, session: aiohttp.ClientSession) -> None:
    """A message over 128 KB, in frames of 32 KB, closes the connection with code 1009."""
    async with await connect(session, target) as client:
        await in_frames(client, b"x" * (MESSAGE + 1), FRAME)
        assert await close_code(client) == 1009


@source(LIMITS)
async def test_message_in_frames(target: Target, session: aiohttp.ClientSession) -> None:
    """A message of 100 KB in frames of 32 KB reaches its function whole."""
    async with await connect(session, target) as client:
        await in_frames(client, json.dumps({"action": "reply", "body": "got it", "pad": "x" * 100_000}).encode(), FRAME)
        assert await text(client) == "got it"


@source(LIMITS)
async def test_too_large_disconnects(target: Target, session: aiohttp.ClientSession) -> None:
    """A connection that was closed for its size has its $disconnect too, with code 1009."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        await client.send_str("x" * (FRAME + 1))
        await close_code(client)
        assert (await note(target, f"left {id}"))["requestContext"]["disconnectStatusCode"] == 1009


@source(LIMITS)
async def test_answer_of_the_limit(target: Target, session: aiohttp.ClientSession) -> None:
    """A message of exactly 128 KB can be posted to a client."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "big", "size": MESSAGE})
        assert len(await text(client)) == MESSAGE


@source(LIMITS)
async def test_answer_too_large(target: Target, session: aiohttp.ClientSession) -> None:
    """A post of more than 128 KB is refused with PayloadTooLargeException."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "big", "size": MESSAGE + 1})
        assert await text(client) == "PayloadTooLargeException"


@source(LIMITS)
async def test_url_too_long(target: Target, session: aiohttp.ClientSession) -> None:
    """A handshake whose URL is longer than 4096 characters is refused."""
    url = target.sockets().url + "?long=" + "x" * 4096
    async with session.get(url.replace("ws", "http", 1), headers=UPGRADE) as answer:
        assert 400 <= answer.status < 500


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@source(BINARY)
async def test_binary_refused(target: Target, session: aiohttp.ClientSession) -> None:
    """WebSocket APIs take no binary frames: one closes the connection with 1003."""
    async with await connect(session, target) as client:
        await client.send_bytes(b"\x00\xff")
        assert await close_code(client) == 1003


@source(BINARY)
async def test_posted_bytes_are_text(target: Target, session: aiohttp.ClientSession) -> None:
    """What a function posts as bytes arrives in a text frame."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "big", "size": 3})
        message = await client.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.TEXT, "xxx")


@source(ERRORS)
async def test_error_frame(target: Target, session: aiohttp.ClientSession) -> None:
    """Where a function raises, the client gets Internal server error with both ids."""
    async with await connect(session, target) as client:
        answer = await ask(client, action="fail")
        assert answer["message"] == "Internal server error"
        assert set(answer) == {"message", "connectionId", "requestId"}


@source(ERRORS)
async def test_error_frame_id(target: Target, session: aiohttp.ClientSession) -> None:
    """The connectionId in an error frame is the connection's own."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        assert (await ask(client, action="fail"))["connectionId"] == id


@source(ERRORS)
async def test_error_hides(target: Target, session: aiohttp.ClientSession) -> None:
    """A handler's own error text never reaches the client."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "fail-two-way"})
        answer = await text(client)
        assert "secret" not in answer
        assert "Internal server error" in answer


@source(ERRORS)
async def test_open_after_error(target: Target, session: aiohttp.ClientSession) -> None:
    """An error of a function leaves the connection open."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "fail"})
        await frame(client)
        await silent(client)


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html")
async def test_malformed_answer(target: Target, session: aiohttp.ClientSession) -> None:
    """A function's answer without a statusCode is an Internal server error to the client."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="malformed"))["message"] == "Internal server error"


@source(RESPONSES)
async def test_function_timeout(target: Target, session: aiohttp.ClientSession) -> None:
    """A function that Lambda stops at its timeout is an Internal server error to the client."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="endless"))["message"] == "Internal server error"


@source("https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html")
async def test_error_is_logged(target: Target, session: aiohttp.ClientSession) -> None:
    """What a function behind a route raises, and the client is not told, is in the function's log."""
    async with await connect(session, target) as client:
        await ask(client, action="fail")
    logs = await asyncio.to_thread(target.client, "logs")
    group = f"/aws/lambda/{target.function_of_route('fail')}"
    for _ in range(100):
        found = await asyncio.to_thread(logs.filter_log_events, logGroupName=group, filterPattern='"a secret"')
        if found["events"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("nothing was logged")


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html")
async def test_plain_request(target: Target, session: aiohttp.ClientSession) -> None:
    """A plain GET of the stage is no connection and is refused."""
    async with session.get(target.sockets().url.replace("ws", "http", 1)) as answer:
        assert 400 <= answer.status < 500


async def _pieces(client: Client) -> dict[str, str]:
    """The event that `tell` posts."""
    event: dict[str, str] = await frame(client)
    return event
