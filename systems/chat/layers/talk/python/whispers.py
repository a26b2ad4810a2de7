"""Whispers that are kept: each for the two of them, its text encrypted by the application and by nobody else.

The table's own encryption keeps out whoever has the disks; this keeps out whoever may read the table and not use the
key. KMS encrypts at most 4096 bytes at a time, so a long text is encrypted in parts.
https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import history
from botocore.exceptions import ClientError
from rooms import FAILED, Item, database, now, patiently, reasons
from sockets import CONFIG, SENDERS, setting

PART = 4096  # bytes that KMS encrypts at a time


def are_kept() -> bool:
    """Whether whoever deployed wants whispers kept."""
    return "WHISPERS_TABLE" in os.environ


def keep(whisper: Item) -> str:
    """Keeps a whisper for the two of them, or for one who whispers to themselves; when it was said.

    Args:
        whisper: ``userId``, ``username``, ``targetUserId``, ``targetUsername`` and ``message``.
    """
    at = datetime.now(UTC)
    people = dict.fromkeys((whisper["userId"], whisper["targetUserId"]))
    open_fields = {name: value for name, value in whisper.items() if name not in {"type", "message"}}
    while True:
        said = history.time_text(at)
        sealed = _seal(whisper["message"], _context(whisper, said))
        item = {
            **{f"said_{name}": value for name, value in open_fields.items()},
            "sentAt": said,
            "sealed": sealed,
            "expiresAt": now() + history.KEPT,
        }
        if _put([{**item, "userId": person} for person in people]):
            return said
        at += timedelta(microseconds=1)


def page(user: str, before: object) -> dict[str, Any]:
    """Somebody's last whispers, or the last before a time: oldest first, and whether there are more.

    Args:
        user: Their userId.
        before: The `sentAt` of a whisper; nothing for the end.
    """
    before = history.time_of(before)
    condition = "userId = :user" + (" AND sentAt < :before" if before else "")
    found = _table().query(
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":user": user} | ({":before": before} if before else {}),
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=history.PAGE + 1,
    )["Items"]
    with ThreadPoolExecutor(max_workers=SENDERS) as readers:
        opened = list(readers.map(_opened, found[: history.PAGE]))
    shown = history.fitting(opened)
    return {"messages": shown[::-1], "more": len(found) > len(shown)}


def _put(items: list[Item]) -> bool:
    """Writes all or none; False if one of them said something at that very moment."""
    name = setting("WHISPERS_TABLE")
    puts = [
        {"Put": {"TableName": name, "Item": item, "ConditionExpression": "attribute_not_exists(sentAt)"}}
        for item in items
    ]

    def write() -> bool:
        database().meta.client.transact_write_items(TransactItems=puts)
        return True

    try:
        return patiently(write)
    except ClientError as error:
        if FAILED in reasons(error):
            return False
        raise


def _opened(item: Item) -> Item:
    """A whisper as it was told."""
    whisper = {name.removeprefix("said_"): value for name, value in item.items() if name.startswith("said_")}
    said = item["sentAt"]
    context = _context(whisper, said)
    parts = [_unseal(bytes(part), context, number) for number, part in enumerate(item["sealed"])]
    return {"type": "private_message", **whisper, "sentAt": said, "message": b"".join(parts).decode()}


def _context(whisper: Item, said: str) -> dict[str, str]:
    """What the encryption is bound to: a text that is moved to other people or another time does not open.

    https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
    """
    return {"from": whisper["userId"], "to": whisper["targetUserId"], "sentAt": said}


def _seal(text: str, context: dict[str, str]) -> list[bytes]:
    data = text.encode()
    key = setting("WHISPERS_KEY")
    return [
        _kms().encrypt(
            KeyId=key, Plaintext=data[start : start + PART], EncryptionContext={**context, "part": str(number)}
        )["CiphertextBlob"]
        for number, start in enumerate(range(0, len(data), PART))
    ]  # fmt: skip


def _unseal(part: bytes, context: dict[str, str], number: int) -> bytes:
    opened = _kms().decrypt(
        KeyId=setting("WHISPERS_KEY"), CiphertextBlob=part, EncryptionContext={**context, "part": str(number)}
    )
    data: bytes = opened["Plaintext"]
    return data


@cache
def _kms() -> Any:
    return boto3.client("kms", config=CONFIG)


def _table() -> Any:
    return database().Table(setting("WHISPERS_TABLE"))
