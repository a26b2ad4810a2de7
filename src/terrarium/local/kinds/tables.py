"""DynamoDB tables: made in the engine, or changed there to what is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.held import made
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry

# Bodies of DynamoDB's calls: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
Body = dict[str, Any]


class TableKind(Passive):
    """Tables and their streams."""

    types: ClassVar[tuple[str, ...]] = ("aws_dynamodb_table",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        body = creation(entry)
        try:
            before = (await self._parts.tables.call("DescribeTable", {"TableName": entry["name"]}))["Table"]
        except AwsError:
            await self._parts.tables.call("CreateTable", body)
        else:
            await self._change(entry, before, body)
            await self._tags(entry, before["TableArn"])
        await self._settings(entry)
        table = (await self._parts.tables.call("DescribeTable", {"TableName": entry["name"]}))["Table"]
        return {"stream_arn": table.get("LatestStreamArn"), "stream_label": table.get("LatestStreamLabel")}

    async def _change(self, entry: Entry, before: Body, body: Body) -> None:
        """Brings a table that is there already to what is written. Its key cannot change, nor can it on AWS."""
        if before["KeySchema"] != body["KeySchema"]:
            raise UserError(
                f"table {entry['name']} exists with another key, and a table's key cannot change",
                where=entry.origin,
                hint="AWS would replace the table and lose its items; here: terrarium reset",
            )
        for change in changes(before, body):
            await self._parts.tables.call("UpdateTable", {"TableName": entry["name"], **change})

    async def _settings(self, entry: Entry) -> None:
        """What DynamoDB sets in calls of their own."""
        name = entry["name"]
        ttl = entry.block("ttl")
        asked = {"Enabled": bool(ttl.get("enabled")), "AttributeName": ttl.get("attribute_name", "")}
        described = await self._parts.tables.call("DescribeTimeToLive", {"TableName": name})
        if asked["Enabled"] != (described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"):
            await self._parts.tables.call("UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": asked})
        recovery = {"PointInTimeRecoveryEnabled": bool(entry.block("point_in_time_recovery").get("enabled"))}
        body = {"TableName": name, "PointInTimeRecoverySpecification": recovery}
        await self._parts.tables.call("UpdateContinuousBackups", body)

    async def _tags(self, entry: Entry, arn: str) -> None:
        """Gives a table the tags that are written, and those of the architecture, and no others."""
        listed = (await self._parts.tables.call("ListTagsOfResource", {"ResourceArn": arn}))["Tags"]
        found = {tag["Key"]: tag["Value"] for tag in listed}
        if gone := [key for key in found if key not in entry.tags]:
            await self._parts.tables.call("UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if entry.tags.items() - found.items():
            tags = [{"Key": key, "Value": value} for key, value in entry.tags.items()]
            await self._parts.tables.call("TagResource", {"ResourceArn": arn, "Tags": tags})

    def held(self) -> Iterator[Entry]:
        return (made("aws_dynamodb_table", "name", name) for name in self._parts.tables.engine.catalog.names())

    def reached_at(self, entry: Entry) -> str:
        return f"aws dynamodb scan --table-name {entry['name']}"


def creation(entry: Entry) -> Body:
    """A table as CreateTable wants it said."""
    body: Body = {
        "TableName": entry["name"],
        "AttributeDefinitions": [
            {"AttributeName": a["name"], "AttributeType": a["type"]} for a in entry.get("attribute", [])
        ],
        "KeySchema": _key(entry.values),
        "BillingMode": entry.get("billing_mode", "PROVISIONED"),
        "SSESpecification": _encryption(entry),
        "StreamSpecification": _stream(entry),
        "DeletionProtectionEnabled": entry.get("deletion_protection_enabled", False),
    }
    indexes = {
        "GlobalSecondaryIndexes": [_index(index, entry) for index in entry.get("global_secondary_index", [])],
        "LocalSecondaryIndexes": [_local_index(index, entry) for index in entry.get("local_secondary_index", [])],
        "Tags": [{"Key": key, "Value": value} for key, value in entry.tags.items()],
    }
    body |= {name: value for name, value in indexes.items() if value}
    if body["BillingMode"] == "PROVISIONED":
        body["ProvisionedThroughput"] = _throughput(entry.values)
    return body


def changes(before: Body, body: Body) -> list[Body]:
    """The updates that lead from a table as described to one as written, each of one kind as DynamoDB demands."""
    old = {index["IndexName"]: index for index in before.get("GlobalSecondaryIndexes", [])}
    new = {index["IndexName"]: index for index in body.get("GlobalSecondaryIndexes", [])}
    gone = [name for name in old if name not in new or old[name]["KeySchema"] != new[name]["KeySchema"]]
    stay = [index for name, index in new.items() if name in old and name not in gone]
    made = [index for name, index in new.items() if name not in old or name in gone]
    definitions = {"AttributeDefinitions": body["AttributeDefinitions"]}
    return [
        *_stream_changes(before, body),
        *({**definitions, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]} for name in gone),
        *_capacity_changes(before, body, stay),
        *({**definitions, "GlobalSecondaryIndexUpdates": [{"Create": index}]} for index in made),
        *_protection_changes(before, body),
    ]


def _stream_changes(before: Body, body: Body) -> list[Body]:
    """A stream that shows something else is another stream: the old one is switched off first."""
    written = body["StreamSpecification"]
    found = before.get("StreamSpecification", {"StreamEnabled": False})
    if found == written:
        return []
    off = [{"StreamSpecification": {"StreamEnabled": False}}] if found.get("StreamEnabled") else []
    return off + ([{"StreamSpecification": written}] if written["StreamEnabled"] else [])


def _capacity_changes(before: Body, body: Body, indexes: list[Body]) -> list[Body]:
    mode = before.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if body["BillingMode"] == "PAY_PER_REQUEST":
        return [] if mode == "PAY_PER_REQUEST" else [{"BillingMode": "PAY_PER_REQUEST"}]
    wanted = body["ProvisionedThroughput"]
    found = before.get("ProvisionedThroughput", {})
    if mode == "PROVISIONED" and wanted == {name: found.get(name) for name in wanted}:
        return []
    updates = [
        {"Update": {"IndexName": index["IndexName"], "ProvisionedThroughput": index["ProvisionedThroughput"]}}
        for index in indexes
    ]
    change: Body = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": wanted}
    return [change | ({"GlobalSecondaryIndexUpdates": updates} if updates else {})]


def _protection_changes(before: Body, body: Body) -> list[Body]:
    name = "DeletionProtectionEnabled"
    return [] if before.get(name, False) == body[name] else [{name: body[name]}]


def _key(values: Mapping[str, Any]) -> list[Body]:
    pairs = ((values.get("hash_key"), "HASH"), (values.get("range_key"), "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs if name]


def _throughput(values: Mapping[str, Any]) -> Body:
    return {"ReadCapacityUnits": values.get("read_capacity"), "WriteCapacityUnits": values.get("write_capacity")}


def _projection(index: Mapping[str, Any]) -> Body:
    projection: Body = {"ProjectionType": index["projection_type"]}
    if index.get("non_key_attributes"):
        projection["NonKeyAttributes"] = list(index["non_key_attributes"])
    return projection


def _index(index: Mapping[str, Any], entry: Entry) -> Body:
    body = {"IndexName": index["name"], "KeySchema": _key(index), "Projection": _projection(index)}
    if entry.get("billing_mode", "PROVISIONED") == "PROVISIONED":
        body["ProvisionedThroughput"] = _throughput(index)
    return body


def _local_index(index: Mapping[str, Any], entry: Entry) -> Body:
    key = _key({"hash_key": entry["hash_key"], "range_key": index["range_key"]})
    return {"IndexName": index["name"], "KeySchema": key, "Projection": _projection(index)}


def _stream(entry: Entry) -> Body:
    if not entry.get("stream_enabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": entry["stream_view_type"]}


def _encryption(entry: Entry) -> Body:
    block = entry.block("server_side_encryption")
    if not block.get("enabled"):
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS"} | (
        {"KMSMasterKeyId": block["kms_key_arn"]} if block.get("kms_key_arn") else {}
    )
