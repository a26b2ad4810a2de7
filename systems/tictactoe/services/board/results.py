"""The board's word on a result: canonical JSON and its HMAC-SHA256.

The key lives in a bucket, which the board reaches through the S3 gateway endpoint; the function that acts on results
reads it there. The first board to start makes it, and no later one replaces it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

KEY = "keys/results"
KEY_SIZE = 32  # bytes, the size of the hash


def obtain_key(store: Any, bucket: str) -> bytes:
    """The signing key; made now if there is none. Two boards that start at once agree, as only one write succeeds.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    fresh = secrets.token_bytes(KEY_SIZE)
    while True:
        try:
            store.put_object(Bucket=bucket, Key=KEY, Body=fresh, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalRequestConflict":
                continue  # another board is writing at this moment; its key will be there
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            stored: bytes = store.get_object(Bucket=bucket, Key=KEY)["Body"].read()
            return stored
        return fresh


def sign(key: bytes, facts: Mapping[str, str | None]) -> dict[str, str]:
    """The facts as canonical JSON, with the signature over exactly these bytes, in hex."""
    result = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return {"result": result, "signature": hmac.new(key, result.encode(), hashlib.sha256).hexdigest()}
