"""A look into tables: which there are, and pages of their items. It can only read, whatever is asked.

Answers keep DynamoDB's own shapes, attribute values with their types.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from terrarium.local.aws_error import AwsError
from terrarium.local.edge.front_page.origin import forbidden, is_own

PATH = "/tables"
LARGEST_PAGE = 100
_PAGE = 25
_MOST_TABLES = 100
# How a sort key may be compared in a Query.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
_COMPARED = {
    "=": "#sort = :sort",
    "<": "#sort < :sort",
    "<=": "#sort <= :sort",
    ">": "#sort > :sort",
    ">=": "#sort >= :sort",
    "begins_with": "begins_with(#sort, :sort)",
}

# Bodies of DynamoDB's API: JSON of many shapes.
Body = dict[str, Any]
Call = Callable[[str, Body], Awaitable[Body]]


class TablePages:
    """Answers ``/tables`` and ``/tables/<name>``.

    Args:
        call: Answers DynamoDB's operations.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answers one request; a refusal comes as ``{"error": …}``."""
        if not is_own(request):
            return forbidden()
        name = unquote(request.rel_url.raw_path.partition(PATH)[2].strip("/"))
        try:
            found = await self._items(name, request.query) if name else await self._tables()
        except AwsError as error:
            return web.json_response({"error": error.message}, status=error.status)
        return web.json_response(found, headers={"Cache-Control": "no-store"})

    async def _tables(self) -> Body:
        names = (await self._call("ListTables", {"Limit": _MOST_TABLES}))["TableNames"]
        return {"tables": [await self._described(name) for name in names]}

    async def _items(self, name: str, query: Mapping[str, str]) -> Body:
        operation, body = request_of(await self._described(name), query)
        found = await self._call(operation, body)
        return {"operation": operation, "items": found["Items"], "next": found.get("LastEvaluatedKey")}

    async def _described(self, name: str) -> Body:
        table: Body = (await self._call("DescribeTable", {"TableName": name}))["Table"]
        return table


def request_of(table: Body, query: Mapping[str, str]) -> tuple[str, Body]:
    """The operation that reads a page of items.

    Args:
        table: As ``DescribeTable`` tells it.
        query: ``index`` to read instead of the table; ``partition``, ``sort`` and ``compare`` for a Query, without
            them a Scan; ``descending``; ``limit``; ``start``, the key after which the page begins, as JSON.

    Raises:
        AwsError: There is no such index or comparison, or a value is no number where one is needed.
    """
    index = query.get("index", "")
    body: Body = {"TableName": table["TableName"], "Limit": _limit(query.get("limit", ""))}
    body |= {"IndexName": index} if index else {}
    body |= _start(query.get("start", ""))
    if not query.get("partition"):
        return "Scan", body
    body |= {"ScanIndexForward": False} if query.get("descending") else {}
    return "Query", body | _condition(table, _schema(table, index), query)


def _condition(table: Body, schema: list[Body], query: Mapping[str, str]) -> Body:
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    keys = {one["KeyType"]: one["AttributeName"] for one in schema}
    conditions = ["#partition = :partition"]
    asked = {"partition": keys["HASH"]}
    if query.get("sort") and "RANGE" in keys:
        conditions.append(_compared(query.get("compare", "=")))
        asked["sort"] = keys["RANGE"]
    return {
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {f"#{part}": name for part, name in asked.items()},
        "ExpressionAttributeValues": {f":{part}": {types[name]: query[part]} for part, name in asked.items()},
    }


def _compared(comparison: str) -> str:
    if comparison not in _COMPARED:
        raise AwsError("ValidationException", f"A sort key cannot be compared with {comparison!r}")
    return _COMPARED[comparison]


def _schema(table: Body, index: str) -> list[Body]:
    schemas = {"": table["KeySchema"]}
    for kind in ("Global", "Local"):
        schemas |= {one["IndexName"]: one["KeySchema"] for one in table.get(f"{kind}SecondaryIndexes", [])}
    if index not in schemas:
        raise AwsError("ValidationException", f"The table does not have the specified index: {index}")
    found: list[Body] = schemas[index]
    return found


def _limit(text: str) -> int:
    return min(max(int(text), 1), LARGEST_PAGE) if text.isdecimal() and len(text) < 6 else _PAGE


def _start(text: str) -> Body:
    if not text:
        return {}
    try:
        key = json.loads(text)
    except json.JSONDecodeError:
        key = None
    if not isinstance(key, dict):
        raise AwsError("ValidationException", "The page's beginning is no key")
    return {"ExclusiveStartKey": key}
