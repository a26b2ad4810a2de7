"""A queue to test handlers with: the real handlers, a table, and browsers that remember what they were told.

API Gateway and the stream's poller are played by `Queue`: it calls the handler of a route, and whenever the table
changed it calls streamDB with the change, again until nothing changes any more.
"""

from __future__ import annotations

import importlib
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
LAYER = SYSTEM / "layers" / "utility" / "python"
SERVICES = SYSTEM / "services"
ROUTES = {
    "$connect": "connection",
    "$disconnect": "disconnect",
    "joinQueue": "joinQueue",
    "gameOVER": "gameOver",
    "updateDB": "updateDB",
    "sendInfo": "sendInfo",
}
TABLE = "TicTacToeUsers"
BUCKET = "tictactoe-results"

if str(SERVICES) not in sys.path:  # the board is a package of its own, beside the handlers
    sys.path.insert(0, str(SERVICES))


class Browsers:
    """The other ends of the connections: what each was told, and which are gone."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.gone: set[str] = set()

    def receive(self, connection_id: str, data: bytes) -> int:
        """Take a message; the HTTP status that API Gateway would answer."""
        if connection_id in self.gone:
            return 410
        self.told[connection_id].append(json.loads(data))
        return 200

    def last(self, connection_id: str, action: str) -> dict[str, Any]:
        """The latest message of that action."""
        return [message for message in self.told[connection_id] if message["action"] == action][-1]


@contextmanager
def management_endpoint(browsers: Browsers) -> Iterator[str]:
    """Serve `POST /@connections/{connectionId}` on a free port."""

    class Connections(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            status = browsers.receive(unquote(self.path.rsplit("/", 1)[1]), data)
            self.send_response(status)
            if status == 410:
                self.send_header("x-amzn-ErrorType", "GoneException")
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


class Queue:
    """The seven handlers around one table."""

    def __init__(self, browsers: Browsers, table: Any) -> None:
        self.browsers = browsers
        self.table = table
        self.used: dict[str, set[str]] = defaultdict(set)  # permissions by handler
        self.handlers = {name: load(SYSTEM / "handlers" / f"{name}.py") for name in [*ROUTES.values(), "streamDB"]}

    def route(self, connection_id: str, route: str, **message: Any) -> Any:
        """Deliver one message, and nothing else: the stream's turn comes with `settle`."""
        event: dict[str, Any] = {"requestContext": {"connectionId": connection_id, "routeKey": route}}
        if not route.startswith("$"):
            event["body"] = json.dumps({"action": route, **message})
        return self.run(ROUTES[route], event)

    def run(self, name: str, event: dict[str, Any]) -> Any:
        """Invoke a handler and remember which permissions it used."""
        ACTIONS.used = self.used[name]
        try:
            return self.handlers[name].handler(event, None)
        finally:
            ACTIONS.used = set()

    def say(self, connection_id: str, route: str, **message: Any) -> Any:
        """Deliver one message and everything that the stream makes of it."""
        before = self.items()
        answer = self.route(connection_id, route, **message)
        self.settle(before)
        return answer

    def enter(self, *names: str) -> None:
        """Connect and join, one after the other; the connectionId is the name."""
        for name in names:
            self.say(name, "$connect")
            self.say(name, "joinQueue", username=name.title())

    def leave(self, connection_id: str) -> None:
        """Close the tab."""
        self.browsers.gone.add(connection_id)
        self.say(connection_id, "$disconnect")

    def settle(self, before: dict[str, dict[str, Any]]) -> None:
        """Hand the stream's records to streamDB until it changes nothing any more."""
        while (after := self.items()) != before:
            self.run("streamDB", {"Records": list(records(before, after))})
            before = after

    def items(self) -> dict[str, dict[str, Any]]:
        """Every item by its key."""
        return {item["connectionId"]: item for item in self.table.scan(ConsistentRead=True)["Items"]}

    def seats(self) -> dict[str, str | None]:
        """Who holds which seat."""
        items = self.items()
        return {marker: items.get(f"seat#{marker}", {}).get("holder") for marker in "XO"}

    def line(self) -> list[str]:
        """Those who wait, first come first."""
        waiting = [item for item in self.items().values() if item.get("status") == "inactive"]
        return [item["connectionId"] for item in sorted(waiting, key=lambda item: str(item["joinedAt"]))]

    def check(self) -> None:
        """What always holds: a seat and its player agree, nobody sits twice, no seat is free while somebody waits."""
        held = {marker: holder for marker, holder in self.seats().items() if holder}
        active = {
            item["marker"]: item["connectionId"] for item in self.items().values() if item.get("status") == "active"
        }
        assert held == active
        assert sum(item.get("status") == "active" for item in self.items().values()) == len(held)
        assert len(held) == 2 or not self.line()


def records(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The stream's records between two states; their images name attributes, which is all that streamDB looks at."""
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key):
            images = {"OldImage": before.get(key), "NewImage": after.get(key)}
            yield {"dynamodb": {name: image for name, image in images.items() if image is not None}}


def load(path: Path) -> ModuleType:
    """A handler's file as a fresh module."""
    spec = importlib.util.spec_from_file_location(f"tictactoe_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def browsers() -> Browsers:
    return Browsers()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The table and the bucket, behind one lock: each call is atomic, as on AWS, whatever thread it comes from."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("PLAYERS_TABLE", TABLE)
    monkeypatch.setenv("RESULTS_BUCKET", BUCKET)
    lock = threading.Lock()
    # botocore has no public hook around a whole call.
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def one_at_a_time(client: Any, operation: str, request: Any) -> Any:
        if operation == "PostToConnection":
            return call(client, operation, request)
        ACTIONS.used |= actions(operation, request)
        with lock:
            return call(client, operation, request)

    with moto.mock_aws():
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", one_at_a_time)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield make_table()


class Actions(threading.local):
    """The permissions that the handler in this thread used so far."""

    used: set[str] = set()  # noqa: RUF012 - replaced, never shared: each thread sets its own


ACTIONS = Actions()


def actions(operation: str, request: Any) -> set[str]:
    """What a call needs permission for. A transaction needs what its writes need.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    if operation != "TransactWriteItems":
        return {operation}
    return {f"{kind}Item" for write in request["TransactItems"] for kind in write}


def make_table() -> Any:
    """The documented table: its key, its index."""
    return boto3.resource("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("connectionId", "status", "joinedAt")
        ],
        KeySchema=[{"AttributeName": "connectionId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "statusIndex",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "joinedAt", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


@pytest.fixture
def queue(browsers: Browsers, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """The queue, with its layer on the path as Lambda puts it there."""
    monkeypatch.syspath_prepend(str(LAYER))
    with management_endpoint(browsers) as endpoint:
        monkeypatch.setenv("QUEUE_ENDPOINT", endpoint)
        yield Queue(browsers, cloud)
    for module in ("utility", "seating"):
        sys.modules.pop(module, None)
