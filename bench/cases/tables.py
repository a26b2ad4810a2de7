"""DynamoDB's calls through boto3, as a handler makes them: put, get, and a query that finds ten items.

A get and a query that come again are the same calls each time; beside them stands a get of another item each time,
since a server may remember what it answered. A put writes something else each time, since one that changes nothing
might be left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from bench.clients import client
from bench.context import Context
from bench.measure import Batch, Contestant, interleave, repeated_call
from bench.results import Result, compare
from bench.servers.ministack import MiniStack
from bench.servers.server import TableServer
from bench.servers.tables import Dynalite, Moto, Stub
from bench.servers.terrarium import Terrarium
from bench.stub import ITEM

_TABLE = "bench"
_CALLS = 10  # a turn; turns are short, so that all of a round meet with the same machine
# What a call costs that is answered at once is the client's own; at least 0.85 of its calls a second are aimed at.
_AIMS = {Stub.name: 0.85}

_MANY = 1_000  # items, each asked for only after all the others
_PAGE = 25  # items that one BatchWriteItem takes

# boto3 makes its clients at run time, and has no types of its own. Each call is told how many came before it.
Calls = dict[str, Callable[[Any, int], object]]
CALLS: Calls = {
    "table: put": lambda database, number: database.put_item(
        TableName=_TABLE, Item={**ITEM, "score": {"N": str(number)}}
    ),
    "table: get": lambda database, _: database.get_item(TableName=_TABLE, Key={"id": ITEM["id"], "at": ITEM["at"]}),
    "table: get, another each time": lambda database, number: database.get_item(
        TableName=_TABLE, Key=_key(number % _MANY)
    ),
    "table: query": lambda database, _: database.query(
        TableName=_TABLE, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": ITEM["id"]}
    ),
}


def _key(number: int) -> dict[str, dict[str, str]]:
    return {"id": {"S": "many"}, "at": {"N": str(number)}}


async def run(context: Context) -> list[Result]:
    """Each call, everybody's server up at the same time."""
    results = []
    with ExitStack() as started:
        databases = {}
        for server in _servers(context):
            context.say(f"starting {server.name}")
            started.callback(server.stop)
            server.start()
            if isinstance(server, Terrarium):
                server.wait()
            databases[server.name] = client("dynamodb", server.endpoint)
            _fill(databases[server.name])
        for what, call in CALLS.items():
            context.say(what)
            contestants = [Contestant(name, _batch(call, database)) for name, database in databases.items()]
            results += compare(what, await interleave(contestants, context.rounds * 4), _AIMS)
    return results


def _servers(context: Context) -> list[TableServer]:
    folder = context.folder / "tables"
    servers: list[TableServer] = [Terrarium(folder / "terrarium"), Stub(folder / "stub"), Moto(folder / "moto")]
    if context.has("dynalite"):
        servers.append(Dynalite(context.peers, folder / "dynalite"))
    if context.has("ministack"):
        servers.append(MiniStack(context.peers, folder / "ministack"))
    return servers


def _fill(database: Any) -> None:  # boto3 makes its clients at run time
    keys = {"id": ("S", "HASH"), "at": ("N", "RANGE")}
    with suppress(database.exceptions.ResourceInUseException):
        database.create_table(
            TableName=_TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, (_, kind) in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": type} for name, (type, _) in keys.items()],
            BillingMode="PAY_PER_REQUEST",
        )
    if "Table" in database.describe_table(TableName=_TABLE):  # the stub has none
        database.get_waiter("table_exists").wait(TableName=_TABLE, WaiterConfig={"Delay": 1})
    for number in range(10):
        database.put_item(TableName=_TABLE, Item={**ITEM, "at": {"N": str(number)}})
    for first in range(0, _MANY, _PAGE):
        puts = [{"PutRequest": {"Item": {**ITEM, **_key(first + number)}}} for number in range(_PAGE)]
        database.batch_write_item(RequestItems={_TABLE: puts})


def _batch(call: Callable[[Any, int], object], database: Any) -> Batch:  # boto3 makes its clients at run time
    numbers = itertools.count()

    async def batch() -> list[float]:
        return repeated_call(_CALLS, lambda: call(database, next(numbers)))

    return batch
