"""DynamoDB: queries, scans, indexes, pages, capacity."""

from __future__ import annotations

from typing import Any

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import THINGS, Table, made, refused, things
from tests.fidelity.targets.target import Target

QUERY = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"
SCAN = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"
KEYS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"
PAGES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"
GSI = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"
LSI = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html"
CAPACITY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"


def filled(target: Target, *numbers: float, **attributes: Any) -> Table:
    """A partition with items of these sort keys."""
    table = things(target)
    for n in numbers:
        table.put(n, **attributes)
    return table


@source(QUERY)
def test_order(target: Target) -> None:
    """A query returns items in the order of their sort key, numbers by value."""
    assert filled(target, 10, 9, -1, 0.5, 100).numbers() == ["-1", "0.5", "9", "10", "100"]


@source(QUERY)
def test_backward(target: Target) -> None:
    """ScanIndexForward false turns the order around."""
    assert filled(target, 1, 2, 3).numbers(ScanIndexForward=False) == ["3", "2", "1"]


@source(KEYS)
def test_ranges(target: Target) -> None:
    """A sort key can be compared and taken BETWEEN two values, both included."""
    table = filled(target, 1, 2, 3, 4)
    values = {":a": {"N": "2"}, ":b": {"N": "3"}}
    assert table.numbers("id = :id AND n BETWEEN :a AND :b", values) == ["2", "3"]
    assert table.numbers("id = :id AND n > :a", {":a": {"N": "2"}}) == ["3", "4"]


@source(KEYS)
def test_begins_with(target: Target) -> None:
    """A sort key that is a text can be matched with begins_with."""
    table = things(target)
    for n, colour in enumerate(("red", "reddish", "green")):
        table.put(n, colour={"S": colour})
    condition = "id = :id AND begins_with(colour, :c)"
    assert table.numbers(condition, {":c": {"S": "red"}}, IndexName="byColour") == ["0", "1"]


@source(KEYS)
def test_partition_key_equality(target: Target) -> None:
    """The partition key must be compared with =."""
    table = things(target)
    with refused("ValidationException") as error:
        table.query("id > :id")
    assert error.message == "Query key condition not supported"


@source(KEYS)
def test_partition_key_needed(target: Target) -> None:
    """A query without the partition key is refused, and the message names it."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.query(
            TableName=table.name, KeyConditionExpression="n = :n", ExpressionAttributeValues={":n": {"N": "1"}}
        )
    assert error.message == "Query condition missed key schema element: id"


@source(QUERY)
def test_filter_on_key(target: Target) -> None:
    """A filter may not name a key attribute."""
    table = things(target)
    with refused("ValidationException") as error:
        table.query(values={":n": {"N": "1"}}, FilterExpression="n = :n")
    assert error.message == ("Filter Expression can only contain non-primary key attributes: Primary key attribute: n")


@source(QUERY)
def test_filter_counts(target: Target) -> None:
    """A filter applies after reading: Count is what is left, ScannedCount what was read."""
    table = filled(target, 1, 2, 3, a={"S": "x"})
    table.put(4, a={"S": "y"})
    found = table.query(values={":y": {"S": "y"}}, FilterExpression="a = :y")
    assert (found["Count"], found["ScannedCount"]) == (1, 4)


@source(PAGES)
def test_limit_before_filter(target: Target) -> None:
    """Limit counts items read, not items found, so a page may be empty and have a LastEvaluatedKey."""
    table = filled(target, 1, 2, 3, a={"S": "x"})
    found = table.query(values={":y": {"S": "y"}}, FilterExpression="a = :y", Limit=2)
    assert (found["Count"], found["ScannedCount"]) == (0, 2)
    assert found["LastEvaluatedKey"] == table.key(2)


@source(PAGES)
def test_pages(target: Target) -> None:
    """LastEvaluatedKey is the key of the page's last item, and the next page begins after it."""
    table = filled(target, 1, 2, 3)
    first = table.query(Limit=2)
    assert first["LastEvaluatedKey"] == table.key(2)
    second = table.query(Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["n"]["N"] for item in second["Items"]] == ["3"]
    assert "LastEvaluatedKey" not in second


@source(PAGES)
def test_full_last_page(target: Target) -> None:
    """A page that ends exactly with the last item still has a LastEvaluatedKey."""
    table = filled(target, 1, 2)
    first = table.query(Limit=2)
    assert first["LastEvaluatedKey"] == table.key(2)
    assert table.query(ExclusiveStartKey=table.key(2))["Items"] == []


@source(PAGES)
def test_page_of_a_megabyte(target: Target) -> None:
    """A page ends at 1 MB."""
    table = filled(target, 1, 2, 3, 4, a={"S": "x" * 300_000})
    found = table.query()
    assert found["Count"] < 4
    assert "LastEvaluatedKey" in found


@source(QUERY)
def test_limit_of_zero(target: Target) -> None:
    """Limit must be at least 1."""
    table = things(target)
    with refused("ValidationException") as error:
        target.unchecked("dynamodb").query(
            TableName=table.name,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "x"}},
            Limit=0,
        )
    assert "Member must have value greater than or equal to 1" in error.message


@source(QUERY)
def test_select_count(target: Target) -> None:
    """Select COUNT returns a count and no items."""
    found = filled(target, 1, 2, 3).query(Select="COUNT")
    assert (found["Count"], "Items" in found) == (3, False)


@source(QUERY)
def test_start_key(target: Target) -> None:
    """An ExclusiveStartKey that is no key of the table is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.query(ExclusiveStartKey={"id": {"S": table.id}})
    assert error.message.startswith("The provided starting key is invalid")


@source(GSI)
def test_index(target: Target) -> None:
    """A global index finds items by another key, in the order of its own sort key."""
    table = things(target)
    for n, rank in ((1, 3), (2, 1), (3, 2)):
        table.put(n, owner={"S": table.id}, rank={"N": str(rank)})
    assert owned(table, "byOwner", wanted=3) == ["2", "3", "1"]


def owned(table: Table, index: str, wanted: int) -> list[str]:
    """The sort keys that an index holds for this test; on AWS an index is up to date after a moment."""
    items: list[Any] = []
    for _ in range(50):
        items = table.dynamodb.query(
            TableName=table.name,
            IndexName=index,
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": table.id}},
        )["Items"]
        if len(items) == wanted:
            break
    return [item["n"]["N"] for item in items]


@source(GSI)
def test_sparse_index(target: Target) -> None:
    """An item without the index's key is in the table and not in the index."""
    table = things(target)
    table.put(1, owner={"S": table.id}, rank={"N": "1"})
    table.put(2, owner={"S": table.id})
    assert owned(table, "byOwner", wanted=1) == ["1"]


@source(GSI)
def test_index_key_type(target: Target) -> None:
    """An attribute that is an index's key must have its type."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(owner={"N": "1"})
    assert error.message.startswith(
        "One or more parameter values were invalid: Type mismatch for Index Key owner Expected: S Actual: N IndexName: "
    )


@source(GSI)
def test_index_not_consistent(target: Target) -> None:
    """A global index cannot be read consistently."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.query(
            TableName=table.name,
            IndexName="byOwner",
            KeyConditionExpression="#o = :o",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": "x"}},
            ConsistentRead=True,
        )
    assert error.message == "Consistent reads are not supported on global secondary indexes"


@source(GSI)
def test_keys_only(target: Target) -> None:
    """A KEYS_ONLY index returns the table's key and the index's, and nothing else."""
    table = things(target)
    table.put(1, owner={"S": table.id}, rank={"N": "1"}, note={"S": "hidden"})
    assert owned(table, "keysOnly", wanted=1) == ["1"]
    (item,) = table.dynamodb.query(
        TableName=table.name,
        IndexName="keysOnly",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues={":o": {"S": table.id}},
    )["Items"]
    assert set(item) == {"id", "n", "owner"}


@source(GSI)
def test_index_all_attributes(target: Target) -> None:
    """ALL_ATTRIBUTES of a global index that does not hold them all is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.query(
            TableName=table.name,
            IndexName="keysOnly",
            Select="ALL_ATTRIBUTES",
            KeyConditionExpression="#o = :o",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": table.id}},
        )
    assert "Select type ALL_ATTRIBUTES is not supported for global secondary index keysOnly" in error.message


@source(LSI)
def test_local_index_include(target: Target) -> None:
    """A local index with INCLUDE returns keys and what it includes; the rest can be fetched by asking for it all."""
    table = things(target)
    table.put(1, colour={"S": "red"}, note={"S": "seen"}, secret={"S": "elsewhere"})
    (item,) = table.query(IndexName="byColour")["Items"]
    assert set(item) == {"id", "n", "colour", "note"}
    (item,) = table.query(IndexName="byColour", Select="ALL_ATTRIBUTES")["Items"]
    assert item["secret"] == {"S": "elsewhere"}


@source(QUERY)
def test_unknown_index(target: Target) -> None:
    """An unknown index is refused, and the message names it."""
    table = things(target)
    with refused("ValidationException") as error:
        table.query(IndexName="nope")
    assert error.message == "The table does not have the specified index: nope"


@source(SCAN)
def test_scan_pages(target: Target) -> None:
    """A scan in pages returns every item once."""
    table = filled(target, *range(7))
    assert sorted(_scan(table)) == [str(n) for n in range(7)]


def _scan(table: Table) -> list[str]:
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = table.dynamodb.scan(TableName=table.name, Limit=3, **more)
        found += [item["n"]["N"] for item in page["Items"] if item["id"]["S"] == table.id]
        if "LastEvaluatedKey" not in page:
            return found
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html")
def test_parallel_scan(target: Target) -> None:
    """The segments of a parallel scan hold every item once between them."""
    name = made(target, **_simple())
    dynamodb = target.client("dynamodb")
    for n in range(12):
        dynamodb.put_item(TableName=name, Item={"id": {"S": str(n)}})
    segments = [
        [item["id"]["S"] for item in dynamodb.scan(TableName=name, Segment=segment, TotalSegments=3)["Items"]]
        for segment in range(3)
    ]
    assert sorted(id for segment in segments for id in segment) == sorted(str(n) for n in range(12))


def _simple() -> dict[str, Any]:
    return {
        "KeySchema": THINGS["KeySchema"][:1],
        "AttributeDefinitions": THINGS["AttributeDefinitions"][:1],
        "BillingMode": "PAY_PER_REQUEST",
    }


@source(SCAN)
def test_segment_range(target: Target) -> None:
    """A segment must be below the number of segments."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.scan(TableName=table.name, Segment=3, TotalSegments=3)
    assert error.message == (
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 3 is not less than TotalSegments: 3"
    )


@source(CAPACITY)
def test_read_capacity(target: Target) -> None:
    """An eventually consistent read costs half a unit for each 4 KB, a consistent one a whole."""
    table = things(target)
    table.put(a={"S": "x" * 5_000})
    units = [
        table.dynamodb.get_item(
            TableName=table.name, Key=table.key(), ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
        )["ConsumedCapacity"]["CapacityUnits"]
        for consistent in (False, True)
    ]
    assert units == [1.0, 2.0]


@source(CAPACITY)
def test_write_capacity(target: Target) -> None:
    """A write costs a unit for each 1 KB begun."""
    table = things(target)
    item = table.key() | {"a": {"S": "x" * 1_500}}
    answer = table.dynamodb.put_item(TableName=table.name, Item=item, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table.name, "CapacityUnits": 2.0}


@source(CAPACITY)
def test_index_capacity(target: Target) -> None:
    """INDEXES tells what table and indexes cost each: a write to two indexes costs three units."""
    table = things(target)
    item = table.key() | {"owner": {"S": table.id}, "rank": {"N": "1"}}
    answer = table.dynamodb.put_item(TableName=table.name, Item=item, ReturnConsumedCapacity="INDEXES")
    consumed = answer["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == 3.0
    assert consumed["Table"]["CapacityUnits"] == 1.0
    assert set(consumed["GlobalSecondaryIndexes"]) == {"byOwner", "keysOnly"}


@source(CAPACITY)
def test_query_capacity(target: Target) -> None:
    """A query pays for the sum of what it reads, rounded up once, filtered or not."""
    table = filled(target, 1, 2, 3, a={"S": "x" * 3_000})
    answer = table.query(
        values={":y": {"S": "y"}}, FilterExpression="a = :y", ReturnConsumedCapacity="TOTAL", ConsistentRead=True
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 3.0
