"""Values as HCL text, aligned as ``terraform fmt`` aligns them.

Source of the syntax: https://developer.hashicorp.com/terraform/language/syntax/configuration and .../expressions/strings
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

# Writes one expression at an indentation (in steps of two spaces).
Writer = Callable[[object, int], str]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
WIDTH = 100


def text(value: str) -> str:
    """A quoted string that reads back as exactly that text."""
    return f'"{escaped(value)}"'


def escaped(value: str) -> str:
    """What stands between the quotes."""
    quoted = (
        value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return _control(literal(quoted))


def literal(value: str) -> str:
    """Text in which Terraform finds nothing to fill in."""
    return value.replace("${", "$${").replace("%{", "%%{")


def _control(value: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", value)


def is_document(value: str) -> bool:
    """Whether text reads better as a heredoc: several lines that end with a line end, and nothing a heredoc cannot hold."""
    return value.endswith("\n") and value.count("\n") > 1 and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value)


def heredoc(body: str, indent: int) -> str:
    """Lines of text (already free of what Terraform would fill in) as an indented heredoc."""
    lines = body.split("\n")[:-1]
    marker = "EOT"
    while any(line.strip() == marker for line in lines):
        marker += "_"
    # <<- takes away the smallest indentation of all lines that are not empty.
    pad = "  " * (indent + 1)
    inside = "".join(f"{pad}{line}\n" if line else "\n" for line in lines)
    return f"<<-{marker}\n{inside}{'  ' * indent}{marker}"


def number(value: float) -> str:
    """A number as Terraform writes it."""
    return str(int(value)) if value == int(value) else repr(value)


def key(name: str) -> str:
    """The key of a map, quoted where it must be."""
    return name if _IDENTIFIER.fullmatch(name) else text(name)


def listed(items: Sequence[str], indent: int, column: int = 0) -> str:
    """Items in brackets: on one line where they fit, else one a line."""
    line = f"[{', '.join(items)}]"
    if not items or (len(line) + column + 2 * indent <= WIDTH and "\n" not in line):
        return line
    pad = "  " * (indent + 1)
    return "[\n" + "".join(f"{pad}{item},\n" for item in items) + "  " * indent + "]"


def mapped(pairs: Sequence[tuple[str, str]], indent: int) -> str:
    """Keys and values in braces, one a line."""
    if not pairs:
        return "{}"
    pad = "  " * (indent + 1)
    return "{\n" + aligned([(pad + name, value) for name, value in pairs]) + "\n" + "  " * indent + "}"


def aligned(pairs: Iterable[tuple[str, str]]) -> str:
    """Assignments with their equals signs in one column, per run of lines that open no bracket."""
    out: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        out.extend(f"{name:<{width}} = {value}" for name, value in run)
        run.clear()

    for name, value in pairs:
        if "\n" in value and not value.startswith("<<"):
            flush()
            out.append(f"{name} = {value}")
        else:
            run.append((name, value))
    flush()
    return "\n".join(out)


def block(head: str, chunks: Sequence[str], indent: int = 0) -> str:
    """A block of assignments and inner blocks, with a blank line between these."""
    pad = "  " * indent
    inside = "\n\n".join(chunk for chunk in chunks if chunk)
    return f"{pad}{head} {{\n{inside}\n{pad}}}" if inside else f"{pad}{head} {{}}"
