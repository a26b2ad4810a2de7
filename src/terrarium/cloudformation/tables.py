"""A DynamoDB table of the graph as CloudFormation's ``AWS::DynamoDB::Table``.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Attributes as Terraform names them, evaluated; properties as CloudFormation does. Both are plain JSON values.
Attributes = Mapping[str, Any]
Properties = dict[str, Any]


def properties(table: Attributes) -> Properties:
    """The properties of a table, in the order in which AWS documents them.

    Args:
        table: Attributes of an ``aws_dynamodb_table``, all of them known.
    """
    made: Properties = {"TableName": table["name"]}
    for name, write in _PROPERTIES:
        value = write(table)
        if value not in (None, [], {}):
            made[name] = value
    return made


def unsaid(table: Attributes) -> list[str]:
    """The attributes that the template has no words for."""
    return [name for name in table if name not in _SAID]


def _attributes(table: Attributes) -> list[Properties]:
    return [{"AttributeName": item["name"], "AttributeType": item["type"]} for item in table["attribute"]]


def _key(owner: Attributes) -> list[Properties]:
    names = (("HASH", owner.get("hash_key")), ("RANGE", owner.get("range_key")))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in names if name]


def _throughput(owner: Attributes) -> Properties:
    pairs = (("ReadCapacityUnits", "read_capacity"), ("WriteCapacityUnits", "write_capacity"))
    return {name: owner[attribute] for name, attribute in pairs if attribute in owner}


def _projection(index: Attributes) -> Properties:
    names = index.get("non_key_attributes")
    return {"ProjectionType": index["projection_type"]} | ({"NonKeyAttributes": names} if names else {})


def _indexes(table: Attributes) -> Iterator[Properties]:
    for index in table.get("global_secondary_index", []):
        made = {"IndexName": index["name"], "KeySchema": _key(index), "Projection": _projection(index)}
        yield made | ({"ProvisionedThroughput": _throughput(index)} if _throughput(index) else {})


def _local_indexes(table: Attributes) -> Iterator[Properties]:
    for index in table.get("local_secondary_index", []):
        # In Terraform a local index has the table's partition key without saying so.
        key = _key({"hash_key": table["hash_key"], "range_key": index["range_key"]})
        yield {"IndexName": index["name"], "KeySchema": key, "Projection": _projection(index)}


def _stream(table: Attributes) -> Properties | None:
    return {"StreamViewType": table["stream_view_type"]} if table.get("stream_enabled") else None


def _encryption(table: Attributes) -> Properties | None:
    for block in table.get("server_side_encryption", []):
        key = block.get("kms_key_arn")
        return {"SSEEnabled": block["enabled"]} | ({"SSEType": "KMS", "KMSMasterKeyId": key} if key else {})
    return None


def _recovery(table: Attributes) -> Properties | None:
    blocks = table.get("point_in_time_recovery", [])
    return {"PointInTimeRecoveryEnabled": True} if any(block["enabled"] for block in blocks) else None


def _expiry(table: Attributes) -> Properties | None:
    for block in table.get("ttl", []):
        return {"AttributeName": block["attribute_name"], "Enabled": block.get("enabled", True)}
    return None


def _tags(table: Attributes) -> list[Properties]:
    return [{"Key": key, "Value": value} for key, value in table.get("tags", {}).items()]


_PROPERTIES: tuple[tuple[str, Callable[[Attributes], Any]], ...] = (
    ("BillingMode", lambda table: table.get("billing_mode")),
    ("AttributeDefinitions", _attributes),
    ("KeySchema", _key),
    ("ProvisionedThroughput", _throughput),
    ("GlobalSecondaryIndexes", lambda table: list(_indexes(table))),
    ("LocalSecondaryIndexes", lambda table: list(_local_indexes(table))),
    ("StreamSpecification", _stream),
    ("SSESpecification", _encryption),
    ("PointInTimeRecoverySpecification", _recovery),
    ("TimeToLiveSpecification", _expiry),
    ("TableClass", lambda table: table.get("table_class")),
    ("DeletionProtectionEnabled", lambda table: table.get("deletion_protection_enabled")),
    ("Tags", _tags),
)
_SAID = frozenset(
    """
    name billing_mode attribute hash_key range_key read_capacity write_capacity global_secondary_index
    local_secondary_index stream_enabled stream_view_type server_side_encryption point_in_time_recovery ttl table_class
    deletion_protection_enabled tags
    """.split()
)
