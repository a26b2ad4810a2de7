"""Items are answered as the text they are stored as, and read only where somebody looks into them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.api.protocols import Wire, json_reply
from terrarium.local.data.tables.service import FILE
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.stored_item import StoredItem, written
from terrarium.local.json_text import JsonText, read_texts
from tests.unit.local.data.tables.desk import Desk, index, value, wire

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(texts, st.builds(value, texts | st.integers() | st.booleans() | st.lists(texts))))
def test_a_stored_item_is_the_item(item: dict[str, Any]) -> None:
    assert StoredItem(written(item), item_size(item)).item == item


@given(
    st.dictionaries(texts, texts | st.lists(st.integers()) | st.builds(lambda one: JsonText(json.dumps(one)), texts))
)
def test_text_in_a_result_reaches_clients_as_what_it_stands_for(result: dict[str, Any]) -> None:
    assert json.loads(json_reply(Wire.JSON_1_0, result, "id").body) == read_texts(result)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"Key": wire(id="é", at=7)}),
        ("Scan", {}),
        ("Query", {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": value("é")}}),
        ("Scan", {"FilterExpression": "size(id) = :one", "ExpressionAttributeValues": {":one": value(1)}}),
        ("Scan", {"IndexName": "all"}),
        ("Scan", {"ProjectionExpression": "grp"}),
        ("Scan", {"IndexName": "keys"}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM Games"}),
    ],
)
async def test_what_is_not_read_is_what_is_read(tmp_path: Path, operation: str, body: dict[str, Any]) -> None:
    if operation != "ExecuteStatement":
        body = {"TableName": "Games", **body}
    async with Desk(tmp_path) as desk:
        await desk.create(
            range="at N", attributes=["grp S"],
            GlobalSecondaryIndexes=[index("all", "grp"), index("keys", "grp", projection="KEYS_ONLY")],
        )  # fmt: skip
        await desk.put(id="é", at=7, grp='\u2028\x00"', more=["a", {"b": None}])
        answer = await desk.call(operation, **body)
        assert answer.get("Item") or answer["Items"]
        sent = json_reply(Wire.JSON_1_0, desk.tables.run(operation, body), "id").body
    assert json.loads(sent) == answer


async def test_items_that_an_earlier_version_stored_are_read_and_weighed_alike(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        await desk.put(id="a", text="é\n")
        before = await desk.call("Scan", TableName="Games", ReturnConsumedCapacity="TOTAL")
    with sqlite3.connect(tmp_path / FILE) as file:
        (stored,) = file.execute("SELECT item FROM items_1").fetchone()
        file.execute("UPDATE items_1 SET item = ?", (json.dumps(json.loads(stored)),))
    file.close()
    async with Desk(tmp_path, desk.clock) as again:
        assert await again.call("Scan", TableName="Games", ReturnConsumedCapacity="TOTAL") == before
        assert await again.get(id="a") == {"id": "a", "text": "é\n"}
