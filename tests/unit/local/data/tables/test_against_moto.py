"""Random tables and operations, answered alike by the engine and by moto: two readings of the same documentation.

Where the two differ on purpose, the page that decides for the engine stands beside what keeps the difference out:

- Moto reports ConsumedCapacity unasked; the engine when ReturnConsumedCapacity asks.
  https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
- Moto takes a missing attribute for NULL in ``=`` and ``<>``; NULL is a value that an attribute has.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
- Moto fails where attributes of different types are ordered; such comparisons are false.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
- Moto scans in the order of writing, and orders equal index keys by it; DynamoDB promises no order there.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
"""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Tables
from terrarium.testing.clock import ManualClock
from tests.unit.local.data.tables.desk import ACCOUNT, REGION, index, schema, wire

UNASKED = ("ResponseMetadata", "ConsumedCapacity")
# Any: request and response bodies, JSON of any shape.
Body = dict[str, Any]

TABLE: Body = {
    "TableName": "Games",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": schema("id", "turn"),
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "turn", "AttributeType": "N"},
        {"AttributeName": "grp", "AttributeType": "S"},
        {"AttributeName": "score", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [index("byGroup", "grp", "score"), index("keys", "grp", projection="KEYS_ONLY")],
    "LocalSecondaryIndexes": [index("byScore", "id", "score")],
}

ids = st.sampled_from(["a", "b", "ü"])
turns: st.SearchStrategy[int | Decimal] = st.sampled_from([-1, 0, 2, 10, Decimal("2.5"), 100])
keys = st.fixed_dictionaries({"id": ids, "turn": turns})
values = st.one_of(
    st.integers(-5, 5),
    st.sampled_from(["", "x", "xy", "ü"]),
    st.booleans(),
    st.none(),
    st.sampled_from([{1, 2}, {2}, {"x"}, {"x", "y"}]),
    st.sampled_from([b"", b"\x00", b"x"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(["p", "q"]), st.integers(0, 3), max_size=2),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "grp": st.sampled_from(["g", "h"]), "score": st.integers(-2, 3), "n": st.integers(-3, 3), "v": values,
        "tags": st.sampled_from([{"x"}, {"x", "y"}]), "items": st.lists(st.integers(0, 3), max_size=3),
        "deep": st.dictionaries(st.sampled_from(["p", "q"]), values, max_size=2),
    },
)  # fmt: skip
operands = st.one_of(values, st.sampled_from([1, "x", "S", "N", "L"]))


present = operands.filter(lambda operand: operand is not None)
JOINED = ["NOT {}", "{} AND n > :z", "{} OR n = :z", "NOT ({} OR n > :z)", "({}) AND n <= :z"]


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, Body]:
    """A condition over `#v`, `n`, `deep.p` and the like, and its values."""
    path = draw(st.sampled_from(["#v", "n", "deep.p", "#items[0]", "tags", "deep"]))
    number, text = draw(st.integers(-3, 3)), draw(st.sampled_from(["x", "xy", "ü"]))
    kind = draw(st.integers(0, 9))
    simple: list[tuple[str, Body]] = [
        (f"attribute_exists({path})", {}),
        (f"attribute_not_exists({path})", {}),
        (f"{path} = :o", {":o": draw(present)}),
        (f"{path} <> :o", {":o": draw(present)}),
        (f"n {draw(st.sampled_from(['<', '<=', '>', '>=']))} :o", {":o": number}),
        ("n BETWEEN :o AND :p", {":o": number, ":p": number + 2}),
        (f"{path} IN (:o, :p)", {":o": number, ":p": text}),
        (f"begins_with({path}, :o)", {":o": text}),
        (f"contains({path}, :o)", {":o": draw(st.sampled_from([1, "x", "y"]))}),
        (f"attribute_type({path}, :o)", {":o": draw(st.sampled_from(["S", "N", "L", "M", "SS", "NULL", "BOOL"]))}),
    ]
    text_of, its_values = simple[kind]
    if draw(st.booleans()):
        return text_of, its_values
    joined = draw(
        st.sampled_from(["NOT {}", "{} AND n > :z", "{} OR n = :z", "NOT ({} OR n > :z)", "({}) AND n <= :z"])
    )
    return joined.format(text_of), its_values | ({":z": 0} if ":z" in joined else {})


UPDATES: list[tuple[str, list[str]]] = [
    ("SET n = :n", [":n"]),
    ("SET n = n + :n", [":n"]),
    ("SET n = if_not_exists(n, :n) - :n", [":n"]),
    ("SET #v = :o, grp = :g", [":o", ":g"]),
    ("SET score = :n REMOVE #v", [":n"]),
    ("REMOVE grp, score", []),
    ("SET #items = list_append(if_not_exists(#items, :l), :l)", [":l"]),
    ("SET #items[1] = :n", [":n"]),
    ("SET #items[7] = :n", [":n"]),
    ("REMOVE #items[0], #items[1]", []),
    ("SET deep.p = :o", [":o"]),
    ("REMOVE deep.p", []),
    ("ADD n :n", [":n"]),
    ("ADD tags :t", [":t"]),
    ("DELETE tags :t", [":t"]),
    ("SET deep = :m ADD n :n", [":m", ":n"]),
    ("SET #v = deep.p", []),
]


@st.composite
def updates(draw: st.DrawFn) -> Body:
    text, names = draw(st.sampled_from(UPDATES))
    pool: dict[str, st.SearchStrategy[Any]] = {
        ":o": operands, ":n": st.integers(-3, 3), ":g": st.sampled_from(["g", "h"]), ":l": st.just([1, 2]),
        ":t": st.sampled_from([{"x"}, {"x", "y"}, {"z"}]), ":m": st.just({"p": 1, "q": "x"}),
    }  # fmt: skip
    return _expressions("UpdateExpression", text, {name: draw(pool[name]) for name in names})


def _expressions(parameter: str, text: str, its_values: Body, more: Body | None = None) -> Body:
    names = {placeholder: placeholder[1:] for placeholder in ("#v", "#items") if placeholder in text}
    body: Body = {parameter: text, **(more or {})}
    if names:
        body["ExpressionAttributeNames"] = names
    if its_values:
        body["ExpressionAttributeValues"] = wire(**its_values)
    return body


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, Body]:
    kind = draw(st.sampled_from(["PutItem", "PutItem", "UpdateItem", "DeleteItem"]))
    key = draw(keys)
    if kind == "UpdateItem":
        returns = draw(st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"]))
        return kind, {"Key": wire(**key), "ReturnValues": returns} | draw(updates())
    body = {"Item": wire(**(draw(extras) | key))} if kind == "PutItem" else {"Key": wire(**key)}
    if draw(st.booleans()):
        body |= _expressions("ConditionExpression", *draw(conditions()))
    return kind, body | {"ReturnValues": draw(st.sampled_from(["NONE", "ALL_OLD"]))}


@st.composite
def reads(draw: st.DrawFn) -> tuple[str, Body]:
    kind = draw(st.sampled_from(["GetItem", "Query", "Query", "Scan", "index"]))
    if kind == "GetItem":
        return kind, {"Key": wire(**draw(keys))}
    if kind == "index":
        body = _expressions("KeyConditionExpression", "grp = :g", {":g": draw(st.sampled_from(["g", "h"]))})
        return "Query", body | {"IndexName": draw(st.sampled_from(["byGroup", "keys"]))}
    if kind == "Scan":
        return kind, _expressions("FilterExpression", *draw(conditions()))
    at, upper = draw(turns), draw(turns)
    demand, more = draw(
        st.sampled_from(
            [("", {}), (" AND turn > :k", {":k": at}), (" AND turn <= :k", {":k": at}), (" AND turn = :k", {":k": at})]
            + ([(" AND turn BETWEEN :k AND :l", {":k": at, ":l": upper})] if at <= upper else [])
        )
    )
    body = _expressions("KeyConditionExpression", f"id = :id{demand}", {":id": draw(ids), **more})
    return kind, body | {"ScanIndexForward": draw(st.booleans())}


@pytest.fixture(scope="module")
def peer() -> Iterator[Any]:
    """Moto's DynamoDB, as a client of boto3's many classes."""
    with moto.mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        yield boto3.client("dynamodb", region_name=REGION)


def theirs(peer: Any, operation: str, body: Body) -> Body:
    """Moto's answer, binary back in the form of the wire, or its error's code."""
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    try:
        answer: Body = getattr(peer, method)(**body)
    except ClientError as error:
        return {"refused": error.response["Error"]["Code"]}
    return canonical_body({name: member for name, member in answer.items() if name not in UNASKED})


async def ours(tables: Tables, operation: str, body: Body) -> Body:
    try:
        return canonical_body(await tables.call(operation, on_the_wire(body)))
    except AwsError as error:
        return {"refused": error.code}


def on_the_wire(value: Any) -> Any:
    """A body as botocore would send it: binary in base64."""
    if isinstance(value, dict):
        return {name: on_the_wire(member) for name, member in value.items()}
    if isinstance(value, list):
        return [on_the_wire(member) for member in value]
    if hasattr(value, "value"):
        value = value.value  # boto3's Binary
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def canonical_body(answer: Body) -> Body:
    """A whole answer in that form."""
    return {name: canonical(member) for name, member in answer.items()}


def canonical(value: Any) -> Any:
    """An answer without the order of sets."""
    if isinstance(value, list):
        return [canonical(member) for member in value]
    if not isinstance(value, dict):
        return on_the_wire(value)
    return {
        name: sorted(on_the_wire(member)) if name in ("SS", "NS", "BS") else canonical(member)
        for name, member in value.items()
    }


def comparable(operation: str, body: Body, answer: Body) -> Body:
    """An answer without what the documentation leaves open."""
    unordered = operation == "Scan" or body.get("IndexName") in ("byGroup", "keys")
    if not unordered or "Items" not in answer:
        return answer
    return {**answer, "Items": sorted(answer["Items"], key=repr_sorted)}


def repr_sorted(item: Body) -> str:
    return json.dumps(item, sort_keys=True)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(writes(), writes(), reads()), min_size=3, max_size=25))
def test_the_engine_answers_as_moto_does(peer: Any, steps: list[tuple[str, Body]]) -> None:
    peer.create_table(**TABLE)
    try:
        asyncio.run(compare(peer, steps))
    finally:
        peer.delete_table(TableName="Games")


async def compare(peer: Any, steps: list[tuple[str, Body]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = Tables(Path(folder), clock=ManualClock(), account=ACCOUNT, region=REGION)
        await tables.start()
        await tables.call("CreateTable", TABLE)
        for operation, body in steps:
            request = {"TableName": "Games", **body}
            mine, other = await ours(tables, operation, request), theirs(peer, operation, request)
            assert comparable(operation, body, mine) == comparable(operation, body, other), request
        await tables.stop()
