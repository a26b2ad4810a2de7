"""Making, describing, changing and deleting tables, and what is set on them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.data.tables.desk import Desk, index, schema, wire

# Any: parameters of CreateTable.
PROVISIONED: dict[str, Any] = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}


async def test_a_described_table_has_everything_that_readers_look_for(desk: Desk) -> None:
    created = await desk.create(
        range="at N",
        attributes=["status S"],
        GlobalSecondaryIndexes=[index("statusIndex", "status", "at")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True},
        DeletionProtectionEnabled=True,
    )
    assert created["TableStatus"] == "CREATING"
    await desk.put(id="a", at=1, status="s")
    table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Games"
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableArn"] == arn
    assert len(table["TableId"]) == 36
    assert table["CreationDateTime"] == desk.clock.now()
    assert table["KeySchema"] == schema("id", "at")
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 3 + 4 + 7)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert table["LatestStreamArn"] == f"{arn}/stream/{table['LatestStreamLabel']}"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["DeletionProtectionEnabled"] is True
    (only,) = table["GlobalSecondaryIndexes"]
    assert (only["IndexArn"], only["IndexStatus"], only["ItemCount"]) == (f"{arn}/index/statusIndex", "ACTIVE", 1)


async def test_a_table_is_found_by_its_arn_as_well(desk: Desk) -> None:
    created = await desk.create()
    answer = await desk.call("DescribeTable", TableName=created["TableArn"])
    assert answer["Table"]["TableName"] == "Games"


async def test_a_name_is_taken_once(desk: Desk) -> None:
    await desk.create()
    body = {"KeySchema": schema("id"), "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    error = await desk.refused("CreateTable", TableName="Games", BillingMode="PAY_PER_REQUEST", **body)
    assert (error.code, error.message) == ("ResourceInUseException", "Table already exists: Games")


async def test_deleting_a_table_deletes_its_items_and_indexes(desk: Desk) -> None:
    await desk.create(attributes=["status S"], GlobalSecondaryIndexes=[index("statusIndex", "status")])
    await desk.put(id="a", status="s")
    answer = await desk.call("DeleteTable", TableName="Games")
    assert answer["TableDescription"]["TableStatus"] == "DELETING"
    assert (await desk.refused("DescribeTable", TableName="Games")).code == "ResourceNotFoundException"
    await desk.create(attributes=["status S"], GlobalSecondaryIndexes=[index("statusIndex", "status")])
    assert (await desk.call("Scan", TableName="Games"))["Count"] == 0
    assert (await desk.call("Scan", TableName="Games", IndexName="statusIndex"))["Count"] == 0


async def test_a_protected_table_is_not_deleted(desk: Desk) -> None:
    await desk.create(DeletionProtectionEnabled=True)
    error = await desk.refused("DeleteTable", TableName="Games")
    assert "protected against deletion" in error.message
    await desk.call("UpdateTable", TableName="Games", DeletionProtectionEnabled=False)
    await desk.call("DeleteTable", TableName="Games")


async def test_tables_are_listed_in_order_and_in_pages(desk: Desk) -> None:
    for name in ("ccc", "aaa", "bbb"):
        await desk.create(name)
    first = await desk.call("ListTables", Limit=2)
    assert first == {"TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    assert await desk.call("ListTables", ExclusiveStartTableName="bbb") == {"TableNames": ["ccc"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TableName": "ab"}, "TableName must be at least 3 characters long and at most 255 characters long"),
        (
            {"AttributeDefinitions": []},
            (
                "One or more parameter values were invalid: Some index key attributes are not defined in "
                "AttributeDefinitions. Keys: [id], AttributeDefinitions: []"
            ),
        ),
        (
            {"KeySchema": schema("id", "id")},
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            (
                "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                "specified when BillingMode is PAY_PER_REQUEST"
            ),
        ),
        (
            {"BillingMode": "PROVISIONED"},
            (
                "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be "
                "specified when BillingMode is PROVISIONED"
            ),
        ),
        (
            {"LocalSecondaryIndexes": [index("local", "id", "n")]},
            (
                "One or more parameter values were invalid: Table KeySchema does not have a range key, which is "
                "required when specifying a LocalSecondaryIndex"
            ),
        ),
        (
            {"GlobalSecondaryIndexes": [index("same", "id"), index("same", "id")]},
            "One or more parameter values were invalid: Duplicate index name: same",
        ),
        (
            {"GlobalSecondaryIndexes": [index(f"index{number}", "id") for number in range(21)]},
            "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "KEY"}]},
            (
                "1 validation error detected: Value 'KEY' at 'keySchema.1.member.keyType' failed to satisfy "
                "constraint: Member must satisfy enum value set: [HASH, RANGE]"
            ),
        ),
        (
            {"KeySchema": None},
            (
                "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
                "Member must not be null"
            ),
        ),
    ],
)
async def test_a_table_that_makes_no_sense_is_refused(desk: Desk, changes: dict[str, Any], message: str) -> None:
    body = {
        "TableName": "Games",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema("id"),
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    } | changes
    error = await desk.refused("CreateTable", **body)
    assert (error.code, error.message) == ("ValidationException", message)
    assert await desk.call("ListTables") == {"TableNames": []}


async def test_json_of_the_wrong_type_is_a_serialization_error(desk: Desk) -> None:
    error = await desk.refused("DescribeTable", TableName=5)
    assert (error.code, error.message) == ("SerializationException", "NUMBER_VALUE cannot be converted to String")


async def test_a_new_index_is_filled_from_the_items_there_are(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", status="s")
    await desk.put(id="b")
    await desk.call(
        "UpdateTable", TableName="Games",
        AttributeDefinitions=[{"AttributeName": "status", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("statusIndex", "status")}],
    )  # fmt: skip
    answer = await desk.call("Scan", TableName="Games", IndexName="statusIndex")
    assert answer["Items"] == [wire(id="a", status="s")]
    await desk.call(
        "UpdateTable", TableName="Games", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "statusIndex"}}]
    )
    error = await desk.refused("Scan", TableName="Games", IndexName="statusIndex")
    assert error.message == "The table does not have the specified index: statusIndex"
    table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


async def test_one_index_is_made_or_deleted_at_a_time(desk: Desk) -> None:
    await desk.create()
    both = [{"Create": index("one", "id")}, {"Create": index("two", "id")}]
    error = await desk.refused("UpdateTable", TableName="Games", GlobalSecondaryIndexUpdates=both)
    assert error.code == "LimitExceededException"


async def test_throughput_changes_are_dated(desk: Desk) -> None:
    await desk.create(**PROVISIONED)
    same = await desk.refused(
        "UpdateTable", TableName="Games", ProvisionedThroughput=PROVISIONED["ProvisionedThroughput"]
    )
    assert "will not change" in same.message
    await desk.clock.advance(10)
    await desk.call(
        "UpdateTable", TableName="Games", ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 2}
    )
    throughput = (await desk.call("DescribeTable", TableName="Games"))["Table"]["ProvisionedThroughput"]
    assert throughput == {
        "ReadCapacityUnits": 9, "WriteCapacityUnits": 2, "NumberOfDecreasesToday": 1,
        "LastIncreaseDateTime": desk.clock.now(), "LastDecreaseDateTime": desk.clock.now(),
    }  # fmt: skip


async def test_a_table_changes_its_billing_mode_both_ways(desk: Desk) -> None:
    await desk.create(**PROVISIONED)
    assert "BillingModeSummary" not in (await desk.call("DescribeTable", TableName="Games"))["Table"]
    await desk.call("UpdateTable", TableName="Games", BillingMode="PAY_PER_REQUEST")
    table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    await desk.call("UpdateTable", TableName="Games", **PROVISIONED)
    table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"


async def test_a_stream_is_switched_on_off_and_on_again(desk: Desk) -> None:
    await desk.create()
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    first = (await desk.call("UpdateTable", TableName="Games", StreamSpecification=on))["TableDescription"]
    assert (
        "already has an enabled stream"
        in (await desk.refused("UpdateTable", TableName="Games", StreamSpecification=on)).message
    )
    await desk.call("UpdateTable", TableName="Games", StreamSpecification={"StreamEnabled": False})
    off = await desk.refused("UpdateTable", TableName="Games", StreamSpecification={"StreamEnabled": False})
    assert off.message == "Table has no stream to disable: TableName: Games"
    second = (await desk.call("UpdateTable", TableName="Games", StreamSpecification=on))["TableDescription"]
    assert second["LatestStreamArn"] != first["LatestStreamArn"]
    await desk.put(id="a")
    assert await desk.records(first["LatestStreamArn"]) == []
    assert len(await desk.records(second["LatestStreamArn"])) == 1


async def test_an_update_asks_for_something(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("UpdateTable", TableName="Games")
    assert error.message.startswith("At least one of ProvisionedThroughput, BillingMode")


async def test_tags_are_added_changed_and_removed(desk: Desk) -> None:
    arn = (await desk.create(Tags=[{"Key": "team", "Value": "one"}]))["TableArn"]
    await desk.call(
        "TagResource", ResourceArn=arn, Tags=[{"Key": "team", "Value": "two"}, {"Key": "env", "Value": "dev"}]
    )
    await desk.call("UntagResource", ResourceArn=arn, TagKeys=["env", "never"])
    assert await desk.call("ListTagsOfResource", ResourceArn=arn) == {"Tags": [{"Key": "team", "Value": "two"}]}


async def test_a_table_has_at_most_fifty_tags(desk: Desk) -> None:
    arn = (await desk.create())["TableArn"]
    error = await desk.refused(
        "TagResource", ResourceArn=arn, Tags=[{"Key": str(number), "Value": ""} for number in range(51)]
    )
    assert error.code == "ValidationException"


async def test_point_in_time_recovery_is_described_as_switched(desk: Desk) -> None:
    await desk.create()
    body = {"TableName": "Games", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    await desk.tables.call("UpdateContinuousBackups", body)
    answer = await desk.call("DescribeContinuousBackups", TableName="Games")
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (recovery["PointInTimeRecoveryStatus"], recovery["RecoveryPeriodInDays"]) == ("ENABLED", 35)
    assert recovery["EarliestRestorableDateTime"] == desk.clock.now()
    assert (await desk.refused("DescribeContinuousBackups", TableName="Nowhere")).code == "TableNotFoundException"


async def test_limits_and_endpoints_are_told(desk: Desk) -> None:
    assert (await desk.call("DescribeLimits"))["TableMaxReadCapacityUnits"] == 40_000
    (endpoint,) = (await desk.call("DescribeEndpoints"))["Endpoints"]
    assert endpoint["Address"] == "dynamodb.us-east-1.amazonaws.com"
