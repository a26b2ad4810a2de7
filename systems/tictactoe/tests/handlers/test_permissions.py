"""What each function must be allowed to do, and nothing more: the architecture grants exactly this."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from tests.conftest import Queue

NEEDS = {
    "connection": {"PutItem"},
    "disconnect": {"GetItem", "DeleteItem", "Query", "UpdateItem"},
    "joinQueue": {"GetItem", "Query", "UpdateItem"},
    "gameOver": {"GetItem", "Query", "UpdateItem", "GetObject"},
    "updateDB": {"UpdateItem"},
    "sendInfo": {"GetItem", "Query"},
    "streamDB": {"Scan", "GetItem", "UpdateItem", "DeleteItem"},
}


def test_each_handler_uses_the_permissions_that_it_is_granted(queue: Queue) -> None:
    boto3.client("s3").put_object(Bucket="tictactoe-results", Key="keys/results", Body=b"k")
    queue.enter("ann", "bob", "cat", "dan")
    queue.say("ann", "updateDB", username="Annie")
    queue.say("ann", "sendInfo")
    seating = queue.items()["seat#O"]["seating"]
    text = json.dumps({"gameId": "g", "leaves": "bob", "marker": "O", "seating": seating})
    queue.say("ann", "gameOVER", result=text, signature=hmac.new(b"k", text.encode(), hashlib.sha256).hexdigest())
    queue.leave("ann")
    vanish(queue, "dan")

    assert queue.used == NEEDS


def vanish(queue: Queue, name: str) -> None:
    """Close without a $disconnect, long after the connection opened; then an index that lags hides a free seat."""
    queue.table.update_item(
        Key={"connectionId": name},
        UpdateExpression="SET connectedAt = :before",
        ExpressionAttributeValues={":before": "2000-01-01T00:00:00.000000Z"},
    )
    queue.browsers.gone.add(name)
    queue.say("cat", "updateDB", username="Cathy")
