"""Handlers of the WebSocket APIs."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import boto3

connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])


def note(key: str, value: Any) -> None:
    """Leaves something where a test finds it."""
    boto3.client("dynamodb").update_item(
        TableName=os.environ["NOTES"],
        Key={"id": {"S": key}},
        UpdateExpression="SET #value = :value ADD #times :one",
        ExpressionAttributeNames={"#value": "value", "#times": "times"},
        ExpressionAttributeValues={":value": {"S": json.dumps(value)}, ":one": {"N": "1"}},
    )


def post(event: dict[str, Any], data: bytes) -> None:
    connections.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=data)


def connect(event: dict[str, Any], context: Any) -> Any:
    asked = event.get("queryStringParameters") or {}
    if "note" in asked:
        note(asked["note"], event)
    if "post" in asked:
        note(asked["post"], _posted(event))
    if "raise" in asked:
        raise RuntimeError("a secret of the handler")
    if "nothing" in asked:
        return None
    answer: dict[str, Any] = {"statusCode": int(asked.get("status", "200")), "body": "an answer to the handshake"}
    if "protocol" in asked:
        answer["headers"] = {"Sec-WebSocket-Protocol": asked["protocol"]}
    return answer


def _posted(event: dict[str, Any]) -> str:
    try:
        post(event, b"too early")
    except connections.exceptions.GoneException:
        return "GoneException"
    return "posted"


def disconnect(event: dict[str, Any], context: Any) -> Any:
    note(f"left {event['requestContext']['connectionId']}", event)
    return {"statusCode": 200}


def tell(event: dict[str, Any], context: Any) -> Any:
    post(event, json.dumps(event).encode())
    return {"statusCode": 200}


def reply(event: dict[str, Any], context: Any) -> Any:
    asked = json.loads(event["body"])
    return {"statusCode": asked.get("status", 200), "body": asked.get("body", json.dumps(event))}


def fail(event: dict[str, Any], context: Any) -> Any:
    raise RuntimeError("a secret of the handler")


def malformed(event: dict[str, Any], context: Any) -> Any:
    return "no object with a statusCode"


def endless(event: dict[str, Any], context: Any) -> Any:
    time.sleep(15)


def slow(event: dict[str, Any], context: Any) -> Any:
    """Posts that it began, and that it is done once somebody has noted that it may be."""
    name = json.loads(event["body"])["name"]
    post(event, json.dumps({"began": name}).encode())
    dynamodb, table = boto3.client("dynamodb"), os.environ["NOTES"]
    released = {"id": {"S": f"{name} released"}}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if "Item" in dynamodb.get_item(TableName=table, Key=released, ConsistentRead=True):
            break
        time.sleep(0.05)
    post(event, json.dumps({"done": name}).encode())
    return {"statusCode": 200}


def big(event: dict[str, Any], context: Any) -> Any:
    try:
        post(event, b"x" * json.loads(event["body"])["size"])
    except connections.exceptions.PayloadTooLargeException:
        post(event, b"PayloadTooLargeException")
    return {"statusCode": 200}


def leave(event: dict[str, Any], context: Any) -> Any:
    connections.delete_connection(ConnectionId=event["requestContext"]["connectionId"])
    return {"statusCode": 200}
