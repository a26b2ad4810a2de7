"""The ``execute-api`` signing name: an API's own address, at which clients connect and backends reach connections.

It finds out which API, stage and connection are meant, and hands the call on; it knows no connections itself.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import unquote

from aiohttp import web
from msgspec import Struct

from terrarium.local.api.call import Answered, AwsCall
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply
from terrarium.local.mapped import Mapped

_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com", re.IGNORECASE)
_CONNECTIONS = "/@connections/"
_BELOW = re.compile(r"/([^/]+)(?:/@connections/([^/]+))?/?")
_BELOW_STAGE = re.compile(r"(?:/@connections/([^/]+))?/?")


class Address(Struct, frozen=True):
    """A stage of an API, or a connection at it.

    Attributes:
        api_id: The API's id.
        stage: The stage's name.
        connection_id: As it stands in the path, quoted or not; empty for the stage itself.
        mapped: What it came through, where it came to a custom domain name; None at the API's own endpoint.
    """

    api_id: str
    stage: str
    connection_id: str = ""
    mapped: Mapped | None = None


class Apis(Protocol):
    """The APIs that are alive."""

    @property
    def sites(self) -> Mapping[str, str]:
        """Their ids, by the names and by the paths (``/chat/talk``) under which this machine knows them."""
        ...

    async def serve(self, address: Address, call: AwsCall) -> web.StreamResponse:
        """Answers a signed request to a stage, or about one of its connections.

        Raises:
            AwsError: There is no such API or stage.
        """
        ...

    def post(self, address: Address, data: bytes) -> Reply:
        """Answers what is posted to a connection; `serve` answers it the same.

        Raises:
            AwsError: There is no such API or stage.
        """
        ...


def below(api_id: str, path: str) -> Address | None:
    """The stage or the connection that a path names below its API's own; None where it names neither.

    Args:
        api_id: The API's id.
        path: For example ``/production/@connections/L0SM9cOFvHcCIhw%3D``.
    """
    found = _BELOW.fullmatch(path)
    return Address(api_id, unquote(found[1]), found[2] or "") if found else None


def below_stage(api_id: str, stage: str, path: str, mapped: Mapped) -> Address | None:
    """The stage or the connection that a path names below a mapping's key; None where it names neither."""
    found = _BELOW_STAGE.fullmatch(path)
    return Address(api_id, stage, found[1] or "", mapped) if found else None


def address(host: str, path: str, sites: Mapping[str, str]) -> Address | None:
    """The stage or the connection that a request is about; None where it is about neither.

    Args:
        host: The Host header, for example ``a1b2c3.execute-api.us-east-1.amazonaws.com``.
        path: The path as sent, still percent-encoded: a connection's id ends in an encoded ``=``.
        sites: Ids of APIs by names and by paths of two parts.
    """
    name = host.partition(":")[0]
    api_id = sites.get(name.lower())
    if api_id is None and (found := _HOST.fullmatch(name)):
        api_id = found[1].lower()
    if api_id is not None:
        return below(api_id, path)
    _, first, second, *rest = [*path.split("/", 3), "", ""]
    api_id = sites.get(f"/{first}/{second}")
    return None if api_id is None else below(api_id, f"/{rest[0]}")


class Domains(Protocol):
    """Custom domain names that lead to APIs."""

    def find(self, host: str, path: str) -> Address | None:
        """The stage or the connection that a request to one of them is about; None where it is to none of them."""
        ...


class ExecuteApi:
    """Hands calls on to the API that they are for.

    Args:
        apis: Those that are alive.
        domains: The custom domain names that lead to them.
    """

    def __init__(self, apis: Apis, domains: Domains) -> None:
        self._apis = apis
        self._domains = domains

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        return await self._apis.serve(self._meant(call), call)

    def answers_directly(self, call: AwsCall) -> bool:
        """What is posted to connections."""
        return _CONNECTIONS in call.head.path

    def begin(self, call: AwsCall, body: bytes, answered: Answered) -> None:
        answered(self._apis.post(self._meant(call), body))

    def _meant(self, call: AwsCall) -> Address:
        """What a call is about."""
        if not call.access_key:
            message = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
            raise AwsError("IncompleteSignatureException", message, 403)
        host, path = call.head.host, call.path
        found = self._domains.find(host, path) or address(host, path, self._apis.sites)
        if found is None:
            # What AWS says where nothing is: https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
            raise AwsError("ForbiddenException", "Forbidden", 403)
        return found
