"""Names of AWS, as a worker resolves them: one that a handler writes by hand leads to the AWS of this machine too.

SDKs are told where that is by ``AWS_ENDPOINT_URL``. But handlers for WebSocket APIs make the address of
``@connections`` themselves, from the event's domain name and stage
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html),
and that name, with TLS behind it, has to lead here and not to AWS: so has a custom domain name that the system gave
its API. Every other name resolves as ever.
"""

from __future__ import annotations

import os
import socket
from typing import Any

VARIABLE = "_TERRARIUM_AWS_PORT"
"""Tells the worker, and not its handler, the port at which names of AWS are answered with TLS, and a `HostsFile`."""

_SUFFIXES = (".amazonaws.com", ".on.aws")  # the second has function URLs
_HERE = "127.0.0.1"
_TLS = frozenset({443, "443", "https", b"443", b"https"})


class HostsFile:
    """Names of the system's own that lead here too, one a line. They may change while a program runs.

    Args:
        path: The file; it need not be there.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._names: frozenset[str] = frozenset()

    def has(self, host: object) -> bool:
        """Whether a name is among them."""
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        return isinstance(host, str) and host.lower().rstrip(".") in self._now()

    def _now(self) -> frozenset[str]:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - programs load this before all else, so with little
            seen = (status.st_mtime_ns, status.st_size)
            if seen != self._seen:
                with open(self._path, encoding="ascii") as file:  # noqa: PTH123
                    self._names, self._seen = frozenset(file.read().split()), seen
        except OSError:
            return frozenset()
        return self._names


def resolve_aws_at(port: int, hosts: str = "") -> None:
    """From now on, TLS connections to names of AWS lead to a port of this machine.

    Args:
        port: What listens there shows a certificate for each name that it is asked for.
        hosts: The path of a `HostsFile`, whose names lead there too.
    """
    own = HostsFile(hosts)

    def leads_here(host: object) -> bool:
        return is_aws(host) or own.has(host)

    by_address, by_name = socket.getaddrinfo, socket.gethostbyname

    # The two signatures are those of the standard library: what they take and give is of several types.
    def getaddrinfo(host: Any, service: Any, *more: Any, **options: Any) -> Any:
        if leads_here(host):
            return by_address(_HERE, port if service in _TLS else service, *more, **options)
        return by_address(host, service, *more, **options)

    def gethostbyname(host: Any) -> Any:
        return _HERE if leads_here(host) else by_name(host)

    # mypy takes the wider signature for another one; it takes all that the library's own takes.
    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]
    socket.gethostbyname = gethostbyname


def is_aws(host: object) -> bool:
    """Whether it is a name of AWS."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return isinstance(host, str) and host.lower().rstrip(".").endswith(_SUFFIXES)
