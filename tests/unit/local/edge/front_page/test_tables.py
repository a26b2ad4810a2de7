"""A look into real tables: pages of items, by key, by index; and no way to change anything."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import SystemClock
from terrarium.local.data.tables import Tables
from terrarium.local.edge.front_page import TablePages
from terrarium.local.edge.front_page.tables import LARGEST_PAGE, request_of
from tests.unit.local.edge.front_page.conftest import Serve

TABLE = {
    "TableName": "Scores",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "player", "AttributeType": "S"},
        {"AttributeName": "round", "AttributeType": "N"},
        {"AttributeName": "team", "AttributeType": "S"},
        {"AttributeName": "name", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "player", "KeyType": "HASH"},
        {"AttributeName": "round", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "teams",
            "KeySchema": [
                {"AttributeName": "team", "KeyType": "HASH"},
                {"AttributeName": "name", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def score(player: str, number: int) -> dict[str, Any]:
    team, name = ("red" if number % 2 else "blue"), f"{player}-{number}"
    return {"player": {"S": player}, "round": {"N": str(number)}, "team": {"S": team}, "name": {"S": name}}


@pytest.fixture
async def tables(tmp_path: Path) -> AsyncIterator[Tables]:
    tables = Tables(tmp_path, clock=SystemClock(), account="000000000000", region="us-east-1")
    await tables.start()
    await tables.call("CreateTable", TABLE)
    for number in range(7):
        for player in ("ann", "bob"):
            await tables.call("PutItem", {"TableName": "Scores", "Item": score(player, number)})
    yield tables
    await tables.stop()


async def read(serve: Serve, tables: Tables, **query: str) -> Any:
    client = await serve(TablePages(tables.call).handle)
    return await (await client.get("/_terrarium/tables/Scores", params=query)).json()


def rounds(found: Any) -> list[str]:
    return [one["round"]["N"] for one in found["items"]]


async def test_tables_are_listed_as_dynamodb_describes_them(serve: Serve, tables: Tables) -> None:
    client = await serve(TablePages(tables.call).handle)

    answer = await client.get("/tables")

    (table,) = (await answer.json())["tables"]
    assert (table["TableName"], table["ItemCount"]) == ("Scores", 14)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_pages_lead_through_every_item_once(serve: Serve, tables: Tables) -> None:
    found = await read(serve, tables, limit="4")
    pages = [found["items"]]
    while found["next"]:
        found = await read(serve, tables, limit="4", start=json.dumps(found["next"]))
        pages.append(found["items"])
    seen = [(one["player"]["S"], one["round"]["N"]) for page in pages for one in page]

    assert max(map(len, pages)) == 4

    assert sorted(seen) == sorted((player, str(number)) for player in ("ann", "bob") for number in range(7))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"partition": "ann"}, ["0", "1", "2", "3", "4", "5", "6"]),
        ({"partition": "ann", "descending": "1", "limit": "2"}, ["6", "5"]),
        ({"partition": "ann", "sort": "3"}, ["3"]),
        ({"partition": "ann", "sort": "4", "compare": ">"}, ["5", "6"]),
        ({"partition": "ann", "sort": "2", "compare": "<="}, ["0", "1", "2"]),
        ({"index": "teams", "partition": "red", "sort": "bob", "compare": "begins_with"}, ["1", "3", "5"]),
        ({"partition": "nobody"}, []),
    ],
)
async def test_a_key_asks_for_its_items(
    serve: Serve, tables: Tables, query: dict[str, str], expected: list[str]
) -> None:
    found = await read(serve, tables, **query)

    assert (found["operation"], rounds(found)) == ("Query", expected)


async def test_an_index_without_a_key_is_read_whole(serve: Serve, tables: Tables) -> None:
    found = await read(serve, tables, index="teams")

    assert (found["operation"], len(found["items"])) == ("Scan", 14)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"index": "nowhere"}, "does not have the specified index: nowhere"),
        ({"partition": "ann", "sort": "1", "compare": "like"}, "cannot be compared with 'like'"),
        ({"start": "[1"}, "is no key"),
        ({"start": '"text"'}, "is no key"),
        ({"partition": "ann", "sort": "many"}, "converted to a numeric value: many"),
    ],
)
async def test_what_cannot_be_read_is_said(serve: Serve, tables: Tables, query: dict[str, str], says: str) -> None:
    assert says in (await read(serve, tables, **query))["error"]


async def test_an_unknown_table_is_said(serve: Serve, tables: Tables) -> None:
    client = await serve(TablePages(tables.call).handle)

    answer = await client.get("/tables/Nothing")

    assert answer.status == 400
    assert "Nothing not found" in (await answer.json())["error"]


@pytest.mark.parametrize("limit", ["100000", "99999999999999999999", "-1", "x", "0", "²", ""])
def test_a_page_is_never_larger_than_it_may_be(limit: str) -> None:
    _, body = request_of(TABLE, {"limit": limit})

    assert 1 <= body["Limit"] <= LARGEST_PAGE


async def test_nothing_but_reading_is_ever_asked(serve: Serve, tables: Tables) -> None:
    asked = []

    async def call(operation: str, body: dict[str, Any]) -> dict[str, Any]:
        asked.append(operation)
        return await tables.call(operation, body)

    client = await serve(TablePages(call).handle)
    for path in ("/tables", "/tables/Scores", "/tables/Scores?partition=ann&operation=DeleteItem&TableName=Other"):
        await client.get(path)

    assert set(asked) == {"ListTables", "DescribeTable", "Scan", "Query"}


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}]
)
async def test_a_page_from_elsewhere_reads_nothing(serve: Serve, tables: Tables, headers: dict[str, str]) -> None:
    client = await serve(TablePages(tables.call).handle)

    answer = await client.get("/tables", headers=headers)

    assert answer.status == 403
    assert "Scores" not in await answer.text()


def test_a_comparison_is_none_of_dynamodbs_expression_language() -> None:
    with pytest.raises(AwsError):
        request_of(TABLE, {"partition": "ann", "sort": "1", "compare": "= :sort OR #x"})
