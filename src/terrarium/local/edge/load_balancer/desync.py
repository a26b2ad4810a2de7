"""How suspicious a request is, and whether it may pass. Pure.

Only what an HTTP parser lets through can be judged here; what it refuses never reaches a rule.
Modes: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
Reasons: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from multidict import MultiMapping

from terrarium.local.edge.load_balancer.settings import DesyncMode

Classification = Literal["Compliant", "Acceptable", "Ambiguous", "Severe"]
Treatment = Literal["allow", "allow and close", "block"]

TREATMENTS: dict[tuple[Classification, DesyncMode], Treatment] = {
    ("Acceptable", "strictest"): "block",
    ("Ambiguous", "defensive"): "allow and close",
    ("Ambiguous", "strictest"): "block",
    ("Severe", "defensive"): "block",
    ("Severe", "strictest"): "block",
}
"""Every other pair is allowed."""


def _visible(text: str) -> bool:
    return all(" " <= character <= "~" or character == "\t" for character in text)


_FRAMING = frozenset({"transfer-encoding", "content-length"})


def _look_alike(headers: MultiMapping[str]) -> bool:
    """Whether a name turns into one that frames the message once somebody tidies it."""
    names = {name.lower() for name in headers}
    return any(name.replace("_", "-") in _FRAMING for name in names - _FRAMING)


class _Request(Struct, frozen=True):
    method: str
    uri: str
    headers: MultiMapping[str]

    def count(self, name: str) -> int:
        return len(self.headers.getall(name, []))

    @property
    def gets(self) -> bool:
        return self.method in {"GET", "HEAD"}


# Worst first: the first that holds names the request.
REASONS: tuple[tuple[str, Classification, Callable[[_Request], bool]], ...] = (
    ("MultipleContentLength", "Severe", lambda one: len(set(one.headers.getall("Content-Length", []))) > 1),
    ("MultipleTransferEncodingChunked", "Severe", lambda one: one.count("Transfer-Encoding") > 1),
    ("BothTeClPresent", "Ambiguous", lambda one: one.count("Transfer-Encoding") > 0 < one.count("Content-Length")),
    ("DuplicateContentLength", "Ambiguous", lambda one: one.count("Content-Length") > 1),
    ("SuspiciousHeader", "Ambiguous", lambda one: _look_alike(one.headers)),
    ("AmbiguousUri", "Ambiguous", lambda one: any(character < " " or character == "\x7f" for character in one.uri)),
    # A body that a GET announces means nothing, and servers differ on whether they read it.
    (
        "UndefinedContentLengthSemantics",
        "Ambiguous",
        lambda one: one.gets and one.headers.get("Content-Length", "0") != "0",
    ),
    ("UndefinedTransferEncodingSemantics", "Ambiguous", lambda one: one.gets and "Transfer-Encoding" in one.headers),
    ("GetHeadZeroContentLength", "Acceptable", lambda one: one.gets and one.headers.get("Content-Length") == "0"),
    ("SpaceInUri", "Acceptable", lambda one: " " in one.uri),
    ("NonCompliantHeader", "Acceptable", lambda one: not all(map(_visible, one.headers.values()))),
)


def classify(method: str, uri: str, headers: MultiMapping[str]) -> tuple[Classification, str]:
    """How a request stands to RFC 7230.

    Returns:
        The classification and the reason code that access log entries give; no reason for a compliant one.
    """
    request = _Request(method, uri, headers)
    for reason, classification, holds in REASONS:
        if holds(request):
            return classification, reason
    return "Compliant", ""


def treat(classification: Classification, mode: DesyncMode) -> Treatment:
    """What a mode does with a classification."""
    return TREATMENTS.get((classification, mode), "allow")
