"""What a function receives for a request to its URL."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from msgspec.structs import replace

from terrarium.local.edge.function_url.events import Caller, Received, event

REQUEST = Received("GET", "/", "", (("Host", "x.localhost"), ("User-Agent", "agent")), b"", "192.0.2.1", "HTTP/1.1")
CALLER = Caller("ASIA1", "000000000000", "AROA1:me", "arn:aws:sts::000000000000:assumed-role/r/me")


# An event has members of any JSON type.
def made(caller: Caller | None = None, **request: Any) -> Any:
    domain = "abc.lambda-url.us-east-1.on.aws"
    received = replace(REQUEST, **request)
    return event(
        received, url_id="abc", domain=domain, request_id="r", now=1_583_348_638.39, account="000000000000",
        caller=caller,
    )  # fmt: skip


def test_a_request_without_anything_has_what_every_event_has() -> None:
    assert made() == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"host": "x.localhost", "user-agent": "agent"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": "abc.lambda-url.us-east-1.on.aws",
            "domainPrefix": "abc",
            "http": {
                "method": "GET",
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "r",
            "routeKey": "$default",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "isBase64Encoded": False,
    }


def test_values_of_one_name_are_joined_by_commas() -> None:
    found = made(query="a=1&a=2&b=&A=3", headers=(("X-One", "1"), ("x-one", "2")))
    assert found["rawQueryString"] == "a=1&a=2&b=&A=3"
    assert found["queryStringParameters"] == {"a": "1,2", "b": "", "A": "3"}
    assert found["headers"] == {"x-one": "1,2"}


def test_cookies_are_a_list() -> None:
    found = made(headers=(("Cookie", "a=1; b=2"), ("cookie", "c=3")))
    assert (found["cookies"], found["headers"]) == (["a=1", "b=2", "c=3"], {})


@pytest.mark.parametrize(
    "type", ["text/plain", "application/json", "application/json; charset=utf-8", "image/svg+xml", "application/xml"]
)
def test_text_is_text(type: str) -> None:
    found = made(headers=(("Content-Type", type),), body="grüezi".encode())
    assert (found["body"], found["isBase64Encoded"]) == ("grüezi", False)


@pytest.mark.parametrize("type", ["image/png", "application/x-www-form-urlencoded", ""])
def test_everything_else_is_base64(type: str) -> None:
    found = made(headers=(("Content-Type", type),), body=b"\x00\xff")
    assert (base64.b64decode(found["body"]), found["isBase64Encoded"]) == (b"\x00\xff", True)


def test_paths_are_decoded() -> None:
    found = made(path="/a%20b/%C3%BC")
    assert found["rawPath"] == found["requestContext"]["http"]["path"] == "/a b/ü"


def test_who_signed_is_told() -> None:
    context = made(CALLER)["requestContext"]
    assert context["accountId"] == "000000000000"
    assert context["authorizer"]["iam"] == {
        "accessKey": "ASIA1",
        "accountId": "000000000000",
        "callerId": "AROA1:me",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": CALLER.arn,
        "userId": "AROA1:me",
    }
