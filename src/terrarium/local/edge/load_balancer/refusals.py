"""What the balancer turns away before any rule is looked at. Pure.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

from msgspec import Struct
from multidict import MultiMapping

from terrarium.local.edge.load_balancer import desync, headers
from terrarium.local.edge.load_balancer.settings import DesyncMode

TOO_MANY_FORWARDERS = 463
LONGEST_REQUEST_LINE = 16_384


class Verdict(Struct, frozen=True):
    """How a request stands.

    Attributes:
        status: With which it is turned away; 0 where it may go on.
        close: Whether its connections end with it.
        classification: For the access log; so is `reason`. Both are empty for a compliant request.
    """

    status: int
    close: bool
    classification: str
    reason: str


def judge(method: str, uri: str, version: tuple[int, int], fields: MultiMapping[str], mode: DesyncMode) -> Verdict:
    """Judges a request by its head.

    Args:
        method: As sent; TRACE is not supported, and CONNECT is for proxies of another kind.
        uri: As sent.
        version: Of HTTP, for example (1, 1).
        fields: Its header fields.
        mode: The balancer's desync mitigation mode.
    """
    classification, reason = desync.classify(method, uri, fields)
    treatment = desync.treat(classification, mode)
    checks = (
        (400, treatment == "block" or headers.too_large(fields)),
        (400, "Host" not in fields and version > (1, 0)),
        (405, method in {"TRACE", "CONNECT"}),
        (414, len(uri) > LONGEST_REQUEST_LINE),
        (501, fields.get("Transfer-Encoding", "chunked").lower() not in {"chunked", "identity"}),
        (TOO_MANY_FORWARDERS, headers.forwarded_for_count(fields) > headers.MOST_FORWARDED_FOR),
    )
    status = next((status for status, holds in checks if holds), 0)
    return Verdict(status, status == 400 or treatment == "allow and close", classification if reason else "", reason)
