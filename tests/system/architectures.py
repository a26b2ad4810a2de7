"""A small system for tests: one WebSocket API, one table, functions whose code each test writes."""

from __future__ import annotations

from pathlib import Path

ARCHITECTURE = """
from terrarium import Architecture, aws

app = Architecture("{name}")
things = aws.Table(app, "things", key="id", stream="NEW_IMAGE")
api = aws.WebSocketApi(app, "echo", stage="dev", rate=100000, burst=50000)


def function(name, **options):
    links = {{"THINGS": things.access("PutItem", "GetItem", "Scan"), "CONNECTIONS": api.access("send")}}
    return aws.Function(app, name, code="code", links=links, **options)


echo = function("echo")
api.route("$default", echo)
{more}
app.output("url", api.url, "Where clients connect")
"""

ECHO = """
import os

import boto3

connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])
things = boto3.resource("dynamodb").Table(os.environ["THINGS"])


def handler(event, context):
    connection = event["requestContext"]["connectionId"]
    things.put_item(Item={"id": connection, "body": event["body"]})
    connections.post_to_connection(ConnectionId=connection, Data=event["body"].encode())
    return {"statusCode": 200}
"""


def write(folder: Path, *, name: str = "mini", more: str = "", **code: str) -> Path:
    """Writes the system into a folder.

    Args:
        folder: Where.
        name: The system's name.
        more: Further lines of the architecture.
        **code: Further modules of the functions' code, by name.

    Returns:
        The architecture's file.
    """
    (folder / "code").mkdir(parents=True, exist_ok=True)
    for module, text in {"echo": ECHO, **code}.items():
        (folder / "code" / f"{module}.py").write_text(text)
    file = folder / "architecture.py"
    file.write_text(ARCHITECTURE.format(name=name, more=more))
    return file
