"""What goes wrong is said in one message, and nothing else suffers."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up, living, terrarium

BROKEN = {
    "syntax": "def handler(event, context:\n    pass\n",
    "importing": "raise RuntimeError('no luck')\n\ndef handler(event, context):\n    return {}\n",
    "endless": "import time\n\ndef handler(event, context):\n    while True:\n        time.sleep(1)\n",
    "talkative": "def handler(event, context):\n    print('x' * 10_000_000)\n    return {'statusCode': 200}\n",
    "settingless": "import os\n\ndef handler(event, context):\n    return os.environ['NO_SUCH_TABLE']\n",
}
ROUTES = "".join(f'api.route("{name}", function("{name}", timeout=1))\n' for name in BROKEN)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all: each test calls a function of its own."""
    folder = tmp_path_factory.mktemp("broken")
    with living(folder, str(write(folder, more=ROUTES, **BROKEN))) as one:
        yield one


@pytest.mark.parametrize("action", ["syntax", "importing", "endless", "settingless"])
async def test_a_handler_that_fails_tells_the_client_nothing_and_its_log_everything(
    broken: Up, session: aiohttp.ClientSession, action: str
) -> None:
    reasons = {
        "syntax": "Runtime.UserCodeSyntaxError",
        "importing": "no luck",
        "endless": "Task timed out after 1.00 seconds",
        "settingless": "KeyError",
    }
    async with session.ws_connect(broken.url) as client:
        await client.send_json({"action": action})
        frame = json.loads((await client.receive(timeout=30)).data)
        assert set(frame) == {"message", "connectionId", "requestId"}
        assert frame["message"] == "Internal server error"
        await client.send_str("others work")
        assert (await client.receive(timeout=30)).data == "others work"
    for _ in range(100):
        if reasons[action] in broken.terrarium("logs", action).stdout:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(broken.terrarium("logs", action).stdout)


async def test_a_handler_that_prints_ten_megabytes_blocks_nobody(broken: Up, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(broken.url) as client:
        await client.send_json({"action": "talkative"})
        await client.send_str("meanwhile")
        assert (await client.receive(timeout=30)).data == "meanwhile"


async def test_unkind_clients_hurt_nobody_else(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path))
    async with session.ws_connect(system.url) as kind:
        async with session.ws_connect(system.url) as large:
            await large.send_str("x" * 1_000_000)
            assert (await large.receive(timeout=30)).type is aiohttp.WSMsgType.CLOSE
            assert large.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        async with session.ws_connect(system.url) as binary:
            await binary.send_bytes(b"\x00\xff")
            assert (await binary.receive(timeout=30)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.TEXT}
        half = await session.ws_connect(system.url)
        vanish(half, b"\x81\xfe\x40\x00abcd")  # half of a text frame that announces far more
        eager = await session.ws_connect(system.url)
        # As many as the server lets in: it stops reading whoever sends faster than functions work.
        flood = asyncio.gather(*(eager.send_str(f"{number}") for number in range(10_000)))
        assert (await eager.receive(timeout=60)).data.isdecimal()
        await kind.send_str("still served")
        assert (await kind.receive(timeout=60)).data == "still served"
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
        vanish(eager)


def vanish(client: aiohttp.ClientWebSocketResponse, last: bytes = b"") -> None:
    """Goes without a close frame."""
    connection = client._response.connection  # aiohttp offers no way to do this on purpose
    assert connection is not None
    assert connection.transport is not None
    connection.transport.write(last)
    connection.transport.abort()


def test_what_does_nothing_here_is_said_and_the_rest_lives(up: Callable[..., Up], tmp_path: Path) -> None:
    more = """
app.add("aws_apigatewayv2_api", "rest", name="rest", protocol_type="HTTP")
aws.Function(app, "other", code="code", runtime="ruby3.3")
"""
    status = up(write(tmp_path, more=more)).status
    notes = {one["address"]: one["note"] for one in status["resources"] if one["state"] == "unsupported"}
    assert notes == {
        "aws_apigatewayv2_api.rest": "only WebSocket APIs come alive yet",
        "aws_lambda_function.other": "Python and Node run here, not ruby3.3",
    }


def test_a_broken_architecture_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, more='aws.Table(app, "players", key="id", nme="x")\n')
    result = terrarium(tmp_path, "up", str(file), "--port", "0")
    assert result.returncode == 2
    assert "architecture.py:" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_system_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    result = terrarium(tmp_path, "up", "tictactow")
    assert result.returncode == 2
    assert "did you mean 'tictactoe'?" in result.stderr


def test_a_port_that_something_else_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = terrarium(tmp_path, "up", str(write(tmp_path)), "--port", str(port))
    assert result.returncode == 1
    assert f"port {port} is in use by another program" in result.stderr
    assert "--port" in result.stderr


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = write(tmp_path)
    (tmp_path / ".terrarium").write_text("a file in its place")
    result = terrarium(tmp_path, "up", str(file), "--port", "0")
    assert result.returncode == 1
    assert "the state in .terrarium/mini/ cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("value", "message"),
    [("nonsense", "has no value"), ("sise=t3.small", "did you mean 'size'?"), ("size=huge", "it must be one of")],
)
def test_a_wrong_variable_is_explained(tmp_path: Path, value: str, message: str) -> None:
    file = write(tmp_path, more='app.variable("size", "small", "Size", one_of=["small", "large"])\n')
    result = terrarium(tmp_path, "up", str(file), "--port", "0", "--var", value)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr


async def test_names_of_other_machines_are_refused(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path))
    url = f"http://127.0.0.1:{system.port}/"
    async with session.get(url, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 421
    async with session.get(url, headers={"Host": "localhost"}) as answer:
        assert answer.status == 200
