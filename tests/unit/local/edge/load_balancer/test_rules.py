"""Listener rules, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.edge.load_balancer.rules import Facts, choose, draw_group, redirect, wildcard
from terrarium.local.edge.load_balancer.settings import Condition, FixedResponse, Forward, Listener, Redirect, Rule

REQUEST = Facts(
    "GET",
    "www.Example.com",
    "/img/Cat.jpg",
    "version=v1&name=Tom*&flag",
    "192.0.2.7",
    (("User-Agent", "Mozilla Chrome/99"), ("X-Tag", "first"), ("X-Tag", "second")),
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("path-pattern", ("/img/*",)), True),
        (Condition("path-pattern", ("/IMG/*",)), False),  # paths keep their case
        (Condition("path-pattern", ("/img/???.jpg",)), True),
        (Condition("path-pattern", ("/img/??.jpg",)), False),
        (Condition("path-pattern", ("/img",)), False),  # the whole path, not its beginning
        (Condition("path-pattern", ("/img/Cat.jpg?version=v1",)), False),  # without the query
        (Condition("path-pattern", ("/a", "/img/Cat.jpg")), True),  # any one value
        (Condition("host-header", ("*.example.COM",)), True),
        (Condition("host-header", ("example.com",)), False),
        (Condition("http-header", ("*chrome*",), header="user-agent"), True),
        (Condition("http-header", ("second",), header="X-Tag"), True),  # each of several
        (Condition("http-header", ("*",), header="X-Other"), False),
        (Condition("http-request-method", ("POST", "GET")), True),
        (Condition("http-request-method", ("get",)), False),
        (Condition("http-request-method", ("*",)), False),  # no wildcards here
        (Condition("query-string", pairs=(("VERSION", "V1"),)), True),
        (Condition("query-string", pairs=(("version", "v2"),)), False),
        (Condition("query-string", pairs=((None, "v?"),)), True),
        (Condition("query-string", pairs=((None, "*nobody*"),)), False),
        (Condition("query-string", pairs=(("name", r"Tom\*"),)), True),
        (Condition("query-string", pairs=(("name", r"T\*"),)), False),
        (Condition("query-string", pairs=(("flag", ""),)), True),
        (Condition("source-ip", ("198.51.100.10/32", "192.0.2.0/24")), True),
        (Condition("source-ip", ("2001:db8::/32",)), False),
    ],
)
def test_a_condition_holds_as_documented(condition: Condition, holds: bool) -> None:
    listener = Listener(80, "HTTP", FixedResponse(404), (Rule(7, (condition,), FixedResponse(200)),))
    assert choose(listener, REQUEST) == ((7, FixedResponse(200)) if holds else (0, FixedResponse(404)))


def test_the_lowest_priority_wins_and_every_condition_must_hold() -> None:
    everything = Condition("path-pattern", ("*",))
    rules = (
        Rule(30, (everything,), FixedResponse(230)),
        Rule(10, (everything, Condition("http-request-method", ("POST",))), FixedResponse(210)),
        Rule(20, (everything,), FixedResponse(220)),
    )
    assert choose(Listener(80, "HTTP", FixedResponse(404), rules), REQUEST) == (20, FixedResponse(220))


@settings(deadline=None)
@given(st.text(alphabet="ab*?.\\[", max_size=8))
def test_a_pattern_matches_itself_with_wildcards_read_literally(text: str) -> None:
    assert wildcard(text, ignore_case=False).fullmatch(text)


@pytest.mark.parametrize(
    ("action", "url"),
    [
        (Redirect(301, protocol="HTTPS", port="443"), "https://www.Example.com:443/img/Cat.jpg?version=v1&name=Tom*&flag"),
        (Redirect(302, path="/new/#{path}", query=""), "http://www.Example.com:80/new/img/Cat.jpg"),
        (Redirect(302, host="m.#{host}", path="/#{port}", query="#{query}&from=#{host}#{path}"),
         "http://m.www.Example.com:80/80?version=v1&name=Tom*&flag&from=www.Example.comimg/Cat.jpg"),
    ],
)  # fmt: skip
def test_a_redirect_fills_in_the_parts_of_the_original_url(action: Redirect, url: str) -> None:
    assert redirect(action, Listener(80, "HTTP", action), REQUEST).url() == url


def test_a_redirect_keeps_path_and_query_at_another_address() -> None:
    location = redirect(Redirect(301), Listener(80, "HTTP", FixedResponse(404)), Facts("GET", "h", "/a%20b", "c=d"))
    assert location.url("http://board.localhost:4500") == "http://board.localhost:4500/a%20b?c=d"


@pytest.mark.parametrize(("drawn", "group"), [(0.0, "a"), (0.29, "a"), (0.3, "c"), (0.99, "c")])
def test_groups_are_drawn_by_weight_and_one_without_weight_never(drawn: float, group: str) -> None:
    assert draw_group(Forward((("a", 3), ("b", 0), ("c", 7))), lambda: drawn) == group


def test_groups_that_all_weigh_nothing_get_no_traffic() -> None:
    assert draw_group(Forward((("a", 0), ("b", 0))), lambda: 0.5) is None
