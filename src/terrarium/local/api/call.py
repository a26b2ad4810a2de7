"""One AWS call as the services see it, and what a service is.

The one place in this folder, with the endpoint, that knows the web server's requests.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from aiohttp import web
from msgspec import Struct

from terrarium.local.api.identity import Principal
from terrarium.local.api.protocols import Wire
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Head, Reply

#: The largest documented body of a service that is ours is DynamoDB's 16 MB of BatchWriteItem.
#: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BODY_LIMIT = 16 * 1024 * 1024

_GZIP_MAGIC = b"\x1f\x8b"


class AwsCall(Struct):
    """One call.

    Attributes:
        head: The request without its body.
        service: Signing name, for example ``dynamodb``.
        region: Region of the credential scope.
        principal: Who calls.
        operation: The operation's name, empty where only the path or body tells.
        api: What stands before that in ``X-Amz-Target``, for example ``DynamoDB_20120810``; empty where nothing does.
        request_id: The id that the answer carries.
        wire: How answers are written.
        access_key: The access key that it carries; empty where it is unsigned.
    """

    head: Head
    service: str
    region: str
    principal: Principal
    operation: str
    request_id: str
    wire: Wire
    access_key: str = ""
    api: str = ""
    _request: web.BaseRequest | None = None
    _body: bytes | None = None
    _raw: bytes | None = None

    @property
    def request(self) -> web.BaseRequest:
        """The web server's request, whose body is read at most once, through `body`; none where it was passed by."""
        assert self._request is not None, "this call is answered directly: its service is given the body"
        return self._request

    @property
    def path(self) -> str:
        """The path as the client sent it, percent-encoding kept, without the query."""
        return self.head.path if self._request is None else self._request.rel_url.raw_path

    @property
    def body_was_read(self) -> bool:
        return self._body is not None

    @property
    def held_body(self) -> bytes:
        """The body as far as it was read already."""
        return self._body or b""

    @property
    def sent_body(self) -> bytes | None:
        """The body as it was sent, where it was read already."""
        return self._raw

    async def body(self, limit: int = BODY_LIMIT) -> bytes:
        """The body, decompressed.

        Raises:
            AwsError: ``RequestEntityTooLargeException`` (413) past `limit` bytes.
        """
        if self._body is None:
            raw = await self.raw_body(limit)
            packed = raw[:2] == _GZIP_MAGIC and self.request.headers.get("Content-Encoding", "").lower() == "gzip"
            self._body = _unpack(raw, limit) if packed else raw
        return self._body

    async def raw_body(self, limit: int = BODY_LIMIT) -> bytes:
        """The body as it was sent, which is what is signed.

        Raises:
            AwsError: ``RequestEntityTooLargeException`` (413) past `limit` bytes.
        """
        if self._raw is None:
            length = self.request.content_length
            whole = length is not None and length <= limit
            self._raw = await (self.request.content.read() if whole else self._read_bounded(limit))
        elif len(self._raw) > limit:
            raise _too_large(limit)
        return self._raw

    async def _read_bounded(self, limit: int) -> bytes:
        if (self.request.content_length or 0) > limit:
            raise _too_large(limit)
        held = bytearray()
        async for chunk in self.request.content.iter_any():
            held += chunk
            if len(held) > limit:
                raise _too_large(limit)
        return bytes(held)


def _unpack(packed: bytes, limit: int) -> bytes:
    """Unpacks a compressed body, never further than `limit`, whatever it claims to hold."""
    try:
        plain = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(limit + 1)
    except (OSError, EOFError) as fault:
        raise AwsError("SerializationException", "The request body is not valid gzip") from fault
    if len(plain) > limit:
        raise _too_large(limit)
    return plain


def _too_large(limit: int) -> AwsError:
    return AwsError("RequestEntityTooLargeException", f"Request body exceeds {limit} bytes", 413)


class Service(Protocol):
    """What answers the calls of one AWS service."""

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        """Answers one call.

        Raises:
            AwsError: The call is refused; the endpoint writes the refusal in the call's own protocol.
        """
        ...


#: Takes the result of a call, or why it is refused; called exactly once.
Answered = Callable[[Reply | AwsError], None]


@runtime_checkable
class DirectService(Service, Protocol):
    """A service some of whose calls are answered without the web server, which costs more than they do.

    The endpoint asks `answers_directly` of every plain call (`edge/heads.py`) and gives those to `begin`. All of them
    may also come through `answer`, and are answered the same there: where a connection has carried other requests too.
    """

    def answers_directly(self, call: AwsCall) -> bool:
        """Whether `begin` takes a call; who calls is not known yet.

        It is told from the target, and from the API and the operation that a header names.
        """
        ...

    def begin(self, call: AwsCall, body: bytes, answered: Answered) -> None:
        """Answers one call, at once or later.

        Raises:
            AwsError: The call is refused; nothing was answered.
        """
        ...


def respond(reply: Reply) -> web.Response:
    """A reply as the web server sends it."""
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
