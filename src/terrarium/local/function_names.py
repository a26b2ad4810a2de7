"""How a function is called by those who invoke it: its name, and perhaps which version or alias of it.

Pure text: whether there is such a function others know.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: The version that is not published.
LATEST = "$LATEST"
PATTERN = re.compile(
    r"(?:arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:|\d{12}:(?:function:)?|function:)?"
    r"([\w-]{1,140})(?::(\$LATEST|[\w-]{1,128}))?",
    re.ASCII,
)


class FunctionName(NamedTuple):
    """A function's name and its qualifier: a version's number, an alias or ``$LATEST``; empty where none was given."""

    name: str
    qualifier: str = ""

    @property
    def target(self) -> str:
        """What the laptop calls it: ``name``, or ``name:qualifier``."""
        return f"{self.name}:{self.qualifier}" if self.qualifier else self.name

    @property
    def key(self) -> str:
        """The same, one for the function and its ``$LATEST``: settings of the one are settings of the other."""
        return self.name if self.qualifier == LATEST else self.target


def function_name(identifier: str) -> FunctionName | None:
    """A function by its name, its ARN or a part of its ARN, each perhaps qualified; None where it is none of them."""
    found = PATTERN.fullmatch(identifier)
    return FunctionName(found[1], found[2] or "") if found else None


def named(identifier: str) -> FunctionName:
    """As `function_name`, of a text that a resource holds: what is none of them is a name."""
    return function_name(identifier) or FunctionName(identifier)
