"""``AWS_IAM`` on ``$connect``: who signs is let in, and functions learn who that was."""

from __future__ import annotations

import aiohttp
import pytest

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.context import Caller
from terrarium.local.edge.websocket_api.settings import Integration, Route
from tests.unit.local.edge.websocket_api.gateway import running, settings

ADA = Caller("ASIAADA", "000000000000", "AROAADA:ada", "arn:aws:sts::000000000000:assumed-role/player/ada")
SIGNED = Route("$connect", Integration("$connect"), signed=True)


async def test_an_unsigned_handshake_is_refused_before_any_function_runs() -> None:
    async with running(settings(SIGNED)) as gateway:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await gateway.connect()
        assert refused.value.status == 403
        assert gateway.calls == []


async def test_every_function_of_the_connection_learns_who_signed() -> None:
    async with running(settings(SIGNED, "$default", "$disconnect"), caller=ADA) as gateway:
        async with await gateway.connect() as client:
            await client.send_str("{}")
            await gateway.until("MESSAGE")
        await gateway.until("DISCONNECT")
    for event in gateway.calls:
        identity = event["requestContext"]["identity"]
        assert (identity["userArn"], identity["caller"], identity["user"]) == (ADA.arn, ADA.user_id, ADA.user_id)
        assert (identity["accessKey"], identity["accountId"]) == (ADA.access_key, ADA.account)
        assert identity["cognitoIdentityId"] is None


async def test_a_signature_that_nobody_asked_for_tells_nothing() -> None:
    async with running(settings("$connect"), caller=ADA) as gateway, await gateway.connect():
        assert "userArn" not in (await gateway.until("CONNECT"))["requestContext"]["identity"]


def test_messages_cannot_ask_for_a_signature() -> None:
    with pytest.raises(UserError, match="only \\$connect"):
        settings(Route("join", Integration("join"), signed=True))
