"""Regular expressions as Terraform's RE2 understands them, run by Python's `re`.

What the two read differently is translated, what only one of them knows is refused: no pattern means two things.
Source of the syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import cache

# In order: an escape, a class, a group that is not a plain one, an anchor at the end.
_PIECE = re.compile(
    r"\\(?P<escape>.)|(?P<set>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])|\(\?(?P<group>[^)]?)|(?P<end>\$)", re.DOTALL
)
_ESCAPES = frozenset("dDsSwWbBAntrfv")
_GROUPS = frozenset(":Pis")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of Terraform's for Python.

    Raises:
        ValueError: It is no pattern, or says something that only one of RE2 and Python understands.
    """
    translated = _PIECE.sub(lambda match: _piece(match, pattern), pattern)
    try:
        return re.compile(translated, re.ASCII)
    except re.error as error:
        raise ValueError(f"the pattern {pattern!r} is not valid: {error}") from error


def _piece(match: re.Match[str], pattern: str) -> str:
    if match["end"]:
        return r"\Z"  # Python's own $ also stands before a last line end
    escape, group = match["escape"], match["group"]
    if escape == "z":
        return r"\Z"
    if escape is not None and escape.isalnum() and escape not in _ESCAPES:
        raise ValueError(f"the pattern {pattern!r} holds \\{escape}, which not everybody reads alike")
    if group is not None and group not in _GROUPS:
        raise ValueError(f"the pattern {pattern!r} holds (?{group}, which not everybody reads alike")
    if match["set"] and "[:" in match["set"]:
        raise ValueError(f"the pattern {pattern!r} holds [:…:], which Python does not know")
    return match[0]


def replaced(text: str, pattern: str, new: str) -> str:
    """Every match of a pattern replaced, as Go does it: ``$1`` and ``${name}`` are groups, ``$$`` is a dollar."""
    out, end = [], 0
    last = -1
    for match in compiled(pattern).finditer(text):
        if match.start() == match.end() == last:
            continue  # Go takes no empty match right after another
        out += [text[end : match.start()], _filled(new, match)]
        end = last = match.end()
    return "".join(out) + text[end:]


def _filled(template: str, match: re.Match[str]) -> str:
    """Source: https://pkg.go.dev/regexp#Regexp.Expand."""
    return re.sub(
        r"\$(?:\$|(?P<plain>\w+)|\{(?P<braced>\w+)\})", lambda found: _group(found, match), template, flags=re.ASCII
    )


def _group(found: re.Match[str], match: re.Match[str]) -> str:
    if found[0] == "$$":
        return "$"
    name = found["plain"] or found["braced"]
    try:
        return match[int(name) if name.isdigit() else name] or ""
    except IndexError:
        return ""
