"""$connect: somebody opens the chat with a name and a token, and is in their first room.

Where people sign in, the authorizer has looked at the token before, and says who they are; what they call themselves in
the address counts only where nobody signs in.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import words
from rooms import DAY, enter, now, tell_of
from sockets import Event, caller

TEST_TOKEN = "valid_test_token"  # noqa: S105  # the one that the documentation gives away; see `accepted`
FIRST_ROOM = "general"
MODERATORS = "moderators"  # a group of the user pool


def handler(event: Event, _context: Any) -> dict[str, Any]:
    """Keep the connection and tell the room. Nothing can be sent to it yet; a refusal is the handshake's status."""
    asked = event.get("queryStringParameters") or {}
    who = event["requestContext"].get("authorizer") or {}
    if not who and not accepted(asked.get("token", "")):
        return refused(401, "bad_token", "The token is missing or not valid")
    known = who or asked
    try:
        connection = {
            "connectionId": caller(event),
            "userId": words.user_id(known.get("userId")),
            "username": words.name(known.get("username") or known.get("userId")),
            "connectedAt": now(),
            "expiresAt": now() + 7 * DAY,
        }
        room = words.room_id(asked.get("roomId", FIRST_ROOM))
    except words.RefusedError as error:
        return refused(400, error.code, error.message)
    if MODERATORS in (who.get("groups") or "").split(","):
        connection["isModerator"] = True
    if enter(connection, room):
        tell_of("user_joined", connection, room)
    else:
        # The page learns why when it asks for the room: an answer to the handshake would not reach it.
        enter(connection, None)
    return {"statusCode": 200}


def accepted(token: str) -> bool:
    """Whether a token lets somebody in. The one for tests is no secret, and so opens nothing in production."""
    is_production = os.environ.get("ENVIRONMENT", "prod").lower().startswith("prod")
    return not is_production and secrets.compare_digest(token.encode(), TEST_TOKEN.encode())


def refused(status: int, code: str, message: str) -> dict[str, Any]:
    """An answer that fails the handshake, with its reason in the function's log too."""
    print(f"refused: {code}: {message}")  # noqa: T201  # a function's log is what it prints
    return {"statusCode": status, "body": message}
