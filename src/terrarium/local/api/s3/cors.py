"""Which pages of other origins may use a bucket from a browser. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html and, for what comes before a request,
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from msgspec import Struct

from terrarium.local.api.s3 import xml
from terrarium.local.aws_error import AwsError


class Rule(Struct, frozen=True):
    """One rule of a bucket's configuration; origins and headers may hold an asterisk."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age: str


@functools.lru_cache(64)
def rules(setting: bytes) -> tuple[Rule, ...]:
    """The rules of a CORSConfiguration document, in order."""
    return tuple(_rule(rule) for rule in xml.read(setting, "CORSConfiguration").children("CORSRule"))


def answer_headers(setting: bytes | None, method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What the answer to a request says to a browser; nothing where no rule fits or there is no other origin."""
    origin = headers.get("Origin")
    if setting is None or origin is None:
        return {}
    rule = _first(setting, origin, method, ())
    return {} if rule is None else _said(rule, origin)


def preflight_headers(setting: bytes | None, headers: Mapping[str, str]) -> dict[str, str]:
    """What is said to a browser that asks before it sends a request.

    Raises:
        AwsError: AccessForbidden where nothing allows it, BadRequest where it does not say what it wants.
    """
    origin, method = headers.get("Origin"), headers.get("Access-Control-Request-Method")
    if not origin:
        raise AwsError("BadRequest", "Insufficient information. Origin request header needed.", 400)
    if not method:
        raise AwsError("BadRequest", "Invalid Access-Control-Request-Method: null", 400)
    if setting is None:
        raise AwsError("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", 403)
    asked = tuple(name.strip() for name in headers.get("Access-Control-Request-Headers", "").split(",") if name.strip())
    rule = _first(setting, origin, method, asked)
    if rule is None:
        # S3's own words, spelling and all.
        message = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
        message += "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
        raise AwsError("AccessForbidden", message + "whitelisted by the resource's CORS spec.", 403)
    return _said(rule, origin) | ({"Access-Control-Allow-Headers": ", ".join(asked).lower()} if asked else {})


def _rule(rule: xml.Element) -> Rule:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(child.text for child in rule.children(name))

    return Rule(
        origins=texts("AllowedOrigin"),
        methods=texts("AllowedMethod"),
        headers=tuple(header.lower() for header in texts("AllowedHeader")),
        exposed=texts("ExposeHeader"),
        max_age=rule.get("MaxAgeSeconds"),
    )


def _first(setting: bytes, origin: str, method: str, asked: tuple[str, ...]) -> Rule | None:
    """The first rule that allows the origin, the method and every header: the one that counts."""
    return next((rule for rule in rules(setting) if _fits(rule, origin, method, asked)), None)


def _fits(rule: Rule, origin: str, method: str, asked: tuple[str, ...]) -> bool:
    return (
        method in rule.methods
        and any(_matches(pattern, origin) for pattern in rule.origins)
        and all(any(_matches(pattern, name.lower()) for pattern in rule.headers) for name in asked)
    )


def _matches(pattern: str, text: str) -> bool:
    """At most one asterisk stands for anything."""
    before, asterisk, after = pattern.partition("*")
    if not asterisk:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)


def _said(rule: Rule, origin: str) -> dict[str, str]:
    anybody = "*" in rule.origins
    found = {
        "Access-Control-Allow-Origin": "*" if anybody else origin,
        "Access-Control-Allow-Methods": ", ".join(rule.methods),
        "Access-Control-Expose-Headers": ", ".join(rule.exposed),
        "Access-Control-Max-Age": rule.max_age,
        "Access-Control-Allow-Credentials": "" if anybody else "true",
        "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    return {name: value for name, value in found.items() if value}
