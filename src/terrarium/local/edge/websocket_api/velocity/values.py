"""Values as templates see them: their members, Java's methods of texts, lists and maps, and how they are shown.

Only what is listed here can be called: a template cannot reach into the interpreter that runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from terrarium.local.edge.websocket_api.velocity.scope import VelocityError


# Values in a template are any JSON; so are all parameters and results below.
class Functions:
    """An object whose functions templates may call, for example ``$util``.

    Args:
        functions: By the names that templates use.
        members: Values by the names that templates use.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]], members: Mapping[str, Any] | None = None) -> None:
        self.functions = functions
        self.members = members or {}


def _replace_all(text: str, pattern: str, replacement: str) -> str:
    # Java writes groups as $1 and takes a backslash as "the next character as it is".
    plain = re.sub(
        r"\\(.)|\$(\d)", lambda found: found[1].replace("\\", r"\\") if found[1] else rf"\g<{found[2]}>", replacement
    )
    return re.sub(pattern, plain, text)


def _substring(text: str, start: int, end: int | None = None) -> str:
    return text[start:end]


def _put(pairs: dict[Any, Any], key: Any, value: Any) -> Any:
    before = pairs.get(key)
    pairs[key] = value
    return before


def _add(items: list[Any], *values: Any) -> bool:
    if len(values) == 2:
        items.insert(*values)
    else:
        items.append(*values)
    return True


def _set(items: list[Any], index: int, value: Any) -> Any:
    before, items[index] = items[index], value
    return before


def _extend(items: list[Any], values: list[Any]) -> bool:
    items.extend(values)
    return True


def member(value: Any, name: str) -> Any:
    """A value's member; None where there is none."""
    if isinstance(value, Functions):
        return value.members.get(name)
    return value.get(name) if isinstance(value, dict) else None


def item(value: Any, index: Any) -> Any:
    """A list's item or a map's value; None where there is none."""
    if isinstance(value, dict):
        return value.get(index)
    listed = isinstance(value, list) and isinstance(index, int) and -len(value) <= index < len(value)
    return value[index] if listed else None


def called(value: Any, name: str, arguments: list[Any]) -> Any:
    """What a method of a value gives; None of nothing.

    Raises:
        VelocityError: There is no such method, or it does not take this.
    """
    if value is None:
        return None
    method = _methods(value).get(name)
    if method is None:
        raise VelocityError(f"{name}() is not known here for {shown(value)[:40]!r}")
    own = arguments if isinstance(value, Functions) else [value, *arguments]
    try:
        return method(*own)
    except (TypeError, ValueError, IndexError, AttributeError, re.error) as error:
        raise VelocityError(f"{name}() failed: {error}") from error


def _methods(value: Any) -> Mapping[str, Callable[..., Any]]:
    if isinstance(value, Functions):
        return value.functions
    return (
        _TEXT
        if isinstance(value, str)
        else _LIST
        if isinstance(value, list)
        else _MAP
        if isinstance(value, dict)
        else _OTHER
    )


def shown(value: Any) -> str:
    """A value as text, as Java shows it; nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_inside(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_inside(part)}" for key, part in value.items()) + "}"
    return "" if isinstance(value, Functions) else str(value)


def _inside(value: Any) -> str:
    return "null" if value is None else shown(value)


_TEXT: Final[Mapping[str, Callable[..., Any]]] = {
    "length": len,
    "isEmpty": lambda text: not text,
    "toString": lambda text: text,
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "trim": str.strip,
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "indexOf": str.find,
    "lastIndexOf": str.rfind,
    "substring": _substring,
    "charAt": lambda text, index: text[index],
    "concat": lambda text, other: text + other,
    "split": lambda text, pattern: re.split(pattern, text),
    "replace": str.replace,
    "replaceAll": _replace_all,
    "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
}
_LIST: Final[Mapping[str, Callable[..., Any]]] = {
    "size": len,
    "isEmpty": lambda items: not items,
    "get": lambda items, index: items[index],
    "add": _add,
    "addAll": _extend,
    "set": _set,
    "remove": lambda items, index: items.pop(index),
    "contains": lambda items, value: value in items,
    "indexOf": lambda items, value: items.index(value) if value in items else -1,
    "toString": shown,
}
_MAP: Final[Mapping[str, Callable[..., Any]]] = {
    "size": len,
    "isEmpty": lambda pairs: not pairs,
    "get": lambda pairs, key: pairs.get(key),
    "put": _put,
    "putAll": lambda pairs, other: pairs.update(other),
    "remove": lambda pairs, key: pairs.pop(key, None),
    "containsKey": lambda pairs, key: key in pairs,
    "containsValue": lambda pairs, value: value in pairs.values(),
    "keySet": list,
    "values": lambda pairs: [*pairs.values()],
    "entrySet": lambda pairs: [{"key": key, "value": value} for key, value in pairs.items()],
    "getKey": lambda pairs: pairs.get("key"),
    "getValue": lambda pairs: pairs.get("value"),
    "toString": shown,
}
_OTHER: Final[Mapping[str, Callable[..., Any]]] = {
    "toString": shown,
    "intValue": int,
    "equals": lambda value, other: value == other,
}


def is_true(value: Any) -> bool:
    """Whether a condition holds: everything does but false and nothing."""
    return value is not None and value is not False
