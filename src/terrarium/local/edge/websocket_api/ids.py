"""Ids as API Gateway makes them: sixteen characters of URL-safe base64 such as ``L0SM9cOFvHcCIhw=``."""

from __future__ import annotations

import base64
import os


def random_id() -> str:
    """A new id of eleven random bytes; connections, requests and messages all look like it."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode("ascii")
