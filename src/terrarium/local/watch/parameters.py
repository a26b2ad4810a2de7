"""Reads the parameters of an operation, refusing what its API documents as invalid, in AWS's own words.

Pure: one body in, typed values out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terrarium.local.aws_error import AwsError


class Parameters:
    """One request's parameters.

    Args:
        body: The decoded request.
        code: The error code that the service gives for invalid ones.
    """

    # A request's members are of any JSON type until they are read.
    def __init__(self, body: Mapping[str, Any], code: str) -> None:
        self._body = body
        self._code = code

    def __contains__(self, name: str) -> bool:
        return self._body.get(name) is not None

    def text(self, name: str, pattern: str = "", longest: int = 2_048) -> str:
        """A string that must be there and match a whole pattern."""
        value = self._body.get(name)
        if value is None:
            raise self.invalid(name, value, "Member must not be null")
        if not isinstance(value, str):
            raise AwsError("SerializationException", f"{name} must be a string")
        if not 1 <= len(value) <= longest:
            raise self.invalid(name, value, f"Member must have length between 1 and {longest}")
        if pattern and not re.fullmatch(pattern, value):
            raise self.invalid(name, value, f"Member must satisfy regular expression pattern: {pattern}")
        return value

    def optional_text(self, name: str, pattern: str = "", longest: int = 2_048) -> str:
        """The same for a string that may be absent, which reads as empty."""
        return self.text(name, pattern, longest) if self._body.get(name) else ""

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number within its bounds."""
        value = self._body.get(name, default)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise AwsError("SerializationException", f"{name} must be a whole number")
        if value < low:
            raise self.invalid(name, value, f"Member must have value greater than or equal to {low}")
        if value > high:
            raise self.invalid(name, value, f"Member must have value less than or equal to {high}")
        return value

    def flag(self, name: str) -> bool:
        return self._body.get(name) is True

    def items(self, name: str, most: int) -> list[Any]:
        """A list of at most so many members; an absent one is empty."""
        value = self._body.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise AwsError("SerializationException", f"{name} must be a list")
        if len(value) > most:
            raise self.invalid(name, f"{len(value)} members", f"Member must have length less than or equal to {most}")
        return value

    def mapping(self, name: str, most: int) -> dict[str, Any]:
        """A structure of at most so many members; an absent one is empty."""
        value = self._body.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise AwsError("SerializationException", f"{name} must be a map")
        if len(value) > most:
            raise self.invalid(name, f"{len(value)} members", f"Member must have length less than or equal to {most}")
        return value

    def invalid(self, name: str, value: object, constraint: str) -> AwsError:
        shown = "" if value is None else f"'{value}' "
        return AwsError(
            self._code,
            f"1 validation error detected: Value {shown}at '{name}' failed to satisfy constraint: {constraint}",
        )
