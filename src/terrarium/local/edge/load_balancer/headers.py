"""What happens to header fields on their way to a target and back. Pure: ids and time are passed in.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from multidict import CIMultiDict, MultiMapping

from terrarium.local.edge.load_balancer.settings import LoadBalancerSettings

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Fields that speak of one connection only; RFC 9110, section 7.6.1."""

DEFAULT_PORTS = frozenset({80, 443})
MOST_FORWARDED_FOR = 30
"""Addresses in X-Forwarded-For beyond which the balancer answers 463."""

_VALID_NAME = re.compile(r"[A-Za-z0-9-]+")


class Hop(Struct, frozen=True):
    """Where a request came in.

    Attributes:
        source_ip: The client's address.
        source_port: The client's port.
        protocol: The listener's, in lower case.
        port: The listener's.
    """

    source_ip: str
    source_port: int
    protocol: str
    port: int


def is_websocket(headers: MultiMapping[str]) -> bool:
    """Whether a request asks to become a WebSocket."""
    asked = {part.strip().lower() for value in headers.getall("Connection", []) for part in value.split(",")}
    return "upgrade" in asked and headers.get("Upgrade", "").lower() == "websocket"


def without_hop_by_hop(headers: MultiMapping[str]) -> CIMultiDict[str]:
    """A copy without the fields that end here, those that ``Connection`` names among them."""
    named = {part.strip().lower() for value in headers.getall("Connection", []) for part in value.split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP | named)


def to_target(headers: MultiMapping[str], hop: Hop, settings: LoadBalancerSettings, trace: str) -> CIMultiDict[str]:
    """The header fields that a target gets.

    Args:
        headers: As the client sent them.
        hop: Where they came in.
        settings: The balancer's attributes.
        trace: The value of X-Amzn-Trace-Id.
    """
    out = without_hop_by_hop(headers)
    out.popall("Expect", None)  # answered here
    if is_websocket(headers):
        out["Connection"] = "Upgrade"
        out["Upgrade"] = headers["Upgrade"]
    if settings.drop_invalid_header_fields:
        for name in {name for name in out if not _VALID_NAME.fullmatch(name)}:
            del out[name]
    _forwarded_for(out, hop, settings)
    out["X-Forwarded-Proto"] = hop.protocol
    out["X-Forwarded-Port"] = str(hop.port)
    out["X-Amzn-Trace-Id"] = trace
    if "Host" in out and not settings.preserve_host_header:
        out["Host"] = host(out["Host"], hop.port)
    return out


def host_name(value: str) -> str:
    """The name in a Host field, without the port."""
    return re.sub(r":\d*$", "", value)


def host(value: str, port: int) -> str:
    """The Host field for a target: a listener at an unusual port adds it where the client left it out.

    AWS also takes a port away that the client wrote to a listener at 80 or 443. On a laptop that port is what the
    browser must use to come back, so it stays.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
    """
    has_port = re.search(r":\d+$", value) is not None
    return value if has_port or port in DEFAULT_PORTS else f"{value}:{port}"


def _forwarded_for(headers: CIMultiDict[str], hop: Hop, settings: LoadBalancerSettings) -> None:
    if settings.forwarded_for == "preserve":
        return
    before = headers.popall("X-Forwarded-For", [])
    if settings.forwarded_for == "append":
        headers["X-Forwarded-For"] = ", ".join([*before, _client(hop, settings)])


def _client(hop: Hop, settings: LoadBalancerSettings) -> str:
    if not settings.forwarded_for_client_port:
        return hop.source_ip
    address = f"[{hop.source_ip}]" if ":" in hop.source_ip else hop.source_ip
    return f"{address}:{hop.source_port}"


def forwarded_for_count(headers: MultiMapping[str]) -> int:
    """How many addresses X-Forwarded-For lists."""
    return sum(len(value.split(",")) for value in headers.getall("X-Forwarded-For", []))


def trace_id(present: str | None, now: float, random_hex: str) -> str:
    """X-Amzn-Trace-Id for a request: a new root, or ourselves added to the root that is there.

    Args:
        present: What the client sent.
        now: Seconds since the epoch.
        random_hex: 24 hexadecimal digits.
    """
    mine = f"1-{int(now):08x}-{random_hex}"
    fields = [field.strip() for field in (present or "").split(";") if field.strip()]
    if not any(field.startswith("Root=") for field in fields):
        return ";".join([f"Root={mine}", *(field for field in fields if not field.startswith("Self="))])
    return ";".join([f"Self={mine}", *(field for field in fields if not field.startswith("Self="))])


def to_client(headers: MultiMapping[str]) -> CIMultiDict[str]:
    """The header fields of a target's answer that the client gets; those of an upgrade travel on."""
    out = without_hop_by_hop(headers)
    if "Upgrade" in headers and "upgrade" in headers.get("Connection", "").lower():
        out["Connection"] = "Upgrade"
        out["Upgrade"] = headers["Upgrade"]
    return out


def size(headers: Mapping[str, str]) -> int:
    """The bytes that header fields take on the wire."""
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


def too_large(headers: Mapping[str, str]) -> bool:
    """Whether the header fields exceed what a balancer takes: 16 KB for one, 64 KB for all.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-400-issues
    """
    sizes = [len(name) + len(value) + 4 for name, value in headers.items()]
    return sum(sizes) > 65_536 or max(sizes, default=0) > 16_384
