"""The classic chat sample: who is connected stands in a table, and each message is posted to all of them.

Ordinary Lambda code. Terrarium and its peers all run this same file.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])


# Lambda gives plain JSON values, and a context of its own.
Event = dict[str, Any]


def connect(event: Event, context: object) -> Event:  # noqa: ARG001  # as Lambda calls it
    table.put_item(Item={"connectionId": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def disconnect(event: Event, context: object) -> Event:  # noqa: ARG001  # as Lambda calls it
    table.delete_item(Key={"connectionId": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def message(event: Event, context: object) -> Event:  # noqa: ARG001  # as Lambda calls it
    text = json.loads(event["body"])["text"]
    print("message", text)
    for item in table.scan()["Items"]:
        try:
            connections.post_to_connection(ConnectionId=item["connectionId"], Data=text.encode())
        except connections.exceptions.GoneException:
            table.delete_item(Key={"connectionId": item["connectionId"]})
    return {"statusCode": 200}


def echo(event: Event, context: object) -> Event:  # noqa: ARG001  # as Lambda calls it
    return event
