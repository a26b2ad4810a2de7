"""A client's upgrade request: whether it is one, and what it tells.

It reads requests and answers nothing.
"""

from __future__ import annotations

import base64
import binascii

from aiohttp import hdrs, web

from terrarium.local.edge.websocket_api.context import Caller, Opening
from terrarium.local.mapped import Mapped

_KEY_BYTES = 16


def is_upgrade(request: web.Request) -> bool:
    """Whether it asks for a WebSocket as RFC 6455, section 4.2.1, wants it asked."""
    headers = request.headers
    return (
        request.method == hdrs.METH_GET
        and headers.get(hdrs.UPGRADE, "").strip().lower() == "websocket"
        and "upgrade" in {token.strip().lower() for token in headers.get(hdrs.CONNECTION, "").split(",")}
        and headers.get(hdrs.SEC_WEBSOCKET_VERSION, "").strip() == "13"
        and _is_key(headers.get(hdrs.SEC_WEBSOCKET_KEY, ""))
    )


def url_length(request: web.Request) -> int:
    """Characters of the URL that the client connected with."""
    return len(f"wss://{request.host}{request.path_qs}")


def opening(
    request: web.Request,
    connection_id: str,
    now: float,
    trace: str,
    caller: Caller | None = None,
    mapped: Mapped | None = None,
) -> Opening:
    """What the handshake tells of a connection.

    Args:
        request: The upgrade request.
        connection_id: The id that the connection gets.
        now: Seconds since the epoch.
        trace: Twenty-four hexadecimal digits that make this request's trace id.
        caller: Who signed it, where it has to be signed.
        mapped: What it came through, where it came to a custom domain name.
    """
    source = request.remote or ""
    headers = (*request.headers.items(), *_forwarded(request, source, int(now), trace))
    if mapped is not None and mapped.has_levels:
        headers = tuple((name.lower(), value) for name, value in headers)
    return Opening(
        connection_id=connection_id,
        connected_at=now,
        source_ip=source,
        user_agent=request.headers.get(hdrs.USER_AGENT),
        headers=headers,
        query=tuple(request.query.items()),
        caller=caller,
        domain_name=mapped.domain_name if mapped is not None else "",
    )


def _forwarded(request: web.Request, source: str, now: int, trace: str) -> tuple[tuple[str, str], ...]:
    """The headers that API Gateway adds to the client's own."""
    secure = request.scheme in ("https", "wss")
    # Read here and not by the URL's parser: a client may send any Host.
    port = request.host.rpartition(":")[2]
    return (
        ("X-Amzn-Trace-Id", f"Root=1-{now:08x}-{trace}"),
        ("X-Forwarded-For", source),
        ("X-Forwarded-Port", port if port.isdecimal() else "443" if secure else "80"),
        ("X-Forwarded-Proto", "https" if secure else "http"),
    )


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
