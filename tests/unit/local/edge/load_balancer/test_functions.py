"""What a function is told of a request, and what is made of what it returns."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from terrarium.local.edge.load_balancer.functions import LARGEST, Asked, MalformedError, answer, check_event, event

GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/tg/1"


# An event has members of any JSON type.
def told(asked: Asked, *, several: bool = False) -> Any:
    return json.loads(event(asked, GROUP, several=several))


def asked(query: str = "", body: bytes = b"", *headers: tuple[str, str]) -> Asked:
    return Asked("POST", "/a%20b", query, headers, body)


def test_the_event_names_its_target_group_and_leaves_the_path_encoded() -> None:
    found = told(asked())
    assert found["requestContext"] == {"elb": {"targetGroupArn": GROUP}}
    assert (found["httpMethod"], found["path"]) == ("POST", "/a%20b")
    assert (found["body"], found["isBase64Encoded"]) == ("", False)


def test_of_several_values_the_last_one_counts_and_none_is_decoded() -> None:
    found = told(asked("&key=a%20b&key=c%20d&alone", b"", ("X-Who", "ada"), ("x-who", "bob")))
    assert found["queryStringParameters"] == {"key": "c%20d", "alone": ""}
    assert found["headers"] == {"x-who": "bob"}
    assert "multiValueHeaders" not in found


def test_with_multi_value_headers_every_value_is_told() -> None:
    found = told(asked("key=1&key=2", b"", ("Cookie", "a=1"), ("Cookie", "b=2")), several=True)
    assert found["multiValueQueryStringParameters"] == {"key": ["1", "2"]}
    assert found["multiValueHeaders"] == {"cookie": ["a=1", "b=2"]}
    assert not found.keys() & {"headers", "queryStringParameters"}


@pytest.mark.parametrize(
    ("headers", "encoded"),
    [
        ({"Content-Type": "text/csv"}, False),
        ({"Content-Type": "application/json; charset=utf-8"}, False),
        ({"Content-Type": "application/javascript"}, False),
        ({"Content-Type": "application/xml"}, False),
        ({"Content-Type": "application/x-www-form-urlencoded"}, True),
        ({"Content-Type": "image/png"}, True),
        ({}, True),
        ({"Content-Type": "text/plain", "Content-Encoding": "gzip"}, True),
    ],
)
def test_a_body_that_is_not_known_to_be_text_is_in_base64(headers: dict[str, str], encoded: bool) -> None:
    found = told(asked("", b"hello", *headers.items()))
    body = base64.b64decode(found["body"]) if encoded else found["body"].encode()
    assert (found["isBase64Encoded"], body) == (encoded, b"hello")


def test_a_health_check_is_known_by_its_user_agent() -> None:
    found = json.loads(check_event(GROUP, "/", several=False))
    assert found == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "GET",
        "path": "/",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }


def returned(**value: object) -> bytes:
    return json.dumps({"statusCode": 200, **value}).encode()


def test_an_answer_has_the_functions_status_phrase_headers_and_body() -> None:
    found = answer(
        returned(statusCode=404, statusDescription="404 Gone Fishing", headers={"X-A": "1", "Connection": "close"},
                 body="none"), several=False,
    )  # fmt: skip
    assert (found.status, found.reason, found.body) == (404, "Gone Fishing", b"none")
    assert found.headers == (
        ("X-A", "1"), ("Content-Type", "application/octet-stream"), ("Server", "awselb/2.0"),
    )  # fmt: skip


def test_a_body_in_base64_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    assert answer(returned(body=body, isBase64Encoded=True), several=False).body == b"\x00\xff"


def test_several_cookies_take_multi_value_headers() -> None:
    cookies = {"Set-Cookie": ["a=1", "b=2"], "Content-Type": ["text/plain"], "Server": ["me"]}
    found = answer(returned(multiValueHeaders=cookies), several=True)
    assert found.headers == (
        ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Type", "text/plain"), ("Server", "me"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"no json", "LambdaInvalidResponse"),
        (b'"text"', "LambdaInvalidResponse"),
        (b"{}", "LambdaInvalidResponse"),
        (returned(statusCode="x"), "LambdaInvalidResponse"),
        (returned(statusCode=True), "LambdaInvalidResponse"),
        (returned(statusCode=99), "LambdaInvalidResponse"),
        (returned(body={"a": 1}), "LambdaInvalidResponse"),
        (returned(body="%", isBase64Encoded=True), "LambdaInvalidResponse"),
        (returned(headers=["a"]), "LambdaInvalidResponse"),
        (returned(headers={"a": "b\r\nc: d"}), "LambdaInvalidResponse"),
        (returned(statusDescription=200), "LambdaInvalidResponse"),
        (returned(body="x" * LARGEST), "LambdaResponseTooLarge"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason_that_the_log_gives(payload: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        answer(payload, several=False)


def test_multi_value_headers_must_be_lists() -> None:
    with pytest.raises(MalformedError):
        answer(returned(multiValueHeaders={"a": "b"}), several=True)
