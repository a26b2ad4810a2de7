"""Whether a value from outside is an attribute value, and its stored form: canonical numbers, documents 32 deep.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any

from terrarium.local.data.tables.errors import invalid, serialization, validation
from terrarium.local.data.tables.values import numbers
from terrarium.local.data.tables.values.numbers import is_plain
from terrarium.local.data.tables.values.wire import AttributeValue, Item

DEEPEST = 32

_EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)


# Any: JSON from outside; finding out what it is is this module's work.
def checked_item(item: Any) -> Item:
    """An item or key in its stored form.

    Raises:
        AwsError: SerializationException for JSON of another shape, ValidationException for values DynamoDB refuses.
    """
    if not isinstance(item, dict):
        raise serialization("Unexpected field type")
    found: Item = {}
    for name, value in item.items():
        # The commonest values of all are in their stored form already.
        if type(value) is dict and len(value) == 1:
            ((kind, content),) = value.items()
            if type(content) is str:
                stored = kind == "S" or (kind == "N" and is_plain(content) is not None)
            else:
                stored = kind == "BOOL" and type(content) is bool
            if stored:
                found[name] = value
                continue
        found[name] = checked(value)
    return found


def checked(value: Any, depth: int = 1) -> AttributeValue:
    """One value in its stored form; `depth` counts the documents around it, the item's own level being 1."""
    if not isinstance(value, dict):
        raise serialization("Unexpected value type in payload")
    if len(value) != 1:
        raise validation(_SEVERAL if value else _EMPTY)
    kind, content = next(iter(value.items()))
    rule = _RULES.get(kind)
    if rule is None or content is None:
        raise validation(_EMPTY)
    return {kind: rule(content, depth)}


def _text(content: Any, _depth: int) -> str:
    if isinstance(content, str):
        return content
    raise serialization(f"{_token(content)} cannot be converted to String")


def _number(content: Any, depth: int) -> str:
    return numbers.canonical(_text(content, depth))


def _binary(content: Any, _depth: int) -> str:
    if not isinstance(content, str):
        raise serialization("only base-64-encoded strings are convertible to bytes")
    if len(content) % 4:
        raise serialization(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(content)}")
    try:
        binascii.a2b_base64(content, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise serialization("Invalid Base64 character detected") from error
    return content


def _boolean(content: Any, _depth: int) -> bool:
    if isinstance(content, bool):
        return content
    raise serialization(f"{_token(content)} cannot be converted to Boolean")


def _null(content: Any, depth: int) -> bool:
    if not _boolean(content, depth):
        raise invalid("Null attribute value types must have the value of true")
    return True


def _list(content: Any, depth: int) -> list[AttributeValue]:
    _check_depth(depth)
    return [checked(member, depth + 1) for member in _members(content)]


def _map(content: Any, depth: int) -> Item:
    if not isinstance(content, dict):
        raise serialization("Unexpected field type")
    _check_depth(depth)
    return {name: checked(member, depth + 1) for name, member in content.items()}


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise validation("Nesting Levels have exceeded supported limits")


def _string_set(content: Any, depth: int) -> list[str]:
    members = [_text(member, depth) for member in _members(content)]
    return _distinct(members, "An string set  may not be empty", f"[{', '.join(members)}] contains duplicates.")


def _number_set(content: Any, depth: int) -> list[str]:
    members = [_number(member, depth) for member in _members(content)]
    if len(set(members)) < len(members):
        raise validation("Input collection contains duplicates")
    return _distinct(members, "An number set  may not be empty", "")


def _binary_set(content: Any, depth: int) -> list[str]:
    members = [_binary(member, depth) for member in _members(content)]
    doubled = f"[{', '.join(members)}]of type BS contains duplicates."  # the missing space is AWS's
    return _distinct(members, "Binary sets should not be empty", doubled)


def _distinct(members: list[str], when_empty: str, when_double: str) -> list[str]:
    if not members:
        raise invalid(when_empty)
    if len(set(members)) < len(members):
        raise invalid(f"Input collection {when_double}")
    return members


def _members(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    raise serialization("Unexpected field type")


def _token(content: Any) -> str:
    """What AWS's JSON reader calls a value that stands where another type belongs."""
    if isinstance(content, bool):
        return "TRUE_VALUE" if content else "FALSE_VALUE"
    if isinstance(content, int):
        return "NUMBER_VALUE"
    if isinstance(content, float):
        return "DECIMAL_VALUE"
    if isinstance(content, str):
        return "STRING_VALUE"
    raise serialization("Start of structure or map found where not expected")


_RULES: dict[str, Callable[[Any, int], Any]] = {
    "S": _text, "N": _number, "B": _binary, "BOOL": _boolean, "NULL": _null,
    "L": _list, "M": _map, "SS": _string_set, "NS": _number_set, "BS": _binary_set,
}  # fmt: skip
