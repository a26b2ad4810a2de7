"""Handlers that are invoked by the Lambda API, and by the table's stream."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

invocations = 0


def note(key: str, value: Any) -> None:
    """Leaves something where a test finds it."""
    boto3.client("dynamodb").put_item(
        TableName=os.environ["NOTES"], Item={"id": {"S": key}, "value": {"S": json.dumps(value)}}
    )


def describe(event: Any, context: Any) -> Any:
    facts = """function_name function_version invoked_function_arn memory_limit_in_mb aws_request_id log_group_name
        log_stream_name""".split()
    client = getattr(context, "client_context", None)
    return {
        "event": event,
        "context": {fact: getattr(context, fact, None) for fact in facts},
        "remaining": context.get_remaining_time_in_millis(),
        "custom": client.custom if client else None,
        "environment": dict(os.environ),
        "python": list(sys.version_info[:2]),
        "folder": os.getcwd(),  # noqa: PTH109  # as a handler would
    }


def files(event: Any, context: Any) -> Any:
    """What it finds in the file system, and whether it may write beside its code."""
    name = Path("/tmp", event["name"])  # Lambda's own folder
    before = name.exists()
    name.write_text("x")
    try:
        Path("beside.txt").write_text("x")
        refused = None
    except OSError as error:
        refused = error.strerror
    return {
        "code": str(Path(__file__).parent),
        "before": before,
        "megabytes": shutil.disk_usage("/tmp").total >> 20,
        "refused": refused,
    }


def raises(event: Any, context: Any) -> Any:
    raise ValueError("no luck")


def leaves(event: Any, context: Any) -> Any:
    sys.exit(3)


def overreaches(event: Any, context: Any) -> Any:
    """Does what its role does not allow."""
    try:
        boto3.client("dynamodb").scan(TableName=os.environ["NOTES"], Limit=1)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "it was allowed"


def sleeps(event: Any, context: Any) -> Any:
    time.sleep(event.get("seconds", 15))
    return "awake"


def prints(event: Any, context: Any) -> Any:
    print(event["text"])  # noqa: T201  # Lambda keeps it
    return None


def large(event: Any, context: Any) -> Any:
    return "x" * event["size"]


def odd(event: Any, context: Any) -> Any:
    return {"a set": {1, 2}}


def counts(event: Any, context: Any) -> Any:
    global invocations  # noqa: PLW0603  # that a process is used again is what the test is about
    invocations += 1
    return {"invocations": invocations, "process": os.getpid()}


def returns(event: Any, context: Any) -> Any:
    """What a request to its URL says in its body, or the event where that says nothing."""
    return json.loads(event["body"]) if event.get("body") else event


def balanced(event: Any, context: Any) -> Any:
    """An answer for a load balancer: what a request says in its body, or one whose body is the event."""
    if event["body"] and not event["isBase64Encoded"]:
        return json.loads(event["body"])
    kind = {
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "headers": {"Content-Type": "application/json"},
    }
    return {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "isBase64Encoded": False,
        **kind,
        "body": json.dumps(event),
    }


def writes(event: Any, context: Any) -> Any:
    note(event["note"], event)


def waits(event: Any, context: Any) -> Any:
    """Notes that it began, and returns once somebody has noted that it may."""
    note(f"{event['note']} began", "")
    dynamodb, table = boto3.client("dynamodb"), os.environ["NOTES"]
    released = {"id": {"S": f"{event['note']} released"}}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if "Item" in dynamodb.get_item(TableName=table, Key=released, ConsistentRead=True):
            return "released"
        time.sleep(0.05)
    return "forgotten"


def stream(event: Any, context: Any) -> Any:
    for record in event["Records"]:
        id = record["dynamodb"]["Keys"]["id"]["S"]
        note(f"stream {id} {record['eventName']}", record)
        if record["eventName"] == "INSERT":
            note(f"batch {id}", [one["dynamodb"]["Keys"]["n"]["N"] for one in event["Records"] if _is(one, id)])


def receives(event: Any, context: Any) -> Any:
    """Notes each record, with what its event says besides; fails where a record's item asks for it."""
    besides = {name: value for name, value in event.items() if name != "Records"}
    for record in event["Records"]:
        id = record["dynamodb"]["Keys"]["id"]["S"]
        note(f"received {id}", {"record": record, "besides": besides})
        if "fail" in record["dynamodb"].get("NewImage", {}):
            raise ValueError(f"{id} asks for it")
    if event.get("isFinalInvokeForWindow"):
        note(f"final {event['eventSourceARN']}", {"records": event["Records"], "besides": besides})
    return {"state": {"n": event.get("state", {}).get("n", 0) + len(event["Records"])}}


def _is(record: Any, id: str) -> bool:
    return bool(record["dynamodb"]["Keys"]["id"]["S"] == id)
