"""Calls to tables are noticed while somebody looks, and pass unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.edge.front_page import Live, TableCalls
from terrarium.local.edge.front_page.calls import table_names
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.front_page.conftest import Serve


class Echo:
    """Answers a call with what it was asked."""

    recalls = frozenset({"GetItem", "Query", "Scan"})

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        tell(None)

    def run(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"operation": operation, "body": body}

    def recalled(self, operation: str, text: bytes) -> bytes | None:
        return operation.encode() + text

    def remember(self, operation: str, text: bytes, answer: bytes) -> None:
        raise AssertionError((operation, text, answer))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"TableName": "A"}, {"A"}),
        ({"RequestItems": {"A": [], "B": []}}, {"A", "B"}),
        ({"TransactItems": [{"Put": {"TableName": "A"}}, {"ConditionCheck": {"TableName": "B"}}]}, {"A", "B"}),
        ({}, set()),
    ],
)
def test_a_call_names_its_tables(body: dict[str, Any], names: set[str]) -> None:
    assert set(table_names(body)) == names


async def test_a_call_to_a_table_is_told_under_its_address(serve: Serve) -> None:
    clock = ManualClock()
    live = Live(lambda count: [], clock)
    calls = TableCalls(Echo(), live, {"A": "aws_dynamodb_table.a"}.get, clock)
    client = await serve(live.handle)

    async with client.ws_connect("/live") as page:
        await page.receive_json()
        answer = calls.run("PutItem", {"TableName": "A"})
        assert calls.recalled("GetItem", b"{}") is None, "who looks is told of each call"
        calls.run("PutItem", {"TableName": "unknown"})
        await clock.advance(0.1)
        pulses = (await page.receive_json())["pulses"]

    assert calls.recalled("GetItem", b"{}") == b"GetItem{}"
    assert answer == {"operation": "PutItem", "body": {"TableName": "A"}}
    assert {address: pulse["counts"] for address, pulse in pulses.items()} == {"aws_dynamodb_table.a": {"PutItem": 1}}
