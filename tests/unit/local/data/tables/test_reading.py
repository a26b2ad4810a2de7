"""Query and Scan: order, bounds, pages, filters, projections, indexes, segments."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.local.data.tables.desk import Desk, index, plain, value, wire


async def board(desk: Desk) -> None:
    """Seven moves of game "a" and one of "b"."""
    await desk.create(
        range="turn N",
        attributes=["player S", "score N"],
        GlobalSecondaryIndexes=[
            index("byPlayer", "player", "turn"),
            index("names", "player", projection="KEYS_ONLY"),
            {**index("some", "player"), "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["text"]}},
        ],
        LocalSecondaryIndexes=[index("byScore", "id", "score", projection="KEYS_ONLY")],
    )
    for turn in (-5, 0, 1, 2, 9, 10, Decimal("1.5")):
        await desk.put(id="a", turn=turn, player="x" if turn < 2 else "o", score=-turn, text=f"move {turn}")
    await desk.put(id="b", turn=1, text="elsewhere")


async def query(desk: Desk, condition: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {name: value(each) for name, each in values.items()}
    return await desk.call(
        "Query", TableName="Games", KeyConditionExpression=condition, ExpressionAttributeValues=given, **more
    )


def turns(answer: dict[str, Any]) -> list[Any]:
    return [plain(item)["turn"] for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("id = :a", {}, [-5, 0, 1, Decimal("1.5"), 2, 9, 10]),
        (":a = id", {}, [-5, 0, 1, Decimal("1.5"), 2, 9, 10]),
        ("id = :a AND turn = :n", {":n": 2}, [2]),
        ("id = :a AND turn < :n", {":n": 1}, [-5, 0]),
        ("id = :a AND turn <= :n", {":n": 1}, [-5, 0, 1]),
        ("id = :a AND turn > :n", {":n": 2}, [9, 10]),
        ("turn >= :n AND id = :a", {":n": 9}, [9, 10]),
        ("id = :a AND :n < turn", {":n": 9}, [10]),
        ("id = :a AND turn BETWEEN :n AND :m", {":n": 0, ":m": 2}, [0, 1, Decimal("1.5"), 2]),
        ("(id = :a) AND (turn > :n)", {":n": 9}, [10]),
    ],
)
async def test_a_query_finds_a_range_of_one_partition_in_order(
    desk: Desk, condition: str, values: dict[str, Any], expected: list[Any]
) -> None:
    await board(desk)
    assert turns(await query(desk, condition, {":a": "a", **values})) == expected
    back = await query(desk, condition, {":a": "a", **values}, ScanIndexForward=False)
    assert turns(back) == expected[::-1]


async def test_strings_and_binary_keys_are_ordered_by_bytes_and_found_by_their_beginning(desk: Desk) -> None:
    await desk.create("Texts", range="at S")
    await desk.create("Bytes", range="at B")
    words = ["", "Z", "a", "ab", "abc", "b", "é", "z", "😀", "\uffff"]
    for word in words[1:]:
        await desk.put("Texts", id="a", at=word)
    for raw in (b"\x00", b"\x7f", b"\xff", b"\xff\xff", b"\xff\x01"):
        body = {"id": {"S": "a"}, "at": {"B": base64.b64encode(raw).decode()}}
        await desk.call("PutItem", TableName="Bytes", Item=body)

    async def found(table: str, start: dict[str, Any]) -> list[Any]:
        answer = await desk.call(
            "Query", TableName=table, KeyConditionExpression="id = :a AND begins_with(#at, :s)",
            ExpressionAttributeNames={"#at": "at"}, ExpressionAttributeValues={":a": value("a"), ":s": start},
        )  # fmt: skip
        return [next(iter(item["at"].values())) for item in answer["Items"]]

    everything = await desk.call(
        "Query", TableName="Texts", KeyConditionExpression="id = :a", ExpressionAttributeValues={":a": value("a")}
    )
    assert [item["at"]["S"] for item in everything["Items"]] == sorted(words[1:], key=str.encode)
    assert await found("Texts", {"S": "ab"}) == ["ab", "abc"]
    ends = await found("Bytes", {"B": base64.b64encode(b"\xff").decode()})
    assert [base64.b64decode(each) for each in ends] == [b"\xff", b"\xff\x01", b"\xff\xff"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("name", [None, "byPlayer", "names", "byScore"])
async def test_pages_of_any_size_together_are_the_whole(desk: Desk, name: str | None, forward: bool) -> None:
    await board(desk)
    more: dict[str, Any] = {"ScanIndexForward": forward} | ({"IndexName": name} if name else {})
    condition, values = ("id = :v", {":v": "a"}) if name in (None, "byScore") else ("player = :v", {":v": "x"})
    whole = (await query(desk, condition, values, **more))["Items"]
    for limit in range(1, len(whole) + 2):
        pages: list[Any] = []
        start: dict[str, Any] = {}
        while True:
            answer = await query(desk, condition, values, Limit=limit, **start, **more)
            pages += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert pages == whole


async def test_a_page_ends_before_one_megabyte(desk: Desk) -> None:
    await desk.create(range="turn N")
    for turn in range(4):
        await desk.put(id="a", turn=turn, big="x" * 300_000)
    answer = await query(desk, "id = :a", {":a": "a"}, Select="COUNT")
    assert (answer["Count"], answer["LastEvaluatedKey"]) == (3, wire(id="a", turn=2))


async def test_a_filter_is_applied_after_the_page_is_read(desk: Desk) -> None:
    await board(desk)
    answer = await query(
        desk, "id = :a", {":a": "a", ":o": "o"}, FilterExpression="player = :o", Limit=4, ReturnConsumedCapacity="TOTAL"
    )
    assert (answer["Count"], answer["ScannedCount"]) == (0, 4)
    assert plain(answer["LastEvaluatedKey"])["turn"] == Decimal("1.5")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5


async def test_an_index_holds_only_items_that_have_its_key(desk: Desk) -> None:
    await board(desk)
    answer = await desk.call("Scan", TableName="Games", IndexName="byPlayer")
    assert answer["Count"] == 7
    await desk.call("UpdateItem", TableName="Games", Key=wire(id="a", turn=0), UpdateExpression="REMOVE player")
    assert (await desk.call("Scan", TableName="Games", IndexName="byPlayer"))["Count"] == 6


async def test_an_index_follows_its_items(desk: Desk) -> None:
    await board(desk)
    await desk.put(id="a", turn=0, player="o")
    assert 0 not in turns(await query(desk, "player = :p", {":p": "x"}, IndexName="byPlayer"))
    assert turns(await query(desk, "player = :p AND turn < :n", {":p": "o", ":n": 2}, IndexName="byPlayer")) == [0]
    await desk.call("DeleteItem", TableName="Games", Key=wire(id="a", turn=0))
    assert 0 not in turns(await query(desk, "player = :p", {":p": "o"}, IndexName="byPlayer"))


async def test_an_index_shows_what_it_projects(desk: Desk) -> None:
    await board(desk)
    for name, attributes in (("names", {"id", "turn", "player"}), ("some", {"id", "turn", "player", "text"})):
        (item,) = (await query(desk, "player = :p", {":p": "x"}, IndexName=name, Limit=1))["Items"]
        assert item.keys() == attributes


async def test_a_local_index_fetches_what_it_lacks_and_a_global_one_does_not(desk: Desk) -> None:
    await board(desk)
    local = await query(desk, "id = :a", {":a": "a"}, IndexName="byScore", Select="ALL_ATTRIBUTES", Limit=1)
    assert plain(local["Items"][0])["text"] == "move 10"
    with_text = await query(desk, "id = :a", {":a": "a"}, IndexName="byScore", ProjectionExpression="#t", Limit=1,
                            ExpressionAttributeNames={"#t": "text"})  # fmt: skip
    assert with_text["Items"] == [wire(text="move 10")]
    body: dict[str, Any] = {"TableName": "Games", "IndexName": "names", "KeyConditionExpression": "player = :p",
                            "ExpressionAttributeValues": wire(**{":p": "x"})}  # fmt: skip
    error = await desk.refused("Query", **body, Select="ALL_ATTRIBUTES")
    assert error.message.endswith(
        "Select type ALL_ATTRIBUTES is not supported for global secondary index names because its projection type "
        "is not ALL"
    )
    error = await desk.refused("Query", **body, ProjectionExpression="score")
    assert error.message.endswith("Global secondary index names does not project [score]")


async def test_a_global_index_has_no_consistent_reads(desk: Desk) -> None:
    await board(desk)
    error = await desk.refused("Scan", TableName="Games", IndexName="names", ConsistentRead=True)
    assert error.message == "Consistent reads are not supported on global secondary indexes"


async def test_the_segments_of_a_parallel_scan_are_the_whole_once(desk: Desk) -> None:
    await desk.create()
    for number in range(60):
        await desk.put(id=str(number))
    seen: list[str] = []
    sizes = []
    for segment in range(7):
        answer = await desk.call("Scan", TableName="Games", Segment=segment, TotalSegments=7)
        seen += [item["id"]["S"] for item in answer["Items"]]
        sizes.append(answer["Count"])
    assert sorted(seen, key=int) == [str(number) for number in range(60)]
    assert max(sizes) < 30


async def test_a_scan_does_not_follow_the_order_of_keys(desk: Desk) -> None:
    await desk.create()
    for number in range(30):
        await desk.put(id=f"{number:02}")
    ids = [item["id"]["S"] for item in (await desk.call("Scan", TableName="Games"))["Items"]]
    assert ids != sorted(ids)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"Segment": 1},
            (
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
                "present"
            ),
        ),
        (
            {"TotalSegments": 1},
            (
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
                "present"
            ),
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            (
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not "
                "less than TotalSegments: 2"
            ),
        ),
        ({"ProjectionExpression": "id", "Select": "COUNT"}, None),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, None),
        ({"IndexName": "nowhere"}, "The table does not have the specified index: nowhere"),
        (
            {"ExclusiveStartKey": {"id": {"N": "1"}}},
            "The provided starting key is invalid: The provided key element does not match the schema",
        ),
        ({"Limit": 0}, None),
    ],
)
async def test_a_scan_that_makes_no_sense_is_refused(desk: Desk, body: dict[str, Any], message: str | None) -> None:
    await desk.create()
    error = await desk.refused("Scan", TableName="Games", **body)
    assert error.code == "ValidationException"
    assert message is None or error.message == message


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("turn = :n", "Query condition missed key schema element: id"),
        ("id = :a AND score = :n", "Query condition missed key schema element: turn"),
        ("id > :a", "Query key condition not supported"),
        ("id = :a OR turn = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT id = :a", "Invalid operator used in KeyConditionExpression: NOT"),
        ("id IN (:a)", "Invalid operator used in KeyConditionExpression: IN"),
        ("contains(id, :a)", "Invalid operator used in KeyConditionExpression: contains"),
        ("id = :a AND id = :a", "KeyConditionExpressions must only contain one condition per key"),
        ("id.x = :a", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("size(id) = :n", "KeyConditionExpressions cannot contain nested operations"),
        (
            "id = turn",
            "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
        ),
        ("id = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
    ],
)
async def test_a_key_condition_is_equality_and_one_range(desk: Desk, condition: str, message: str) -> None:
    await desk.create(range="turn N")
    values = {name: value(each) for name, each in ((":a", "a"), (":n", 1)) if name in condition}
    body = {"KeyConditionExpression": condition} | ({"ExpressionAttributeValues": values} if values else {})
    assert (await desk.refused("Query", TableName="Games", **body)).message == message


async def test_a_filter_has_no_key_attributes(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused(
        "Query", TableName="Games", KeyConditionExpression="id = :a", FilterExpression="id <> :a",
        ExpressionAttributeValues=wire(**{":a": "a"}),
    )  # fmt: skip
    assert error.message == "Filter Expression can only contain non-primary key attributes: Primary key attribute: id"


async def test_a_start_key_lies_within_the_query(desk: Desk) -> None:
    await board(desk)
    body: dict[str, Any] = {"TableName": "Games", "KeyConditionExpression": "id = :a AND turn > :n",
                            "ExpressionAttributeValues": wire(**{":a": "a", ":n": 1})}  # fmt: skip
    error = await desk.refused("Query", **body, ExclusiveStartKey=wire(id="b", turn=2))
    assert error.message == "The provided starting key is outside query boundaries based on provided conditions"
    error = await desk.refused("Query", **body, ExclusiveStartKey=wire(id="a", turn=0))
    assert error.message == "The provided starting key does not match the range key predicate"


async def test_a_query_needs_a_key_condition(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("Query", TableName="Games")
    assert error.message.startswith("Either the KeyConditions or KeyConditionExpression parameter must be specified")


async def test_an_indexs_size_is_that_of_what_it_holds(desk: Desk) -> None:
    await board(desk)

    async def sizes() -> dict[str, tuple[int, int]]:
        table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
        indexes = [*table["GlobalSecondaryIndexes"], *table["LocalSecondaryIndexes"]]
        return {each["IndexName"]: (each["ItemCount"], each["IndexSizeBytes"]) for each in indexes}

    before = await sizes()
    await desk.put(id="c", turn=3, player="x", score=1, text="y" * 100)
    after = await sizes()
    key = len("idcturn") + 2
    player, score, text = len("playerx"), len("score") + 2, len("text") + 100
    grown = {name: (after[name][0] - before[name][0], after[name][1] - before[name][1]) for name in before}
    assert grown == {
        "byPlayer": (1, key + player + score + text),
        "names": (1, key + player),
        "some": (1, key + player + text),
        "byScore": (1, key + score),
    }
