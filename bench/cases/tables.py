"""DynamoDB's calls through boto3, as a handler makes them: put, get, and a query that finds ten items."""

from __future__ import annotations

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
_CALLS = 40
# What a call costs that is answered at once is the client's own; at least 0.85 of its calls a second are aimed at.
_AIMS = {Stub.name: 0.85}

# boto3 makes its clients at run time, and has no types of its own.
Calls = dict[str, Callable[[Any], object]]
CALLS: Calls = {
    "table: put": lambda database: database.put_item(TableName=_TABLE, Item=ITEM),
    "table: get": lambda database: database.get_item(TableName=_TABLE, Key={"id": ITEM["id"], "at": ITEM["at"]}),
    "table: query": lambda database: database.query(
        TableName=_TABLE, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": ITEM["id"]}
    ),
}


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
            results += compare(what, await interleave(contestants, context.rounds), _AIMS)
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


def _batch(call: Callable[[Any], object], database: Any) -> Batch:  # boto3 makes its clients at run time
    async def batch() -> list[float]:
        return repeated_call(_CALLS, lambda: call(database))

    return batch
