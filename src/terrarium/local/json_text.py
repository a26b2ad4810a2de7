"""JSON that is written already: whoever answers with it need not read and write it anew."""

from __future__ import annotations

import json
from typing import Any


class JsonText(str):
    """The text of a JSON value, as a member of a result."""

    __slots__ = ()


# Results are JSON of any members.
def read_texts(result: dict[str, Any]) -> dict[str, Any]:
    """A result with values in place of texts."""
    return {name: json.loads(it) if type(it) is JsonText else it for name, it in result.items()}
