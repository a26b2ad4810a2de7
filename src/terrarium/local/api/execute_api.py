"""The ``execute-api`` signing name: an API's own host, of which SDKs call the ``@connections`` of WebSocket APIs.

It finds out which API, stage and connection are meant, and hands the request on; it knows no connections itself.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from terrarium.local.api.call import AwsCall
from terrarium.local.aws_error import AwsError

#: Path-style addresses, for clients that cannot resolve an API's host name: ``/_aws/execute-api/{api}/{stage}/…``.
PATH_STYLE = "/_aws/execute-api/"

_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.")


@dataclass(frozen=True, slots=True)
class ConnectionAddress:
    """Which connection of which API's stage a management call is about."""

    api_id: str
    stage: str
    connection_id: str


Manage = Callable[[ConnectionAddress, web.BaseRequest], Awaitable[web.StreamResponse]]


def connection_address(host: str, path: str) -> ConnectionAddress | None:
    """The connection that a request is about, or None where it is about no connection.

    Args:
        host: The Host header, for example ``a1b2c3.execute-api.us-east-1.amazonaws.com``.
        path: The path as sent, still percent-encoded: a connection id ends in an encoded ``=``.
    """
    api_id = ""
    if path.startswith(PATH_STYLE):
        api_id, _, path = path[len(PATH_STYLE) :].partition("/")
    elif found := _HOST.match(host.lower()):
        api_id = found[1]
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if not api_id or len(parts) != 3 or parts[1] != "@connections" or not parts[2]:
        return None
    return ConnectionAddress(unquote(api_id), parts[0], parts[2])


class ExecuteApi:
    """Hands calls about connections to the API that holds them.

    Args:
        manage: Answers a call about one connection; raises AwsError where there is no such API or stage.
    """

    def __init__(self, manage: Manage) -> None:
        self._manage = manage

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        address = connection_address(call.request.host, call.path)
        if address is None:
            raise AwsError(
                "ForbiddenException",
                "The management endpoint of a WebSocket API is its stage's address: "
                f"https://{{api}}.execute-api.{{region}}.amazonaws.com/{{stage}} or {PATH_STYLE}{{api}}/{{stage}}",
                403,
            )
        return await self._manage(address, call.request)
