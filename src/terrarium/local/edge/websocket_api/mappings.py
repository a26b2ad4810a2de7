"""API mappings of a custom domain name: which of them a path is for, and what remains of it.

Pure: a path and keys in, a key out.
https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from terrarium.errors import UserError

KEY_CHARACTERS: Final = 300
_KEY: Final = re.compile(r"[A-Za-z0-9$\-_.+!*'()/]*")


def check_key(key: str) -> None:
    """Checks a key as AWS does.

    Raises:
        UserError: A mapping cannot have it.
    """
    if len(key) > KEY_CHARACTERS:
        raise UserError(f"the API mapping key has {len(key)} characters", hint=f"AWS allows {KEY_CHARACTERS}")
    if not _KEY.fullmatch(key) or "" in key.split("/")[bool(not key) :]:
        hint = "letters, digits and $-_.+!*'() in one or several levels, with a slash between two and none outside"
        raise UserError(f"the API mapping key {key!r} is none", hint=hint)


def find(path: str, keys: Iterable[str]) -> tuple[str, str] | None:
    """The longest key that a path begins with, level by level, and what remains of the path.

    Args:
        path: For example ``/orders/v1/@connections/L0SM9cOFvHcCIhw%3D``.
        keys: The keys of the domain's mappings; the empty one maps every path that no other does.

    Returns:
        None where no mapping is for the path.
    """
    found = [key for key in keys if not key or path == f"/{key}" or path.startswith(f"/{key}/")]
    if not found:
        return None
    key = max(found, key=len)
    return key, path.removeprefix(f"/{key}") if key else path
