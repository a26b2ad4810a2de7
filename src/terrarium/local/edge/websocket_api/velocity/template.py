"""Templates: text, references and directives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from terrarium.local.edge.websocket_api.velocity.expression import expression, reference
from terrarium.local.edge.websocket_api.velocity.scope import Scope, Source, VelocityError
from terrarium.local.edge.websocket_api.velocity.values import is_true, shown

OUTPUT_CHARACTERS: Final = 10 * 1024 * 1024
"""Longest text that a template makes: API Gateway's largest payload.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

_DIRECTIVE: Final = re.compile(r"#\{?(set|if|elseif|else|end|foreach|break|stop)\b\}?")
_OTHER_DIRECTIVE: Final = re.compile(r"#(macro|parse|include|define|evaluate)\b")
_COMMENT: Final = re.compile(r"##[^\n]*\n?|#\*.*?\*#", re.DOTALL)
_PLAIN: Final = re.compile(r"[^$#\\]+|[\s\S]")
_LINE_END: Final = re.compile(r"[ \t]*\r?\n")


class _Output:
    """What has been made so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def add(self, text: str) -> None:
        self._length += len(text)
        if self._length > OUTPUT_CHARACTERS:
            raise VelocityError(f"it makes more than {OUTPUT_CHARACTERS} characters")
        self._parts.append(text)

    @property
    def text(self) -> str:
        return "".join(self._parts)


_Render = Callable[[Scope, _Output], None]


class _BreakLoop(Exception):  # noqa: N818  # no error: it ends a loop
    """The innermost loop ends."""


class _StopTemplate(Exception):  # noqa: N818  # no error: it ends the template
    """The template ends."""


class VelocityTemplate:
    """A compiled template.

    Args:
        text: The template.

    Raises:
        VelocityError: It cannot be read, or uses what is not known here.
    """

    def __init__(self, text: str) -> None:
        source = Source(text)
        try:
            self._render, end = _block(source)
        except RecursionError:
            raise VelocityError("it is nested too deeply") from None
        if end is not None:
            raise source.error(f"#{end} without a beginning")

    # Variables are any JSON, or objects with functions.
    def render(self, variables: Mapping[str, Any]) -> str:
        """The text that the template makes of these variables.

        Raises:
            VelocityError: It cannot be evaluated.
        """
        output = _Output()
        try:
            self._render(dict(variables), output)
        except (_BreakLoop, _StopTemplate):
            return output.text
        return output.text


def _block(source: Source) -> tuple[_Render, str | None]:
    """Reads up to the directive that ends a block (``end``, ``else``, ``elseif``), or to the end of the text."""
    parts = list[_Render]()
    while not source.ended:
        if source.matches(_COMMENT) is not None:
            continue
        if (other := _OTHER_DIRECTIVE.match(source.text, source.at)) is not None:
            raise source.error(f"{other[0]} is not known here")
        directive = source.matches(_DIRECTIVE)
        if directive is None:
            parts.append(_text(source))
            continue
        word = directive.strip("#{}")
        if word in ("end", "else", "elseif"):
            return _sequence(parts), word
        parts.append(_DIRECTIVES[word](source))
    return _sequence(parts), None


def _sequence(parts: list[_Render]) -> _Render:
    def render(scope: Scope, output: _Output) -> None:
        for part in parts:
            part(scope, output)

    return render


def _text(source: Source) -> _Render:
    if source.takes("\\$", "\\#"):
        return _literal(source.text[source.at - 1])
    found = reference(source) if source.sees("$") else None
    if found is not None:
        evaluate = found
        return lambda scope, output: output.add(shown(evaluate(scope)))
    return _literal(source.matches(_PLAIN) or "")


def _literal(text: str) -> _Render:
    return lambda _, output: output.add(text)


def _set(source: Source) -> _Render:
    source.expect("(")
    source.expect("$")
    source.takes("!")
    braced = source.takes("{")
    name = source.name()
    if braced:
        source.expect("}")
    source.expect("=")
    value = expression(source)
    source.expect(")")
    source.matches(_LINE_END)

    def render(scope: Scope, _: _Output) -> None:
        scope[name] = value(scope)

    return render


def _if(source: Source) -> _Render:
    source.expect("(")
    condition = expression(source)
    source.expect(")")
    source.matches(_LINE_END)
    then, end = _block(source)
    otherwise: _Render = _sequence([])
    if end == "elseif":
        otherwise = _if(source)
    elif end == "else":
        source.matches(_LINE_END)
        otherwise, end = _block(source)
    if end not in ("end", "elseif"):
        raise source.error("an #if without its #end")
    if end == "end":
        source.matches(_LINE_END)
    return lambda scope, output: (then if is_true(condition(scope)) else otherwise)(scope, output)


def _foreach(source: Source) -> _Render:
    source.expect("(")
    source.expect("$")
    braced = source.takes("{")
    name = source.name()
    if braced:
        source.expect("}")
    source.expect("in")
    items = expression(source)
    source.expect(")")
    source.matches(_LINE_END)
    body, end = _block(source)
    if end != "end":
        raise source.error("a #foreach without its #end")
    source.matches(_LINE_END)

    def render(scope: Scope, output: _Output) -> None:
        found = _iterated(items(scope))
        outer = {key: scope.get(key) for key in (name, "foreach", "velocityCount")}
        for index, one in enumerate(found):
            facts = {"index": index, "count": index + 1, "hasNext": index + 1 < len(found)}
            scope.update({name: one, "foreach": facts, "velocityCount": index + 1})
            try:
                body(scope, output)
            except _BreakLoop:
                break
        scope.update(outer)

    return render


# Any JSON may stand after "in".
def _iterated(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if value is None:
        return []
    if not isinstance(value, list):
        raise VelocityError(f"#foreach needs a list, not {shown(value)[:40]!r}")
    return list(value)


def _raising(kind: type[Exception]) -> Callable[[Source], _Render]:
    def render(scope: Scope, output: _Output) -> None:
        del scope, output
        raise kind

    return lambda _: render


_DIRECTIVES: Final[Mapping[str, Callable[[Source], _Render]]] = {
    "set": _set,
    "if": _if,
    "foreach": _foreach,
    "break": _raising(_BreakLoop),
    "stop": _raising(_StopTemplate),
}
