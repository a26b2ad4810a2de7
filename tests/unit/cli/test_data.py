"""Items as people read them, and the calls that find them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from terrarium.cli.data import plain, request, write
from terrarium.errors import UserError

TABLE: dict[str, Any] = {  # as DescribeTable describes it
    "TableName": "players",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "status", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "byStatus",
            "KeySchema": [
                {"AttributeName": "status", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
        }
    ],
}


def test_values_read_as_people_write_them() -> None:
    item = {
        "s": {"S": "text"},
        "whole": {"N": "3"},
        "part": {"N": "2.5"},
        "set": {"NS": ["2", "1"]},
        "list": {"L": [{"BOOL": True}, {"NULL": True}]},
        "map": {"M": {"inner": {"B": "YQ=="}}},
    }
    item["map"]["M"]["inner"] = {"B": b"a"}  # type: ignore[index]  # what a client makes of YQ==
    assert plain(item) == {
        "s": "text",
        "whole": 3,
        "part": 2.5,
        "set": [1, 2],
        "list": [True, None],
        "map": {"inner": "YQ=="},
    }


def test_without_a_key_the_table_is_scanned() -> None:
    assert request(TABLE, None, []) == ("Scan", {"TableName": "players"})
    assert request(TABLE, "byStatus", []) == ("Scan", {"TableName": "players", "IndexName": "byStatus"})


def test_with_a_key_the_index_is_queried_with_values_of_its_types() -> None:
    operation, body = request(TABLE, "byStatus", ["status=active", "at=5"])
    assert operation == "Query"
    assert body["KeyConditionExpression"] == "#k0 = :v0 AND #k1 = :v1"
    assert body["ExpressionAttributeNames"] == {"#k0": "status", "#k1": "at"}
    assert body["ExpressionAttributeValues"] == {":v0": {"S": "active"}, ":v1": {"N": "5"}}


@pytest.mark.parametrize(
    ("index", "keys", "hint"), [("byStatu", [], "'byStatus'"), (None, ["idd=1"], "'id'"), (None, ["zzz=1"], "keys: id")]
)
def test_a_wrong_name_is_answered_with_the_right_ones(index: str | None, keys: list[str], hint: str) -> None:
    with pytest.raises(UserError) as caught:
        request(TABLE, index, keys)
    assert hint in caught.value.hint


def test_items_are_exported_in_the_form_that_the_ending_says(tmp_path: Path) -> None:
    items: list[dict[str, Any]] = [{"id": "1", "n": 1}, {"id": "2", "extra": {"a": [1]}}]
    assert write(iter(items), tmp_path / "all.json") == 2
    assert json.loads((tmp_path / "all.json").read_text()) == items
    assert write(iter(items), tmp_path / "all.jsonl") == 2
    assert [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()] == items
    assert write(iter(items), tmp_path / "all.csv") == 2
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"id": "1", "n": "1", "extra": ""}, {"id": "2", "n": "", "extra": '{"a": [1]}'}]


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ends in nothing that is known"):
        write(iter([]), tmp_path / "all.xml")
