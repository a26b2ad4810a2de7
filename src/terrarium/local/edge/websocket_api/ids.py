"""Ids as API Gateway makes them: sixteen characters of URL-safe base64 such as ``L0SM9cOFvHcCIhw=``."""

from __future__ import annotations

import binascii
import os
from typing import Final

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def random_id() -> str:
    """A new id of eleven random bytes; connections, requests and messages all look like it."""
    return binascii.b2a_base64(os.urandom(11), newline=False).translate(_URL_SAFE).decode("ascii")
