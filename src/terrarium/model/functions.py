"""Terraform's functions that expressions may call, as Python: each gives what Terraform's gives, or fails as that does.

Source of each behaviour: https://developer.hashicorp.com/terraform/language/functions. A test asks Terraform itself.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from terrarium.model import patterns

# Arguments and results are Terraform values of any type; each function checks its own.
Function = Callable[..., Any]


def number_text(value: float) -> str:
    """A number as Terraform prints it: in full, never with an exponent."""
    text = format(Decimal(repr(value)), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def text_of(value: Any) -> str:
    """A value inside a text, as Terraform converts it.

    Raises:
        ValueError: It is null or a collection, which have no text.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
    raise ValueError("null has no text" if value is None else "a collection has no text; join it, or encode it as JSON")


def normal(value: Any) -> Any:
    """Text in the one form in which Terraform keeps it (NFC); anything else as it is."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) and not value.isascii() else value


def truth(value: Any) -> bool:
    """A condition, as Terraform converts it.

    Raises:
        ValueError: It is neither true nor false.
    """
    if isinstance(value, bool):
        return value
    if value in ("true", "false", "1", "0"):
        return str(value) in ("true", "1")
    raise ValueError(f"{value!r} is neither true nor false")


def unified(values: list[Any]) -> list[Any]:
    """Plain values of one type: where a text is among them, all become texts; null stays.

    Raises:
        ValueError: They have no type in common.
    """
    kinds = {_kind(value) for value in values if value is not None}
    if len(kinds) < 2:
        return values
    if "text" in kinds and "collection" not in kinds:
        return [None if value is None else text_of(value) for value in values]
    raise ValueError("all values must be of one type")


def _kind(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "collection"
    return "text" if isinstance(value, str) else "bool" if isinstance(value, bool) else "number"


def _same(a: Any, b: Any) -> bool:
    """Equality with types told apart: true is not 1, and "1" is not 1."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(value, b[key]) for key, value in a.items())
    return (isinstance(a, bool) == isinstance(b, bool)) and bool(a == b)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is needed")  # noqa: TRY004  # one kind of error for whatever a function refuses
    return value


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a map is needed")  # noqa: TRY004  # as above
    return value


def jsonencode(value: Any) -> str:
    """As Terraform: no spaces, keys sorted, numbers in full; <, > and & escaped as Go's encoder does."""
    text = _encoded(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _encoded(value: Any) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{_encoded(key)}:{_encoded(value[key])}" for key in sorted(value)) + "}"
        case list():
            return f"[{','.join(map(_encoded, value))}]"
        case float():
            return number_text(value)
    return json.dumps(value, ensure_ascii=False)


def replace(text: Any, old: Any, new: Any) -> str:
    """Every occurrence replaced; `old` between slashes is a regular expression."""
    whole, sought, instead = map(text_of, (text, old, new))
    if len(sought) > 1 and sought[0] == sought[-1] == "/":
        return patterns.replaced(whole, sought[1:-1], instead)
    return whole.replace(sought, instead)


def split(separator: Any, text: Any) -> list[str]:
    separator, text = text_of(separator), text_of(text)
    return text.split(separator) if separator else list(text)


def join(separator: Any, *lists: Any) -> str:
    items = [text_of(value) for values in lists for value in _list(values)]
    return str(text_of(separator)).join(items)


def length(value: Any) -> int:
    """Of a collection, or of a text, where Terraform counts what a reader sees as characters."""
    if not isinstance(value, (str, list, dict)):
        raise ValueError("only a text or a collection has a length")  # noqa: TRY004  # as above
    if isinstance(value, str) and (not value.isascii() or "\r\n" in value):
        raise ValueError("the length of a text beyond ASCII is what a reader sees, which only Terraform counts")
    return len(value)


def upper(text: Any) -> str:
    """Letter by letter, as Go does, where Python would make SS of ß."""
    return "".join(map(_capital, text_of(text)))


def _capital(letter: str) -> str:
    return next((made for made in (letter.upper(), letter.title()) if len(made) == 1), letter)


def lower(text: Any) -> str:
    """Letter by letter, as Go does, where Python would look at a letter's neighbours."""
    return "".join(letter.lower()[0] for letter in text_of(text))


def merge(*maps: Any) -> dict[str, Any]:
    return {key: value for part in maps if part is not None for key, value in _map(part).items()}


def cidrsubnet(prefix: str, bits: Any, number: Any) -> str:
    bits, number = int(bits), int(number)
    network = ipaddress.ip_network(prefix, strict=False)
    if bits < 0 or not 0 <= number < 1 << bits:
        raise ValueError(f"{bits} bits have no room for number {number}")
    wanted = network.prefixlen + bits
    if wanted > network.max_prefixlen:
        raise ValueError(f"{prefix} cannot be extended by {bits} bits")
    base = int(network.network_address) + (number << (network.max_prefixlen - wanted))
    return str(type(network)((base, wanted)))


def one(values: Any) -> Any:
    if len(_list(values)) > 1:
        raise ValueError("the list must have no item, or one")
    return values[0] if values else None


def coalesce(*values: Any) -> Any:
    # A null has no type; beside one, values of two types are let be, unless text is among them.
    loose = None in values and not any(isinstance(value, str) for value in values)
    for value in values if loose else unified(list(values)):
        if value is not None and value != "":
            return value
    raise ValueError("every value is null or empty")


def compact(values: Any) -> list[str]:
    return [text for value in _list(values) if value is not None and (text := text_of(value))]


def concat(*lists: Any) -> list[Any]:
    return [value for part in lists for value in _list(part)]


def contains(values: Any, wanted: Any) -> bool:
    if wanted is None:
        raise ValueError("null cannot be looked for")
    return any(_same(value, wanted) for value in _list(values))


def distinct(values: Any) -> list[Any]:
    found: list[Any] = []
    for value in unified(_list(values)):
        if not any(_same(value, earlier) for earlier in found):
            found.append(value)
    return found


def flatten(values: Any) -> list[Any]:
    return [inner for value in _list(values) for inner in (flatten(value) if isinstance(value, list) else [value])]


def toset(values: Any) -> list[Any]:
    """Each value once, in Terraform's order."""
    if any(isinstance(value, (list, dict)) for value in _list(values)):
        raise ValueError("only sets of plain values are known here")
    return sorted(distinct(values), key=lambda value: (value is None, value))


def keys(mapping: Any) -> list[str]:
    return sorted(_map(mapping))


def values(mapping: Any) -> list[Any]:
    return [mapping[key] for key in keys(mapping)]


FUNCTIONS: Mapping[str, Function] = {
    "base64encode": lambda text: base64.b64encode(text_of(text).encode()).decode(),
    "cidrsubnet": cidrsubnet,
    "coalesce": coalesce,
    "compact": compact,
    "concat": concat,
    "contains": contains,
    "distinct": distinct,
    "flatten": flatten,
    "join": join,
    "jsonencode": jsonencode,
    "keys": keys,
    "length": length,
    "lower": lower,
    "merge": merge,
    "one": one,
    "replace": replace,
    "split": split,
    "startswith": lambda text, prefix: text_of(text).startswith(text_of(prefix)),
    "toset": toset,
    "tostring": lambda value: None if value is None else text_of(value),
    "trimprefix": lambda text, prefix: text_of(text).removeprefix(text_of(prefix)),
    "trimsuffix": lambda text, suffix: text_of(text).removesuffix(text_of(suffix)),
    "upper": upper,
    "values": values,
}

# Functions of files: Terraform reads the zip, the laptop the folder, and computes them where the bundle is at hand.
FILE_FUNCTIONS = ("filebase64sha256", "filemd5")

OPERATORS: Mapping[str, Function] = {
    "==": _same,
    "!=": lambda a, b: not _same(a, b),
    "!": lambda a: not truth(a),
}
