"""Header fields on their way, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from terrarium.local.edge.load_balancer import headers
from terrarium.local.edge.load_balancer.desync import Classification, classify, treat
from terrarium.local.edge.load_balancer.headers import Hop, to_client, to_target, trace_id
from terrarium.local.edge.load_balancer.settings import DesyncMode, FixedResponse, Listener, LoadBalancerSettings

HOP = Hop("203.0.113.7", 50123, "https", 443)


# Any attribute of the balancer, by its name.
def settings(**attributes: object) -> LoadBalancerSettings:
    listeners = (Listener(443, "HTTPS", FixedResponse(404)),)
    return LoadBalancerSettings("lb", "aws_lb.lb", listeners, (), **attributes)  # type: ignore[arg-type]


def send(*fields: tuple[str, str], hop: Hop = HOP, **attributes: object) -> CIMultiDict[str]:
    return to_target(CIMultiDict(fields), hop, settings(**attributes), "Root=1-a-b")


def test_a_target_learns_where_a_request_came_from() -> None:
    sent = send(("Host", "api.example.com"), ("X-Forwarded-Proto", "gopher"), ("Accept", "a"), ("Accept", "b"))
    assert sent["X-Forwarded-For"] == "203.0.113.7"
    assert sent["X-Forwarded-Proto"] == "https"
    assert sent["X-Forwarded-Port"] == "443"
    assert sent["X-Amzn-Trace-Id"] == "Root=1-a-b"
    assert sent["Host"] == "api.example.com"
    assert sent.getall("Accept") == ["a", "b"]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, "198.51.100.1, 203.0.113.7"),
        ({"forwarded_for_client_port": True}, "198.51.100.1, 203.0.113.7:50123"),
        ({"forwarded_for": "preserve"}, "198.51.100.1"),
        ({"forwarded_for": "remove"}, None),
    ],
)
def test_forwarded_for_is_treated_as_the_attribute_says(attributes: dict[str, object], said: str | None) -> None:
    assert send(("X-Forwarded-For", "198.51.100.1"), hop=HOP, **attributes).get("X-Forwarded-For") == said


def test_an_ipv6_client_with_its_port_is_put_in_brackets() -> None:
    sent = send(hop=Hop("2001:db8::1", 50123, "http", 80), forwarded_for_client_port=True)
    assert sent["X-Forwarded-For"] == "[2001:db8::1]:50123"


def test_fields_of_one_connection_end_here() -> None:
    sent = send(("Connection", "keep-alive, X-Private"), ("X-Private", "1"), ("Keep-Alive", "3"), ("TE", "trailers"))
    assert not {"Connection", "X-Private", "Keep-Alive", "TE"} & set(sent)


def test_an_upgrade_to_websocket_travels_on() -> None:
    sent = send(("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "k"))
    assert (sent["Connection"], sent["Upgrade"], sent["Sec-WebSocket-Key"]) == ("Upgrade", "websocket", "k")
    assert "Upgrade" not in send(("Connection", "Upgrade"), ("Upgrade", "h2c"))
    back = to_client(CIMultiDict({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Accept": "a"}))
    assert (back["Connection"], back["Upgrade"], back["Sec-WebSocket-Accept"]) == ("Upgrade", "websocket", "a")


def test_field_names_that_are_not_words_are_dropped_on_request() -> None:
    fields = ("X_Odd", "1"), ("X-Good", "2")
    assert "X_Odd" in send(*fields)
    dropped = send(*fields, drop_invalid_header_fields=True)
    assert "X_Odd" not in dropped
    assert dropped["X-Good"] == "2"


@pytest.mark.parametrize(
    ("present", "sent"),
    [
        (None, "Root=1-6553f100-abcd"),
        ("Root=1-1-2", "Self=1-6553f100-abcd;Root=1-1-2"),
        ("Root=1-1-2;CalledFrom=app", "Self=1-6553f100-abcd;Root=1-1-2;CalledFrom=app"),
        ("Self=1-9-9;Root=1-1-2", "Self=1-6553f100-abcd;Root=1-1-2"),
    ],
)
def test_the_trace_id_begins_or_grows(present: str | None, sent: str) -> None:
    assert trace_id(present, 1_700_000_000.9, "abcd") == sent


@pytest.mark.parametrize(
    ("host", "port", "sent"),
    [("a.b", 443, "a.b"), ("a.b:4500", 443, "a.b:4500"), ("a.b", 8080, "a.b:8080"), ("a.b:8080", 8080, "a.b:8080")],
)
def test_a_listener_at_an_unusual_port_writes_it_into_the_host(host: str, port: int, sent: str) -> None:
    assert headers.host(host, port) == sent
    kept = send(("Host", host), hop=Hop("::1", 1, "http", port), preserve_host_header=True)
    assert kept["Host"] == host


def test_limits_on_header_fields_are_those_of_aws() -> None:
    assert not headers.too_large({"a": "x" * 16_000})
    assert headers.too_large({"a": "x" * 16_384})
    assert headers.too_large({f"n{number}": "x" * 8_000 for number in range(9)})
    assert headers.forwarded_for_count(CIMultiDict([("X-Forwarded-For", "a, b"), ("X-Forwarded-For", "c")])) == 3


@pytest.mark.parametrize(
    ("method", "fields", "verdict", "reason"),
    [
        ("POST", [("Content-Length", "3")], "Compliant", ""),
        ("GET", [("Content-Length", "0")], "Acceptable", "GetHeadZeroContentLength"),
        ("GET", [("Content-Length", "3")], "Ambiguous", "UndefinedContentLengthSemantics"),
        ("GET", [("Transfer-Encoding", "chunked")], "Ambiguous", "UndefinedTransferEncodingSemantics"),
        ("POST", [("Transfer-Encoding", "chunked"), ("Content-Length", "3")], "Ambiguous", "BothTeClPresent"),
        ("POST", [("Content-Length", "3"), ("Content-Length", "3")], "Ambiguous", "DuplicateContentLength"),
        ("POST", [("Content-Length", "3"), ("Content-Length", "4")], "Severe", "MultipleContentLength"),
        ("POST", [("Content_Length", "3")], "Ambiguous", "SuspiciousHeader"),
        ("GET", [("X-Name", "J\u00f6rg")], "Acceptable", "NonCompliantHeader"),
    ],
)
def test_requests_are_classified(method: str, fields: list[tuple[str, str]], verdict: str, reason: str) -> None:
    assert classify(method, "/", CIMultiDict(fields)) == (verdict, reason)


def test_modes_treat_classifications_as_the_table_says() -> None:
    verdicts: tuple[Classification, ...] = ("Compliant", "Acceptable", "Ambiguous", "Severe")
    modes: tuple[DesyncMode, ...] = ("monitor", "defensive", "strictest")
    assert [[treat(verdict, mode) for mode in modes] for verdict in verdicts] == [
        ["allow", "allow", "allow"],
        ["allow", "allow", "block"],
        ["allow", "allow and close", "block"],
        ["allow", "block", "block"],
    ]
