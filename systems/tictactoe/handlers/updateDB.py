"""updateDB: a player changes the name. Nothing else of an item can be changed by a message."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from seating import patiently
from utility import TABLE, Event, body, caller, clean_name, refuse, send_message


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Store the new name; everybody learns of it through the table's stream."""
    name = clean_name(body(event).get("username"))
    if name is None:
        return refuse(event, "name", "A name needs at least one letter")
    if not rename(caller(event), name):
        return refuse(event, "unknown", "This connection is not known any more: connect again")
    send_message(caller(event), {"action": "updateDB", "username": name})
    return {"statusCode": 200}


def rename(connection_id: str, name: str) -> bool:
    """Store the name; False if the connection has no item, which must not come back to life."""
    try:
        patiently(
            lambda: TABLE.update_item(
                Key={"connectionId": connection_id},
                UpdateExpression="SET username = :name",
                ConditionExpression="attribute_exists(connectionId)",
                ExpressionAttributeValues={":name": name},
            )
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
