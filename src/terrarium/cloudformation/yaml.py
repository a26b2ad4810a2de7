"""Plain values as YAML, for templates that people read.

No anchors, no tags, nothing that YAML 1.1 and 1.2 read differently.
"""

from __future__ import annotations

import json
import re
from typing import Any

# What needs no quotes: it begins with a letter and no YAML takes it for a bool, a null, or a number.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(::[A-Za-z0-9_]+)*")
# What no YAML file may hold as it is: https://yaml.org/spec/1.2.2/#51-character-set
_INVISIBLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def document(value: dict[str, Any]) -> str:
    """A document that is a mapping.

    Args:
        value: Plain JSON values.
    """
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, pad: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _entry(f"{pad}{_scalar(key)}:", item, pad)]
    return [line for item in value for line in _item(item, pad)]


def _entry(head: str, value: Any, pad: str) -> list[str]:
    if isinstance(value, (dict, list)) and value:
        return [head, *_lines(value, f"{pad}  ")]
    return [f"{head} {_scalar(value)}"]


def _item(value: Any, pad: str) -> list[str]:
    if not isinstance(value, (dict, list)) or not value:
        return [f"{pad}- {_scalar(value)}"]
    first, *rest = _lines(value, f"{pad}  ")
    return [f"{pad}- {first.removeprefix(f'{pad}  ')}", *rest]


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    if plain:
        return str(value)
    return _INVISIBLE.sub(lambda letter: f"\\u{ord(letter[0]):04x}", json.dumps(value, ensure_ascii=False))
