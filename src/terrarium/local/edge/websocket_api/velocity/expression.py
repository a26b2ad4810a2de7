"""Expressions of templates: references with their members and methods, literals, operators."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from terrarium.local.edge.websocket_api.velocity.scope import IDENTIFIER, Evaluate, Scope, Source, VelocityError
from terrarium.local.edge.websocket_api.velocity.values import called, is_true, item, member, shown

RANGE_ITEMS: Final = 10_000
"""Longest range that is made: one in a template has no other end."""

_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.|"")*)"', re.DOTALL)
_WORDS: Final = {"true": True, "false": False, "null": None}
# Loosest first; each level's signs, longest first where one begins another.
_LEVELS: Final = (
    ("||", "or"),
    ("&&", "and"),
    ("==", "!=", "eq", "ne"),
    ("<=", ">=", "<", ">", "le", "ge", "lt", "gt"),
    ("+", "-"),
    ("*", "/", "%"),
)


# Operands are any JSON, here and below.
def _sum(left: Any, right: Any) -> Any:
    return shown(left) + shown(right) if isinstance(left, str) or isinstance(right, str) else left + right


def _quotient(left: Any, right: Any) -> Any:
    return int(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "eq": operator.eq, "!=": operator.ne, "ne": operator.ne,
    "<": operator.lt, "lt": operator.lt, ">": operator.gt, "gt": operator.gt,
    "<=": operator.le, "le": operator.le, ">=": operator.ge, "ge": operator.ge,
    "+": _sum, "-": operator.sub, "*": operator.mul, "/": _quotient, "%": operator.mod,
}  # fmt: skip


def expression(source: Source, level: int = 0) -> Evaluate:
    """Reads an expression.

    Raises:
        VelocityError: There is none.
    """
    if level == len(_LEVELS):
        return _unary(source)
    left = expression(source, level + 1)
    while (sign := _sign(source, _LEVELS[level])) is not None:
        left = _binary(sign, left, expression(source, level + 1))
    return left


def _sign(source: Source, signs: tuple[str, ...]) -> str | None:
    before = source.at
    source.skip()
    for sign in signs:
        word = sign.isalpha()
        if source.sees(sign) and not (word and IDENTIFIER.match(source.text, source.at + len(sign))):
            return source.takes(sign)
    source.at = before
    return None


def _binary(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if sign in ("||", "or"):
        return lambda scope: is_true(left(scope)) or is_true(right(scope))
    if sign in ("&&", "and"):
        return lambda scope: is_true(left(scope)) and is_true(right(scope))
    operate = _OPERATORS[sign]

    def evaluate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        try:
            return operate(one, other)
        except (TypeError, ZeroDivisionError):
            return None  # as in Velocity: what cannot be reckoned is nothing

    return evaluate


def _unary(source: Source) -> Evaluate:
    source.skip()
    if source.sees("!") and not source.sees("!="):
        source.takes("!")
        negated = _unary(source)
        return lambda scope: not is_true(negated(scope))
    if source.takes("-"):
        number = _unary(source)
        return _binary("-", lambda _: 0, number)
    if source.takes("("):
        inner = expression(source)
        source.expect(")")
        return inner
    return _operand(source)


def _operand(source: Source) -> Evaluate:
    if source.sees("$"):
        found = reference(source)
        if found is None:
            raise source.error("expected a name after $")
        return found
    if source.sees("["):
        return _list(source)
    if source.sees("{"):
        return _map(source)
    if (single := source.matches(_SINGLE)) is not None:
        plain = single[1:-1].replace("''", "'")
        return lambda _: plain
    if (double := source.matches(_DOUBLE)) is not None:
        return _interpolated(double[1:-1].replace('""', '"'))
    if (number := source.matches(_NUMBER)) is not None:
        value = float(number) if "." in number else int(number)
        return lambda _: value
    return _word(source)


def _word(source: Source) -> Evaluate:
    word = source.name()
    if word == "not":
        negated = _unary(source)
        return lambda scope: not is_true(negated(scope))
    if word not in _WORDS:
        raise source.error(f"{word!r} is no value")
    value = _WORDS[word]
    return lambda _: value


def _interpolated(text: str) -> Evaluate:
    """A text in double quotes: references in it are replaced."""
    inner, parts = Source(text), list[Evaluate]()
    while not inner.ended:
        found = reference(inner) if inner.sees("$") else None
        parts.append(_shown(found) if found is not None else _literal(inner))
    return lambda scope: "".join(part(scope) for part in parts)


def _literal(source: Source) -> Evaluate:
    end = source.text.find("$", source.at + 1)
    start, source.at = source.at, len(source.text) if end < 0 else end
    text = source.text[start : source.at]
    return lambda _: text


def _shown(evaluate: Evaluate) -> Evaluate:
    return lambda scope: shown(evaluate(scope))


def _list(source: Source) -> Evaluate:
    source.expect("[")
    items = list[Evaluate]()
    source.skip()
    if not source.takes("]"):
        items.append(expression(source))
        source.skip()
        if source.takes(".."):
            last = expression(source)
            source.expect("]")
            return _range(items[0], last)
        while source.takes(","):
            items.append(expression(source))
            source.skip()
        source.expect("]")
    return lambda scope: [one(scope) for one in items]


def _range(first: Evaluate, last: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> list[int]:
        start, end = first(scope), last(scope)
        if not isinstance(start, int) or not isinstance(end, int) or abs(end - start) > RANGE_ITEMS:
            raise VelocityError(f"a range has to go from number to number, over {RANGE_ITEMS} items at most")
        return list(range(start, end + 1) if start <= end else range(start, end - 1, -1))

    return evaluate


def _map(source: Source) -> Evaluate:
    source.expect("{")
    pairs = list[tuple[Evaluate, Evaluate]]()
    source.skip()
    while not source.takes("}"):
        key = expression(source)
        source.expect(":")
        pairs.append((key, expression(source)))
        source.skip()
        if not source.takes(","):
            source.expect("}")
            break
        source.skip()
    return lambda scope: {key(scope): value(scope) for key, value in pairs}


def reference(source: Source) -> Evaluate | None:
    """Reads ``$name``, ``${name}`` or ``$!name`` with what follows of members, methods and indexes.

    Returns:
        Nothing, and nothing is read, where the dollar sign stands for itself.
    """
    start = source.at
    source.takes("$!{", "${", "$!", "$")
    braced = source.text[source.at - 1] == "{"
    name = source.matches(IDENTIFIER)
    if name is None:
        source.at = start
        return None
    found: Evaluate = lambda scope: scope.get(name)  # noqa: E731  # the chain below wraps it, step by step
    while (longer := _step(source, found)) is not None:
        found = longer
    if braced:
        source.expect("}")
    return found


def _step(source: Source, of: Evaluate) -> Evaluate | None:
    if source.sees("."):
        named = IDENTIFIER.match(source.text, source.at + 1)
        if named is None:
            return None
        source.at = named.end()
        name = named[0]
        if not source.sees("("):
            return lambda scope: member(of(scope), name)
        arguments = _arguments(source)
        return lambda scope: called(of(scope), name, [argument(scope) for argument in arguments])
    if source.takes("["):
        index = expression(source)
        source.expect("]")
        return lambda scope: item(of(scope), index(scope))
    return None


def _arguments(source: Source) -> list[Evaluate]:
    source.expect("(")
    arguments = list[Evaluate]()
    source.skip()
    while not source.takes(")"):
        arguments.append(expression(source))
        source.skip()
        if not source.takes(","):
            source.expect(")")
            break
    return arguments
