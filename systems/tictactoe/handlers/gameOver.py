"""gameOVER: a browser brings the result of a game. Only the board's signature counts, not who brings it.

A result names the seating that it ends, and a seating ends once. So the same result from both players, or again an
hour later, changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError
from seating import MARKERS, fill_seats, leave
from utility import Event, body, caller, find, in_status, refuse, send_message, setting

KEY = "keys/results"  # where the board keeps the key with which it signs
PATIENCE = 5.0  # seconds between two reads of the key, however many forged results arrive

STORE: Any = boto3.client("s3")


class SigningKey:
    """The board's key, kept per worker and read again when a signature does not verify: it may have been replaced."""

    def __init__(self) -> None:
        self._key = b""
        self._read_at = float("-inf")

    def verifies(self, result: str, signature: str) -> bool:
        """Whether the board signed the result."""
        return self._matches(result, signature) or (self._refresh() and self._matches(result, signature))

    def _matches(self, result: str, signature: str) -> bool:
        expected = hmac.new(self._key, result.encode(), hashlib.sha256).hexdigest()
        return bool(self._key) and hmac.compare_digest(expected.encode(), signature.encode())

    def _refresh(self) -> bool:
        if time.monotonic() - self._read_at < PATIENCE:
            return False
        self._read_at = time.monotonic()
        try:
            self._key = STORE.get_object(Bucket=setting("RESULTS_BUCKET"), Key=KEY)["Body"].read()
        except ClientError as error:
            # Without the permission to list, a missing key answers AccessDenied.
            if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
                raise
            self._key = b""
        return bool(self._key)


SIGNING_KEY = SigningKey()


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Verify the result; the one it names leaves the seat and joins the line again as the last."""
    message = body(event)
    result, signature = message.get("result"), message.get("signature")
    if not isinstance(result, str) or not isinstance(signature, str):
        return refuse(event, "result", "Send the result and the signature that the board gave you")
    if not SIGNING_KEY.verifies(result, signature):
        return refuse(event, "signature", "The board did not sign this result")
    outcome = json.loads(result)
    if outcome["marker"] in MARKERS and leave(outcome["leaves"], outcome["marker"], outcome["seating"]):
        refill(outcome["leaves"])
    send_message(caller(event), {"action": "gameOver", "gameId": outcome["gameId"]})
    return {"statusCode": 200}


def refill(leaver: str) -> None:
    """Seat the next in line; whoever left comes last, and sits again if nobody else waits."""
    last = find(leaver)
    waiting = [player for player in in_status("inactive") if player["connectionId"] != leaver]
    fill_seats([*waiting, last] if last and last.get("status") == "inactive" else waiting)
