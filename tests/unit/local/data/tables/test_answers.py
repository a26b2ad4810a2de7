"""Reads that come again word for word are answered as before, until what they read has changed."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Tables
from terrarium.local.data.tables.answers import MOST_ANSWERS, MOST_BYTES
from terrarium.local.json_text import read_texts
from terrarium.testing.clock import ManualClock
from tests.unit.local.data.tables.desk import ACCOUNT, REGION, Body, Desk, wire

GET = "GetItem", {"TableName": "Games", "Key": wire(id="a")}
SCAN = "Scan", {"TableName": "Games"}
BY_TEAM = (
    "Query",
    {
        "TableName": "Games",
        "IndexName": "byTeam",
        "KeyConditionExpression": "team = :t",
        "ExpressionAttributeValues": {":t": {"S": "red"}},
    },
)
MISSING = "GetItem", {"TableName": "Teams", "Key": wire(id="a")}
READS = (GET, SCAN, BY_TEAM, MISSING)
INDEX: Body = {
    "attributes": ["team S"],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "byTeam",
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def ask(tables: Tables, call: tuple[str, Body]) -> tuple[Body, bool]:
    """The answer to a call as the API gives it, and whether it was known."""
    operation, body = call
    text = json.dumps(body).encode()
    known = tables.recalled(operation, text)
    if known is not None:
        answer: Body = json.loads(known)
        return answer, True
    answer = read_texts(tables.run(operation, body))
    tables.remember(operation, text, json.dumps(answer).encode())
    return answer, False


async def test_a_call_that_comes_again_is_known_until_its_table_changes(desk: Desk) -> None:
    await desk.create()
    await desk.create("Teams")
    await desk.put(id="a", n=1)
    first = ask(desk.tables, GET)
    assert first == ({"Item": wire(id="a", n=1)}, False)
    await desk.put("Teams", id="a")
    assert ask(desk.tables, GET) == (first[0], True)
    await desk.put(id="b")
    assert ask(desk.tables, GET) == (first[0], False)
    await desk.put(id="a", n=2)
    assert ask(desk.tables, GET) == ({"Item": wire(id="a", n=2)}, False)


async def test_what_is_known_takes_as_much_of_the_table(tmp_path: Path) -> None:
    class Meter:
        def __init__(self) -> None:
            self.told: list[tuple[str, str, float]] = []

        def used(self, direction: str, table: str, units: float, indexes: Mapping[str, float]) -> None:
            del indexes
            self.told.append((direction, table, units))

        def throttled(self, direction: str, table: str) -> None:
            raise AssertionError((direction, table))

    meter = Meter()
    desk = Desk(tmp_path)
    desk.tables = Tables(tmp_path, clock=desk.clock, account=ACCOUNT, region=REGION, meter=meter)
    async with desk:
        await desk.create()
        await desk.put(id="a", text="x" * 5000)
        meter.told.clear()
        known = [ask(desk.tables, GET)[1] for _ in range(3)]
    assert known == [False, True, True]
    assert meter.told == [("read", "Games", 1.0)] * 3


async def test_what_capacity_may_refuse_is_asked_anew(desk: Desk) -> None:
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    await desk.create(BillingMode="PROVISIONED", ProvisionedThroughput=capacity)
    await desk.put(id="a")
    assert [ask(desk.tables, GET)[1] for _ in range(3)] == [False, False, False]


async def test_what_was_undone_is_not_remembered(desk: Desk) -> None:
    await desk.create()
    (pages,) = desk.tables.engine.database.read("PRAGMA page_count").fetchone()
    desk.tables.engine.database.read(f"PRAGMA max_page_count = {pages}")
    desk.tables.run("PutItem", {"TableName": "Games", "Item": wire(id="a", n=1)})
    assert ask(desk.tables, GET) == ({"Item": wire(id="a", n=1)}, False)
    with pytest.raises(AwsError, match="full"):  # which undoes what the turn has written
        await desk.tables.call("PutItem", {"TableName": "Games", "Item": wire(id="b", filler="x" * 300_000)})
    assert ask(desk.tables, GET) == ({}, False)


async def test_what_is_remembered_is_bounded(desk: Desk) -> None:
    await desk.create()
    for number in range(MOST_ANSWERS + 1):
        ask(desk.tables, ("GetItem", {"TableName": "Games", "Key": wire(id=str(number))}))
    assert ask(desk.tables, ("GetItem", {"TableName": "Games", "Key": wire(id=str(MOST_ANSWERS))}))[1]
    assert not ask(desk.tables, ("GetItem", {"TableName": "Games", "Key": wire(id="0")}))[1]
    await desk.put(id="large", filler="x" * MOST_BYTES)
    assert [ask(desk.tables, SCAN)[1] for _ in range(2)] == [False, False]


async def test_writes_are_carried_out_each_time(desk: Desk) -> None:
    await desk.create()
    add = (
        "UpdateItem",
        {
            "TableName": "Games",
            "Key": wire(id="a"),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
    )
    assert [ask(desk.tables, add)[1] for _ in range(3)] == [False, False, False]
    assert await desk.get(id="a") == {"id": "a", "n": 3}


CHANGES = st.one_of(
    st.tuples(
        st.just("PutItem"),
        st.builds(
            lambda name, team: {"TableName": "Games", "Item": wire(id=name, team=team)},
            st.sampled_from("ab"),
            st.sampled_from(["red", "blue"]),
        ),
    ),
    st.tuples(
        st.just("DeleteItem"),
        st.builds(lambda name: {"TableName": "Games", "Key": wire(id=name)}, st.sampled_from("ab")),
    ),
    st.tuples(
        st.just("TransactWriteItems"),
        st.builds(
            lambda name: {"TransactItems": [{"Put": {"TableName": "Games", "Item": wire(id=name, team="red")}}]},
            st.sampled_from("ab"),
        ),
    ),
    st.tuples(
        st.just("UpdateTable"),
        st.just({"TableName": "Games", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "byTeam"}}]}),
    ),
    st.tuples(st.just("DeleteTable"), st.just({"TableName": "Teams"})),
)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.sampled_from(READS), CHANGES), min_size=1, max_size=25))
def test_what_is_known_is_what_would_be_answered(calls: list[tuple[str, dict[str, Any]]]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with Desk(Path(folder), ManualClock()) as desk:
                await desk.create(**INDEX)
                await desk.create("Teams")
                for operation, body in calls:
                    if (operation, body) not in READS:
                        await asyncio.gather(desk.tables.call(operation, body), return_exceptions=True)
                        continue
                    try:
                        fresh = await desk.tables.call(operation, body)
                    except AwsError as error:
                        with pytest.raises(AwsError, match=error.code):
                            ask(desk.tables, (operation, body))
                    else:
                        assert ask(desk.tables, (operation, body))[0] == fresh

    asyncio.run(run())
