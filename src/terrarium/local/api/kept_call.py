"""A call to moto as it is kept and made again: what it asked, what chance gave it, and when it was.

Pure values; it knows neither files nor connections.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from msgspec import Struct

from terrarium.local.api.journal import Record

#: What tells of the journey and the client rather than of what is asked, or proves who asks.
_NOT_KEPT = re.compile(
    "accept-encoding|amz-sdk-.*|connection|content-length|expect|traceparent|user-agent|x-amz-content-sha256|x-amz-date"
    "|x-amz-security-token|x-amzn-trace-id|x-terrarium-.*",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r",?\s*Signature=\w+")


class KeptCall(Struct, frozen=True):
    """One call that changed something.

    Attributes:
        service: Signing name.
        operation: The operation's name, empty where the path tells it.
        moment: When it was made, in seconds since the epoch.
        seed: What its random ids follow from.
        method: HTTP method.
        path: Path and query as the client sent them.
        headers: Its headers, without a signature.
        body: Its body, unpacked.
    """

    service: str
    operation: str
    moment: float
    seed: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def name(self) -> str:
        """How it is called in front of people."""
        return f"{self.service}:{self.operation or f'{self.method} {self.path}'}"

    def decided(self) -> dict[str, str]:
        """The headers by which moto is told what chance gives and what time it is."""
        return {"X-Terrarium-Random-Seed": self.seed, "X-Terrarium-Moment": repr(self.moment)}

    def record(self) -> Record:
        """As plain JSON values."""
        try:
            body = {"text": self.body.decode()}
        except UnicodeDecodeError:
            body = {"base64": base64.b64encode(self.body).decode()}
        return {
            "service": self.service,
            "operation": self.operation,
            "moment": self.moment,
            "seed": self.seed,
            "method": self.method,
            "path": self.path,
            "headers": [list(header) for header in self.headers],
            "body": body,
        }


def kept_call(record: Record) -> KeptCall:
    """The inverse of `KeptCall.record`."""
    body = record["body"]
    return KeptCall(
        record["service"],
        record["operation"],
        record["moment"],
        record["seed"],
        record["method"],
        record["path"],
        tuple((name, value) for name, value in record["headers"]),
        body["text"].encode() if "text" in body else base64.b64decode(body["base64"]),
    )


def kept_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Of a request's headers those that decide what it asks; of its signature the scope alone."""
    return tuple(
        (name, _SIGNATURE.sub("", value) if name.lower() == "authorization" else value)
        for name, value in headers
        if not _NOT_KEPT.fullmatch(name)
    )
