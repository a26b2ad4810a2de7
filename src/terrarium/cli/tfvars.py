"""Reads files of variables' values as Terraform does: ``*.tfvars`` and ``*.tfvars.json``.

Only literals: Terraform allows no references or functions there either. It knows no variables and no types.
Sources: https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files,
https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from msgspec import Struct

from terrarium.errors import Origin, UserError

LARGEST = 1_000_000  # bytes; a file of choices is a few hundred
DEEPEST = 50
# In order: the first that fits is taken. A line end is a token of its own, as it ends an assignment.
_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<line>\r?\n)
    |(?P<heredoc><<(?P<indented>-?)(?P<marker>[^\W\d][\w-]*)\r?\n)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d][\w-]*)
    |(?P<text>"(?:[^"\\\r\n]|\\[^\r\n])*")
    |(?P<mark>[=:,\[\]{}])
    |(?P<other>[^\s"])""",
    re.VERBOSE | re.DOTALL,
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|([$%])\4\{|([$%])\{", re.DOTALL)
_TEMPLATE = re.compile(r"([$%])\1\{|([$%])\{")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}


class Given(Struct, frozen=True):
    """A value that a file gives, and where."""

    value: Any  # plain JSON values
    where: Origin


class _Token(Struct, frozen=True):
    kind: str
    text: str
    line: int
    value: Any = None  # of literals: plain JSON values


def read(file: Path) -> dict[str, Given]:
    """The values of a file, by the names of their variables.

    Args:
        file: Its name ends in ``.json`` where it is JSON.

    Raises:
        UserError: It cannot be read, or says something that is no literal.
    """
    try:
        content = file.read_bytes()
        text = content.decode()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}", exit_code=2) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not text in UTF-8", exit_code=2) from error
    if len(content) > LARGEST:
        raise UserError(f"{file} is larger than {LARGEST} bytes", exit_code=2)
    return read_json(text, str(file)) if file.name.endswith(".json") else parse(text, str(file))


def read_json(text: str, file: str) -> dict[str, Given]:
    """The values of a JSON object, whose texts mean just themselves."""
    try:
        values = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise UserError(f"this is not JSON: {error.msg}", where=Origin(file, error.lineno), exit_code=2) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"this cannot be read: {error}", where=Origin(file, 1), exit_code=2) from error
    if not isinstance(values, dict):
        raise UserError("this is no JSON object of variables", where=Origin(file, 1), exit_code=2)
    return {name: Given(value, Origin(file, 1)) for name, value in values.items()}


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} is given twice")
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def parse(text: str, file: str) -> dict[str, Given]:
    """The values of assignments in Terraform's own language.

    Args:
        text: For example ``size = "small"``.
        file: Its name, for messages.

    Raises:
        UserError: It says something that is no literal; the message tells the line.
    """
    return _Reader(text.removeprefix("\ufeff"), file).assignments()


class _Reader:
    """One file, token by token."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._tokens = list(self._split())
        self._next = 0

    def assignments(self) -> dict[str, Given]:
        found: dict[str, Given] = {}
        self._skip_lines()
        while self._seen.kind != "end":
            name = self._take("name", "the name of a variable")
            if name.text in found:
                self._refuse(f"{name.text} is given twice, first in line {found[name.text].where.line}", name)
            self._take_mark("=")
            found[name.text] = Given(self._value(0), Origin(self._file, name.line))
            if self._seen.kind not in {"line", "end"}:
                self._refuse("a new line must follow a value", self._seen)
            self._skip_lines()
        return found

    def _value(self, depth: int) -> Any:
        token = self._move()
        if depth > DEEPEST:
            self._refuse(f"values are nested more than {DEEPEST} deep", token)
        if token.kind in {"text", "number", "heredoc"}:
            return token.value
        if token.kind == "name" and token.text in _WORDS:
            return _WORDS[token.text]
        if token.text == "[":
            return self._list(depth)
        if token.text == "{":
            return self._map(depth)
        return self._refuse_expression(token)

    def _list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self._skip_lines()
        while self._seen.text != "]":
            items.append(self._value(depth + 1))
            self._skip_lines()
            if self._seen.text != "]":
                self._take_mark(",")
                self._skip_lines()
        self._move()
        return items

    def _map(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        self._skip_lines()
        while self._seen.text != "}":
            key = self._key()
            if self._seen.text not in {"=", ":"}:
                self._refuse("= must follow the key", self._seen)
            self._move()
            items[key] = self._value(depth + 1)
            if self._seen.text == ",":
                self._move()
            elif self._seen.kind != "line" and self._seen.text != "}":
                self._refuse("a comma or a new line must follow a value", self._seen)
            self._skip_lines()
        self._move()
        return items

    def _key(self) -> str:
        token = self._move()
        if token.kind not in {"name", "text", "number"}:
            self._refuse("a key is needed here", token)
        return token.text if token.kind == "name" else str(token.value)

    # Tokens

    @property
    def _seen(self) -> _Token:
        return self._tokens[self._next]

    def _move(self) -> _Token:
        token = self._seen
        if token.kind != "end":
            self._next += 1
        return token

    def _take(self, kind: str, wanted: str) -> _Token:
        if self._seen.kind != kind:
            self._refuse(f"{wanted} is needed here, not {_shown(self._seen)}", self._seen)
        return self._move()

    def _take_mark(self, mark: str) -> None:
        if self._seen.kind != "mark" or self._seen.text != mark:
            self._refuse(f"{mark} is needed here, not {_shown(self._seen)}", self._seen)
        self._move()

    def _skip_lines(self) -> None:
        while self._seen.kind == "line":
            self._move()

    def _split(self) -> Iterable[_Token]:
        place, line = 0, 1
        while place < len(self._text):
            found = _TOKEN.match(self._text, place)
            if found is None:
                self._refuse_text(self._text[place : place + 20], line)
            begin = place
            kind = str(found.lastgroup if found.lastgroup not in {"indented", "marker"} else "heredoc")
            place = found.end()
            if found["heredoc"]:
                body, place = self._heredoc(found["marker"], place, line)
                yield _Token("heredoc", found[0], line, self._heredoc_text(body, found["indented"], line))
            elif kind != "blank":
                yield _Token(kind, found[0], line, self._literal(kind, found[0], line))
            line += self._text.count("\n", begin, place)
        yield _Token("end", "", line)

    def _literal(self, kind: str, text: str, line: int) -> Any:
        if kind == "number":
            return self._number(text, line)
        return _ESCAPE.sub(lambda found: self._unescaped(found, line), text[1:-1]) if kind == "text" else None

    def _number(self, text: str, line: int) -> float:
        number = int(text) if re.fullmatch(r"-?\d{1,300}", text) else float(text)
        if abs(number) == math.inf:
            raise UserError(f"{text[:40]} is too large a number", where=Origin(self._file, line), exit_code=2)
        return number

    def _unescaped(self, found: re.Match[str], line: int) -> str:
        short, long, plain, doubled, single = found.groups()
        if single:
            self._refuse_reference(line)
        if doubled:
            return f"{doubled}{{"
        if plain is None:
            return self._letter(int(short or long, 16), line)
        if plain not in _PLAIN:
            raise UserError(f"there is no escape \\{plain}", where=Origin(self._file, line), exit_code=2)
        return _PLAIN[plain]

    def _letter(self, number: int, line: int) -> str:
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise UserError(f"there is no character {number:x}", where=Origin(self._file, line), exit_code=2)
        return chr(number)

    def _heredoc(self, marker: str, place: int, line: int) -> tuple[list[str], int]:
        """The lines of a text that goes on until its marker stands alone, and where it ends."""
        body: list[str] = []
        for one in _LINE.findall(self._text, place):
            if one.strip() == marker:
                return body, place + len(one.rstrip("\r\n"))
            body.append(one)
            place += len(one)
        raise UserError(f"the text that begins here never ends: {marker} must stand alone in a line",
                        where=Origin(self._file, line), exit_code=2)  # fmt: skip

    def _heredoc_text(self, body: list[str], indented: str, line: int) -> str:
        if indented:
            margins = [len(one) - len(one.lstrip(" \t")) for one in body if one.strip()]
            body = [one[min(margins, default=0) :] if one.strip() else one.lstrip(" \t") for one in body]

        def taken(found: re.Match[str]) -> str:
            if found[1] is None:
                self._refuse_reference(line)
            return f"{found[1]}{{"

        return _TEMPLATE.sub(taken, "".join(body))

    # Refusals

    def _refuse(self, what: str, token: _Token) -> NoReturn:
        raise UserError(what, where=Origin(self._file, token.line), exit_code=2)

    def _refuse_expression(self, token: _Token) -> NoReturn:
        raise UserError(
            f"{_shown(token)} is no value",
            where=Origin(self._file, token.line),
            hint='texts stand in "quotes"; functions and references are not allowed here',
            exit_code=2,
        )

    def _refuse_reference(self, line: int) -> NoReturn:
        raise UserError(
            "a text here cannot refer to anything",
            where=Origin(self._file, line),
            hint="write $${ for ${, and %%{ for %{",
            exit_code=2,
        )

    def _refuse_text(self, rest: str, line: int) -> NoReturn:
        shown = rest.splitlines()[0]
        hint = "it has no closing quote, or none in its line" if rest[0] == '"' else ""
        raise UserError(f"{shown!r} cannot be read", where=Origin(self._file, line), hint=hint, exit_code=2)


def _shown(token: _Token) -> str:
    names: dict[str, Callable[[], str]] = {"end": lambda: "the end", "line": lambda: "the end of the line"}
    return names.get(token.kind, lambda: repr(token.text))()
