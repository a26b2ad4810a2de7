"""Filter patterns over JSON messages: ``{ ($.status >= 400) && ($.path = "/api/*") }``.

Pure text. A property that a message lacks fulfils no comparison; only ``NOT EXISTS`` asks for its absence.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from terrarium.local.watch.pattern_parts import compile_regex, invalid

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<selector>\$(?:\.[\w@:-]+|\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\])*)
      | (?P<operator>&&|\|\||<=|>=|!=|[=<>()])
      | "(?P<string>(?:[^"\\]|\\.)*)"
      | %(?P<regex>[^%]+)%
      | (?P<word>[^\s(){}&|=<>!"%]+)
    )""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([\w@:-]+)|\.?\[(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\]""")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONSTANTS: dict[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}
_DEEPEST = 50

# Parsed messages and their parts are any JSON value.
Condition = Callable[[Any], bool]
Token = tuple[str, str]


def compile_json_pattern(text: str) -> Callable[[str], bool]:
    """What tells for a message whether it is JSON that fulfils the conditions between the braces.

    Raises:
        AwsError: ``InvalidParameterException`` for a pattern that is malformed.
    """
    if not text.endswith("}"):
        raise invalid("A JSON filter pattern ends with }")
    condition = _Parser(list(_tokens(text[1:-1].strip()))).whole()

    def matches(message: str) -> bool:
        try:
            return condition(json.loads(message))
        except (ValueError, RecursionError):
            return False

    return matches


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise invalid(f"Invalid JSON filter pattern near {text[position : position + 20]!r}")
        yield found.lastgroup, found[found.lastgroup]
        position = found.end()


class _Parser:
    """Recursive descent: ``||`` binds weaker than ``&&``, parentheses bind strongest."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Condition:
        condition = self._either(0)
        if self._at != len(self._tokens):
            raise invalid(f"Unexpected {self._tokens[self._at][1]!r} in JSON filter pattern")
        return condition

    def _either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._accept("||"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda value: any(part(value) for part in parts)

    def _both(self, depth: int) -> Condition:
        parts = [self._single(depth)]
        while self._accept("&&"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)

    def _single(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise invalid("A JSON filter pattern nests too deeply")
        if self._accept("("):
            inside = self._either(depth + 1)
            if not self._accept(")"):
                raise invalid("A parenthesis is not closed in the JSON filter pattern")
            return inside
        kind, selector = self._next()
        if kind != "selector":
            raise invalid(f"Expected a property selector such as $.name, got {selector!r}")
        return self._comparison(selector)

    def _comparison(self, selector: str) -> Condition:
        kind, sign = self._next()
        if kind == "word":
            return self._keyword(selector, sign.upper())
        if sign in _ORDER:
            return _ordered(selector, _ORDER[sign], self._next()[1])
        if sign not in ("=", "!="):
            raise invalid(f"Expected a comparison after {selector}, got {sign!r}")
        equals = _equality(*self._next())
        if sign == "=":
            return lambda value: any(equals(it) for it in select(value, selector))
        return lambda value: _none_equals(equals, list(select(value, selector)))

    def _keyword(self, selector: str, word: str) -> Condition:
        following = self._next()[1].upper()
        if (word, following) == ("NOT", "EXISTS"):
            return lambda value: not any(True for _ in select(value, selector))
        if word != "IS" or following not in _CONSTANTS:
            raise invalid(f"Expected IS TRUE, IS FALSE, IS NULL or NOT EXISTS after {selector}")
        constant = _CONSTANTS[following]
        return lambda value: any(it is constant for it in select(value, selector))

    def _next(self) -> Token:
        if self._at == len(self._tokens):
            raise invalid("The JSON filter pattern ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("operator", sign):
            self._at += 1
            return True
        return False


def select(value: Any, selector: str) -> Iterator[Any]:
    """The values that a selector such as ``$.users[*].name`` finds."""
    found = [value]
    for name, index, every, single, double in _STEP.findall(selector):
        found = [inner for it in found for inner in _step(it, name or single or double, index, every)]
    yield from found


def _step(value: Any, name: str, index: str, every: str) -> Iterator[Any]:
    if every:
        yield from value if isinstance(value, list) else ()
    elif index:
        if isinstance(value, list) and int(index) < len(value):
            yield value[int(index)]
    elif isinstance(value, dict) and name in value:
        yield value[name]


def _none_equals(equals: Condition, values: list[Any]) -> bool:
    return bool(values) and not any(equals(it) for it in values)


def _ordered(selector: str, compare: Callable[[float, float], bool], text: str) -> Condition:
    bound = _number(text)
    if bound is None:
        raise invalid(f"Expected a number, got {text!r}")
    return lambda value: any(_is_number(it) and compare(it, bound) for it in select(value, selector))


def _equality(kind: str, text: str) -> Condition:
    if kind == "regex":
        expression = compile_regex(text)
        return lambda value: expression.search(_text(value)) is not None
    if kind not in ("string", "word"):
        raise invalid(f"Expected a value, got {text!r}")
    number = _number(text) if kind == "word" else None
    if number is not None:
        return lambda value: value == number if _is_number(value) else _text(value) == text
    literal = re.sub(r"\\(.)", r"\1", text) if kind == "string" else text
    wanted = re.compile(".*".join(map(re.escape, literal.split("*"))), re.DOTALL)
    return lambda value: wanted.fullmatch(_text(value)) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
