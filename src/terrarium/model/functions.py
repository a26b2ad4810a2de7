"""Terraform's functions that expressions may call, as Python; each gives what Terraform's own gives.

Source of each behaviour: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

# Arguments and results are Terraform values of any type; each function checks its own.
Function = Callable[..., Any]


def jsonencode(value: Any) -> str:
    """As Terraform: no spaces, keys sorted, and <, > and & escaped as Go's encoder does."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def replace(text: str, old: str, new: str) -> str:
    """Every occurrence replaced; `old` between slashes is a regular expression."""
    if len(old) > 1 and old[0] == old[-1] == "/":
        return re.sub(old[1:-1], re.sub(r"\$(\d+|\{\w+\})", lambda m: f"\\g<{m[1].strip('{}')}>", new), text)
    return text.replace(old, new)


def text_of(value: Any) -> str:
    """A value inside a text, as Terraform converts it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def merge(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for part in maps if part is not None for key, value in part.items()}


def cidrsubnet(prefix: str, bits: int, number: int) -> str:
    network = ipaddress.ip_network(prefix)
    length = network.prefixlen + bits
    size = network.max_prefixlen - length
    return f"{network.network_address + (number << size)}/{length}"


def one(values: list[Any] | None) -> Any:
    if not values:
        return None
    if len(values) > 1:
        raise ValueError("must be a list with either zero or one elements")
    return values[0]


def coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None and value != ""), None)


def flatten(values: list[Any]) -> list[Any]:
    return [inner for value in values for inner in (flatten(value) if isinstance(value, list) else [value])]


def distinct(values: list[Any]) -> list[Any]:
    return [value for at, value in enumerate(values) if value not in values[:at]]


FUNCTIONS: Mapping[str, Function] = {
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "cidrsubnet": cidrsubnet,
    "coalesce": coalesce,
    "compact": lambda values: [value for value in values if value],
    "concat": lambda *lists: [value for part in lists for value in part],
    "contains": lambda values, value: value in values,
    "distinct": distinct,
    "flatten": flatten,
    "join": lambda separator, values: separator.join(text_of(value) for value in values),
    "jsonencode": jsonencode,
    "keys": sorted,
    "length": len,
    "lower": str.lower,
    "merge": merge,
    "one": one,
    "replace": replace,
    "split": lambda separator, text: text.split(separator),
    "startswith": str.startswith,
    "toset": lambda values: sorted(set(values)),
    "tostring": text_of,
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
    "values": lambda mapping: [mapping[key] for key in sorted(mapping)],
}

# Functions of files: Terraform reads the zip, the laptop the folder; what they give on the laptop is computed where the bundle is at hand.
FILE_FUNCTIONS = ("filebase64sha256", "filemd5")

OPERATORS: Mapping[str, Function] = {
    "==": lambda a, b: a == b and isinstance(a, bool) == isinstance(b, bool),
    "!=": lambda a, b: not OPERATORS["=="](a, b),
    "!": lambda a: not a,
}
