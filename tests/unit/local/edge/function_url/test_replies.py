"""What a client receives for what a function returns."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.local.edge.function_url.replies import Answer, MalformedError, answer

JSON = ("content-type", "application/json")


# A function may return any JSON.
def reply(value: Any) -> Answer:
    return answer(json.dumps(value).encode())


@pytest.mark.parametrize("value", ["Hello, world!", {"message": "Hello, world!"}, [1], None, 3, {"body": "x"}])
def test_what_has_no_status_is_the_body(value: Any) -> None:
    assert reply(value) == Answer(200, (JSON,), json.dumps(value).encode())


def test_status_headers_and_body_are_the_functions() -> None:
    found = reply({"statusCode": 201, "headers": {"Content-Type": "text/plain", "X-Count": 3}, "body": "made"})
    assert found == Answer(201, (("content-type", "text/plain"), ("x-count", "3")), b"made")


def test_cookies_become_headers_one_by_one() -> None:
    found = reply({"statusCode": 200, "cookies": ["a=1; Secure", "b=2"]})
    assert found == Answer(200, (JSON, ("set-cookie", "a=1; Secure"), ("set-cookie", "b=2")), b"")


def test_base64_is_decoded() -> None:
    assert reply({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}).body == b"\x00\xff"


def test_a_body_that_is_no_text_is_json() -> None:
    assert reply({"statusCode": 200, "body": {"a": 1}}).body == b'{"a": 1}'


def test_a_status_may_be_text() -> None:
    assert reply({"statusCode": "404"}).status == 404


def test_what_is_the_connections_own_is_dropped() -> None:
    found = reply({"statusCode": 200, "headers": {"Content-Length": "7", "Connection": "close"}, "body": "x"})
    assert found.headers == (JSON,)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "ok"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": None},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "1\r\nb: 2"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
    ],
)
def test_what_cannot_be_an_answer_is_none(value: Any) -> None:
    with pytest.raises(MalformedError):
        reply(value)
