"""A table's definition from CreateTable's parameters, refused where DynamoDB refuses it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from terrarium.local.data.tables.errors import invalid, validation
from terrarium.local.data.tables.model.table import Index, Keys, Throughput
from terrarium.local.data.tables.values.wire import Body

MOST_LOCAL_INDEXES = 5
MOST_GLOBAL_INDEXES = 20
MOST_INCLUDED = 100  # attributes that all indexes of a table may name in INCLUDE together

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")


def check_table_name(name: str) -> None:
    """Refuses a name that a new table cannot have."""
    if not 3 <= len(name) <= 255:
        raise validation("TableName must be at least 3 characters long and at most 255 characters long")
    if not _NAME.fullmatch(name):
        raise validation(
            f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        )


def check_key_given(body: Body) -> None:
    """Refuses a CreateTable without its key; the service model leaves that open, for tables made from others."""
    missing = [name for name in ("AttributeDefinitions", "KeySchema") if body.get(name) is None]
    problems = [
        f"Value null at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
        for name in missing
    ]
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise validation(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")


def attributes_of(body: Body) -> tuple[tuple[str, str], ...]:
    """AttributeDefinitions as pairs of name and type."""
    pairs = tuple((each["AttributeName"], each["AttributeType"]) for each in body.get("AttributeDefinitions") or ())
    if len(dict(pairs)) < len(pairs):
        raise invalid("Cannot have two attributes with the same name in AttributeDefinitions")
    return pairs


def keys_of(schema: list[Mapping[str, str]], types: Mapping[str, str]) -> Keys:
    """A KeySchema with the types of its attributes."""
    names = [element["AttributeName"] for element in schema]
    if len(names) > 2:
        raise validation(
            f"1 validation error detected: Value '[{', '.join(names)}]' at 'keySchema' failed to satisfy constraint: "
            "Member must have length less than or equal to 2"
        )
    if any(name not in types for name in names):
        raise invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(types)}]"
        )
    if len(names) > len(set(names)):
        raise validation("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    for position, (element, wanted) in enumerate(zip(schema, ("HASH", "RANGE"), strict=False)):
        if element["KeyType"] != wanted:
            place = ("first", "second")[position]
            raise validation(f"Invalid KeySchema: The {place} KeySchemaElement is not a {wanted} key type")
    if len(names) == 1:
        return Keys(names[0], types[names[0]])
    return Keys(names[0], types[names[0]], names[1], types[names[1]])


def throughput_of(body: Body, *, holder: str = "") -> Throughput | None:
    """ProvisionedThroughput where the billing mode wants it; None for pay per request.

    Args:
        body: The table's or a global index's parameters, with the table's BillingMode.
        holder: An index's name, for the words of the refusal.
    """
    given = body.get("ProvisionedThroughput")
    if body.get("BillingMode") == "PAY_PER_REQUEST":
        if given and holder:
            raise invalid(
                f"ProvisionedThroughput should not be specified for index: {holder} when BillingMode is PAY_PER_REQUEST"
            )
        if given:
            raise invalid(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
            )
        return None
    if not given:
        whose = f"ProvisionedThroughput is not specified for index: {holder}" if holder else (
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )  # fmt: skip
        raise invalid(whose)
    return Throughput(given["ReadCapacityUnits"], given["WriteCapacityUnits"])


def indexes_of(body: Body, keys: Keys, types: Mapping[str, str], number: Callable[[], int]) -> tuple[Index, ...]:
    """The local and global indexes of a CreateTable; `number` gives each its own."""
    for parameter in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        if body.get(parameter) == []:
            raise invalid(f"List of {parameter} is empty")
    local = [_local(given, keys, types, number()) for given in body.get("LocalSecondaryIndexes") or ()]
    global_ = [
        global_index(given, types, number(), body.get("BillingMode"))
        for given in body.get("GlobalSecondaryIndexes") or ()
    ]
    check_indexes((*local, *global_))
    return (*local, *global_)


def global_index(given: Body, types: Mapping[str, str], number: int, billing: str | None) -> Index:
    """A global index of a CreateTable or UpdateTable."""
    name = given["IndexName"]
    projection, included = _projection(given)
    return Index(
        number,
        name,
        local=False,
        keys=keys_of(given["KeySchema"], types),
        projection=projection,
        included=included,
        throughput=throughput_of({**given, "BillingMode": billing}, holder=name),
        on_demand=given.get("OnDemandThroughput"),
    )


def check_indexes(indexes: Iterable[Index]) -> None:
    """Refuses two of the same name and more than a table may have."""
    indexes = tuple(indexes)
    names: set[str] = set()
    for index in indexes:
        if index.name in names:
            raise invalid(f"Duplicate index name: {index.name}")
        names.add(index.name)
    if sum(index.local for index in indexes) > MOST_LOCAL_INDEXES:
        raise invalid(f"Number of LocalSecondaryIndexes exceeds per-table limit of {MOST_LOCAL_INDEXES}")
    if sum(not index.local for index in indexes) > MOST_GLOBAL_INDEXES:
        raise invalid(f"GlobalSecondaryIndex count exceeds the per-table limit of {MOST_GLOBAL_INDEXES}")
    if sum(len(index.included) for index in indexes) > MOST_INCLUDED:
        raise invalid(f"The total number of NonKeyAttributes exceeds the per-table limit of {MOST_INCLUDED}")


def check_definitions_used(attributes: Mapping[str, str], keys: Keys, indexes: Iterable[Index]) -> None:
    """Refuses attribute definitions that no key uses."""
    indexes = tuple(indexes)
    used = {*keys.names, *(name for index in indexes for name in index.keys.names)}
    if used >= attributes.keys():
        return
    if not indexes:
        raise invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    raise invalid(
        "Some AttributeDefinitions are not used. "
        f"AttributeDefinitions: [{', '.join(attributes)}], keys used: [{', '.join(sorted(used))}]"
    )


def _local(given: Body, table: Keys, types: Mapping[str, str], number: int) -> Index:
    name = given["IndexName"]
    if table.range is None:
        raise invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    keys = keys_of(given["KeySchema"], types)
    if keys.range is None:
        raise invalid(f"Index KeySchema does not have a range key for index: {name}")
    if keys.hash != table.hash:
        raise invalid(
            f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {keys.hash}, table hash key: {table.hash}"
        )
    projection, included = _projection(given)
    return Index(number, name, local=True, keys=keys, projection=projection, included=included)


def _projection(given: Body) -> tuple[str, tuple[str, ...]]:
    projection: Mapping[str, Any] = given["Projection"]  # JSON: a word and a list
    kind, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise invalid("Unknown ProjectionType: null")
    if included is not None and kind != "INCLUDE":
        raise invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == "INCLUDE" and not included:
        raise invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    return kind, tuple(included or ())
