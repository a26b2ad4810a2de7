"""Which pages may read what a function URL answers."""

from __future__ import annotations

from terrarium.local.edge.function_url.cors import Cors, is_preflight

PAGE = {"origin": "https://page.example"}
ASKS = PAGE | {"access-control-request-method": "PUT"}


def test_a_preflight_is_an_options_request_that_says_what_will_come() -> None:
    assert is_preflight("OPTIONS", ASKS)
    assert not is_preflight("OPTIONS", PAGE)
    assert not is_preflight("PUT", ASKS)


def test_a_preflight_is_told_what_is_allowed() -> None:
    cors = Cors(("https://page.example",), ("PUT", "GET"), ("x-one",), ("x-two",), credentials=True, max_age=60)
    assert cors.preflight(ASKS) == {
        "vary": "Origin",
        "access-control-allow-origin": "https://page.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PUT,GET",
        "access-control-allow-headers": "x-one",
        "access-control-max-age": "60",
    }


def test_an_answer_tells_what_may_be_read() -> None:
    assert Cors(("*",), exposed=("x-two",)).response(PAGE) == {
        "vary": "Origin",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-two",
    }


def test_credentials_need_the_origin_itself() -> None:
    allowed = Cors(("*",), credentials=True).response(PAGE)
    assert allowed["access-control-allow-origin"] == "https://page.example"


def test_others_are_told_nothing() -> None:
    cors = Cors(("https://other.example",), ("*",))
    assert cors.response(PAGE) == cors.preflight(ASKS) == {"vary": "Origin"}
    assert cors.response({}) == {}
