"""What the page says of values, lines and resources: its pure modules, run by a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import RawTestServer
from playwright.async_api import Browser, Page

from terrarium.local.edge.front_page import FrontPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async with RawTestServer(FrontPage().handle) as server:
        page = await chromium.new_page()
        await page.goto(str(server.make_url("/icon.svg")))
        yield page
        await page.close()


async def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    """Calls a function of a module with plain JSON values."""
    script = f"async () => (await import('/{module}.js')).{function}(...{json.dumps(arguments)})"
    return await page.evaluate(script)


async def test_values_are_read_without_their_types(page: Page) -> None:
    for value, expected in [
        ({"S": "text"}, "text"),
        ({"N": "12.5"}, 12.5),
        ({"N": "12345678901234567890"}, "12345678901234567890"),
        ({"N": "1.10"}, "1.10"),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"SS": ["a", "b"]}, ["a", "b"]),
        ({"NS": ["1", "2"]}, [1, 2]),
        ({"L": [{"M": {"deep": {"B": "AAE="}}}]}, [{"deep": "AAE="}]),
    ]:
        assert await call(page, "values", "plain", value) == expected


async def test_a_cell_is_short(page: Page) -> None:
    assert await call(page, "values", "short", {"S": "x" * 5000}) == "x" * 200 + "…"
    assert await call(page, "values", "short", {"M": {"a": {"N": "1"}}}) == '{"a":1}'


async def test_keys_stand_before_other_attributes(page: Page) -> None:
    items = [{"z": {"S": ""}, "id": {"S": ""}}, {"a": {"S": ""}}]

    assert await call(page, "values", "columns", items, ["id", "sort"]) == ["id", "sort", "a", "z"]


async def test_a_report_is_told_in_a_few_words(page: Page) -> None:
    line = (
        "REPORT RequestId: 1\tDuration: 6.90 ms\tBilled Duration: 141 ms\tMemory Size: 256 MB\tMax Memory Used: 45 MB"
    )

    assert await call(page, "lines", "report", line) == "took 6.90 ms · 45 of 256 MB"
    assert (
        await call(page, "lines", "report", f"{line}\tInit Duration: 133.52 ms\t")
        == "took 6.90 ms · 45 of 256 MB · cold start 133.52 ms"
    )
    assert await call(page, "lines", "report", "REPORT RequestId: of my own") == "REPORT RequestId: of my own"


async def test_a_line_is_what_it_begins_with(page: Page) -> None:
    for line, tone in [
        ("START RequestId: 1 Version: $LATEST", "marker"),
        ("REPORT RequestId: 1", "report"),
        ("[ERROR] ValueError: no", "bad"),
        ('{"status": "200"}', "fields"),
        ("{not json", "plain"),
        ("hello", "plain"),
    ]:
        assert await call(page, "lines", "tone", line) == tone


async def test_short_fields_stand_before_long_ones(page: Page) -> None:
    line = '{"requestId": "abcdefgh", "status": 200, "error": "-", "nothing": null}'

    assert await call(page, "lines", "fields", line) == [["status", "200"], ["requestId", "abcdefgh"]]


async def test_what_happened_is_counted_in_words(page: Page) -> None:
    counts = await call(page, "describe", "counted", {"write": 1}, {"PutItem": 1, "Query": 1, "ready": 4})

    assert counts == {"write": 2, "read": 1}
    assert await call(page, "describe", "activity", counts, None) == "2 writes · 1 read"
    pulse: dict[str, Any] = {"detail": {"duration_ms": 6.94}}  # an event as plain JSON values
    assert await call(page, "describe", "activity", {"invoked": 1200}, pulse) == "1,200 invocations · 6.9 ms"
    pulse = {"kind": "invoked", "detail": {"duration_ms": 1500, "error_type": "ValueError"}}
    assert await call(page, "describe", "activity", {"invoked": 1}, pulse) == "1 invocation · 1.5 s · ValueError"


async def test_only_failures_are_failures(page: Page) -> None:
    for pulse, failed in [
        ({"kind": "invoked", "detail": {"error_type": None}}, False),
        ({"kind": "invoked", "detail": {"error_type": "ValueError"}}, True),
        ({"kind": "request", "detail": {"status": 404}}, False),
        ({"kind": "request", "detail": {"status": 502}}, True),
        ({"kind": "exited", "detail": {}}, True),
    ]:
        assert await call(page, "describe", "failed", pulse) is failed


async def test_links_lead_to_web_addresses_only(page: Page) -> None:
    def resource(address: str, reached: str, state: str = "alive") -> dict[str, str]:
        return {"address": address, "type": "aws_lb_listener", "state": state, "reached_at": reached}

    status = {
        "system": "shop",
        "resources": [
            resource("a", "http://alb-80.shop.localhost:4500/"),
            resource("b", "http://shop.localhost:4500/"),
            resource("c", "javascript:alert(1)"),
            resource("d", "aws logs tail /x"),
            resource("e", "ws://queue.shop.localhost:4500/production"),
            resource("f", "http://other.localhost/", "modelled"),
        ],
    }

    links = await call(page, "describe", "links", status)

    assert [one["resource"]["address"] for one in links["pages"]] == ["b", "a"]
    assert [one["resource"]["address"] for one in links["sockets"]] == ["e"]


async def test_a_page_that_no_resource_serves_is_linked_too(page: Page) -> None:
    status = {"system": "shop", "resources": [], "page": "http://shop.localhost:4500"}

    links = await call(page, "describe", "links", status)

    assert [one["resource"] for one in links["pages"]] == [None]


async def test_what_a_call_made_is_told_from_what_the_architecture_describes(page: Page) -> None:
    table = {"type": "aws_dynamodb_table", "made_by": "architecture"}
    assert await call(page, "describe", "kind", table) == "Table"
    assert await call(page, "describe", "kind", {**table, "made_by": "call"}) == "Table, by a call"


async def test_kept_calls_are_counted_by_service(page: Page) -> None:
    assert await call(page, "describe", "kept", {"sqs": 1, "iam": 2}) == ["iam: 2 calls", "sqs: 1 call"]
    assert await call(page, "describe", "kept", None) == []  # of a system that another version runs


async def test_types_are_spelled_as_they_are_said(page: Page) -> None:
    for type, title in [
        ("aws_lambda_function", "Function"),
        ("aws_iam_role_policy", "IAM role policy"),
        ("aws_lb_target_group", "Load balancer target group"),
        ("random_password", "Password"),
    ]:
        assert await call(page, "describe", "title", type) == title


async def test_resources_stand_in_the_order_in_which_a_request_meets_them(page: Page) -> None:
    met = ["aws_lb", "aws_apigatewayv2_domain_name", "aws_lambda_function", "aws_dynamodb_table", "aws_sqs_queue"]
    others = ["aws_iam_role", "aws_cloudwatch_log_group"]
    resources = [{"address": f"{type}.a", "type": type, "state": "alive"} for type in sorted([*met, *others])]

    found = await call(page, "describe", "sorted", resources)

    assert [one["type"] for one in found["main"]] == met
    assert [one["type"] for one in found["parts"] + found["logs"]] == others
    assert await call(page, "describe", "title", "aws_sqs_queue") == "Queue"
