"""A chat to test handlers with: the real handlers, three tables, and browsers that remember what they were told.

API Gateway is played by `Chat`: it calls the function of a route, and answers `@connections` of its own.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import boto3
import botocore.client
import moto
import pytest

SYSTEM = Path(__file__).parents[1]
LAYER = SYSTEM / "layers" / "talk" / "python"
ROUTES = {"$connect": "connect", "$disconnect": "disconnect"}
TABLES = {"CONNECTIONS_TABLE": "connections", "ROOMS_TABLE": "rooms", "MESSAGES_TABLE": "messages"}
WHISPERS = "whispers"  # a table that is there only where whispers are kept
TOKEN = "valid_test_token"  # the documentation's own


class Browsers:
    """The other ends of the connections: what each was told, which are gone, which are still opening."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.gone: set[str] = set()
        self.closed: list[str] = []

    def receive(self, connection_id: str, data: bytes) -> int:
        """Take a message; the HTTP status that API Gateway would answer."""
        if connection_id in self.gone:
            return 410
        assert len(data) <= 128 * 1024
        self.told[connection_id].append(json.loads(data))
        return 200

    def of(self, connection_id: str, type: str) -> list[dict[str, Any]]:
        """The messages of that type."""
        return [message for message in self.told[connection_id] if message["type"] == type]

    def last(self, connection_id: str, type: str) -> dict[str, Any]:
        """The latest message of that type."""
        return self.of(connection_id, type)[-1]


@contextmanager
def management_endpoint(browsers: Browsers) -> Iterator[str]:
    """Serve `@connections` on a free port."""

    class Connections(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(browsers.receive(unquote(self.path.rsplit("/", 1)[1]), data))

        def do_DELETE(self) -> None:
            browsers.closed.append(unquote(self.path.rsplit("/", 1)[1]))
            self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            if status == 410:
                self.send_header("x-amzn-ErrorType", "GoneException")
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Connections)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Actions:
    """The permissions that a handler used so far, as `table: action`, its own threads included.

    Where several handlers run at once they cannot be told apart, and no test asks then.
    """

    def __init__(self) -> None:
        self.used: set[str] = set()


ACTIONS = Actions()


class Chat:
    """The three functions around the tables."""

    def __init__(self, browsers: Browsers) -> None:
        self.browsers = browsers
        self.used: dict[str, set[str]] = defaultdict(set)
        self.handlers = {
            name: load(SYSTEM / "handlers" / f"{name}.py") for name in ("connect", "disconnect", "message")
        }
        dynamodb = boto3.resource("dynamodb")
        self.tables = {name: dynamodb.Table(name) for name in TABLES.values()}

    def connect(self, connection_id: str, **asked: str | None) -> Any:
        """Open a connection; the person is called as the connection, unless said otherwise."""
        given = {
            "userId": connection_id,
            "username": connection_id.title(),
            "roomId": "general",
            "token": TOKEN,
        } | asked
        query = {name: value for name, value in given.items() if value is not None}
        return self.run("connect", connection_id, "$connect", queryStringParameters=query or None)

    def sign_in(self, connection_id: str, *groups: str, room: str = "general", **asked: str) -> Any:
        """Open a connection as somebody whom an authorizer let in, called as the connection; long enough ago."""
        who = {"userId": f"{connection_id}-sub", "username": connection_id.title(), "groups": ",".join(groups)}
        query = {"roomId": room, "token": "a.b.c", **asked}
        answer = self.run("connect", connection_id, "$connect", authorizer=who, queryStringParameters=query)
        if answer == {"statusCode": 200}:
            self.age(connection_id, 600)
        return answer

    def enter(self, *names: str, room: str = "general") -> None:
        """Connect, long enough ago that nobody is taken to be opening still."""
        for name in names:
            assert self.connect(name, roomId=room) == {"statusCode": 200}
            self.age(name, 600)

    def age(self, connection_id: str, seconds: int) -> None:
        """Let a connection be older than it is."""
        self.tables["connections"].update_item(
            Key={"connectionId": connection_id},
            UpdateExpression="SET connectedAt = connectedAt - :seconds",
            ExpressionAttributeValues={":seconds": seconds},
        )

    def say(self, connection_id: str, type: str, **message: Any) -> Any:
        """Deliver a message by its route."""
        return self.run("message", connection_id, type, body=json.dumps({"type": type, **message}))

    def send(self, connection_id: str, body: str, route: str = "$default") -> Any:
        """Deliver any text."""
        return self.run("message", connection_id, route, body=body)

    def leave(self, connection_id: str) -> Any:
        """Close the page."""
        self.browsers.gone.add(connection_id)
        return self.run("disconnect", connection_id, "$disconnect")

    def run(self, name: str, connection_id: str, route: str, authorizer: Any = None, **event: Any) -> Any:
        """Invoke a function, and remember which permissions it used."""
        ACTIONS.used = self.used[name]
        try:
            context = {"connectionId": connection_id, "routeKey": route}
            asked_before = {"authorizer": authorizer} if authorizer else {}
            return self.handlers[name].handler({"requestContext": context | asked_before, **event}, None)
        finally:
            ACTIONS.used = set()

    def counts(self) -> dict[str, int]:
        """How many are in each room, as counted."""
        rooms = self.tables["rooms"].scan(ConsistentRead=True)["Items"]
        return {room["roomId"]: int(room["members"]) for room in rooms}

    def present(self) -> dict[str, int]:
        """How many are in each room, as they are."""
        found: dict[str, int] = defaultdict(int)
        for one in self.tables["connections"].scan(ConsistentRead=True)["Items"]:
            if "roomId" in one:
                found[one["roomId"]] += 1
        return dict(found)

    def check(self) -> None:
        """What always holds: the counts are right."""
        assert {room: count for room, count in self.counts().items() if count} == self.present()


def load(path: Path) -> ModuleType:
    """A function's file as a fresh module."""
    spec = importlib.util.spec_from_file_location(f"chat_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def permissions(operation: str, request: Any) -> set[str]:
    """What a call needs permission for. A transaction needs what its writes need.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    if operation != "TransactWriteItems":
        return {f"{request['TableName']}: {operation}"}
    return {f"{one['TableName']}: {kind}Item" for write in request["TransactItems"] for kind, one in write.items()}


def make_tables() -> None:
    """The three tables, with their keys and indexes."""
    keys: dict[str, list[tuple[str, str]]] = {
        "connections": [("connectionId", "HASH")],
        "rooms": [("roomId", "HASH")],
        "messages": [("roomId", "HASH"), ("sentAt", "RANGE")],
        WHISPERS: [("userId", "HASH"), ("sentAt", "RANGE")],
    }
    indexes = {"byRoom": [("roomId", "HASH"), ("connectionId", "RANGE")], "byUser": [("userId", "HASH")]}
    dynamodb = boto3.client("dynamodb")
    for name, key in keys.items():
        own = indexes if name == "connections" else {}
        attributes = dict.fromkeys(attribute for pairs in (key, *own.values()) for attribute, _ in pairs)
        more: dict[str, Any] = {
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": schema(pairs), "Projection": {"ProjectionType": "ALL"}}
                for index, pairs in own.items()
            ]
        }
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in attributes],
            KeySchema=schema(key),
            **(more if own else {}),
        )


def schema(pairs: list[tuple[str, str]]) -> Any:
    """Key attributes as DynamoDB wants them said."""
    return [{"AttributeName": name, "KeyType": kind} for name, kind in pairs]


@pytest.fixture(scope="session")
def tokens() -> ModuleType:
    """The layer's module that checks tokens."""
    return load(LAYER / "tokens.py")


@pytest.fixture
def authorize(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The authorizer, with its layer on the path."""
    monkeypatch.syspath_prepend(str(LAYER))
    yield load(SYSTEM / "handlers" / "authorize.py")
    sys.modules.pop("tokens", None)


@pytest.fixture
def browsers() -> Browsers:
    return Browsers()


@pytest.fixture
def chat(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """The chat, with its layer on the path as Lambda puts it there; each call of a table is atomic, as on AWS."""
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for name, value in {**TABLES, "ENVIRONMENT": "dev"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(LAYER))
    lock = threading.Lock()
    # botocore has no public hook around a whole call.
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def one_at_a_time(client: Any, operation: str, request: Any) -> Any:
        if operation in {"PostToConnection", "DeleteConnection"}:
            return call(client, operation, request)
        if client.meta.service_model.service_name == "kms":
            ACTIONS.used |= {f"{WHISPERS}: {operation}"}
        elif "TableName" in request or operation == "TransactWriteItems":
            ACTIONS.used |= permissions(operation, request)
        with lock:
            return call(client, operation, request)

    with moto.mock_aws(), management_endpoint(browsers) as endpoint:
        make_tables()
        monkeypatch.setenv("API_ENDPOINT", endpoint)
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", one_at_a_time)
        yield Chat(browsers)
    for module in (file.stem for file in LAYER.glob("*.py")):
        sys.modules.pop(module, None)
