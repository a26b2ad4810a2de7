"""Prints the tree as HCL, laid out as ``terraform fmt`` lays it out.

Source: https://developer.hashicorp.com/terraform/language/syntax/configuration and the page on strings beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from terrarium.terraform.tree import Assignment, Block, Called, Code, Items, Literal, Name, Names, Node, Pairs, Text

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# Words that begin something else than a key.
_WORDS = frozenset({"for", "if", "in", "true", "false", "null"})
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
# Most texts are made of these, and need no escaping.
_SAFE = re.compile(r"[A-Za-z0-9 _.,:;/*@=+()<>#'!?-]*")
WIDTH = 100


def printed(blocks: Sequence[Block]) -> str:
    """A file."""
    return "\n".join(_block(block, 0) + "\n" for block in blocks)


def _block(block: Block, indent: int) -> str:
    """A block, with a blank line between what belongs together."""
    head = "  " * indent + " ".join([block.kind, *map(quoted, block.labels)])
    chunks = [_chunk(group, indent + 1) for group in block.groups]
    inside = "\n\n".join(chunk for chunk in chunks if chunk)
    return f"{head} {{\n{inside}\n{'  ' * indent}}}" if inside else f"{head} {{}}"


def _chunk(group: Sequence[Assignment] | Block, indent: int) -> str:
    if isinstance(group, Block):
        return _block(group, indent)
    pad = "  " * indent
    return aligned([(pad + item.name, value(item.value, indent, at_line_end=True)) for item in group])


def value(node: Node, indent: int = 0, *, at_line_end: bool = False, flat: bool = False) -> str:
    """A value.

    Args:
        node: The value.
        indent: The indentation of the line it begins on, in steps of two spaces.
        at_line_end: Whether the line ends with it, as a heredoc needs.
        flat: Whether it must stay on one line, as inside a text.
    """
    if isinstance(node, Literal):  # by far the commonest
        return _literal(node.value, indent, at_line_end)
    match node:
        case Text(parts=parts):
            return _text(parts, indent, at_line_end)
        case Code(parts=parts):
            return "".join(part if isinstance(part, str) else value(part, indent, flat=flat) for part in parts)
        case Called(function=function, arguments=arguments):
            return _called(function, arguments, indent, flat)
        case Names(names=names):
            return _listed(names, indent, flat=flat)
        case Name(name=name):
            return name
        case Items(items=items):
            return _items(items, indent, flat)
        case Pairs(pairs=pairs):
            return _pairs(pairs, indent, flat)


def _literal(plain: str | float | bool | None, indent: int, at_line_end: bool) -> str:
    if isinstance(plain, str):
        if at_line_end and "\n" in plain and is_document([plain]):
            return _heredoc(literal(plain), indent)
        return quoted(plain)
    if plain is None:
        return "null"
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return str(plain) if isinstance(plain, int) else number(plain)


def _text(parts: Sequence[str | Node], indent: int, at_line_end: bool) -> str:
    if at_line_end and is_document(parts):
        return _heredoc(_joined(parts, literal), indent)
    return f'"{_joined(parts, escaped)}"'


def _joined(parts: Sequence[str | Node], escape: Callable[[str], str]) -> str:
    out = []
    for at, part in enumerate(parts):
        if not isinstance(part, str):
            out.append(f"${{{value(part, flat=True)}}}")
        elif part.endswith("$") and at + 1 < len(parts):
            # $ before ${ would be the escape for a literal ${.
            out.append(escape(part[:-1]) + '${"$"}')
        else:
            out.append(escape(part))
    return "".join(out)


def number(plain: float) -> str:
    """A number without exponent, as Terraform itself prints it."""
    text = format(Decimal(repr(plain)), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def quoted(plain: str) -> str:
    """A quoted string that reads back as exactly that text."""
    return f'"{escaped(plain)}"'


def escaped(plain: str) -> str:
    """What stands between the quotes."""
    if _SAFE.fullmatch(plain):
        return plain
    safe = literal(plain.translate(_ESCAPES))
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", safe)


def literal(plain: str) -> str:
    """Text in which Terraform finds nothing to fill in."""
    return plain.replace("${", "$${").replace("%{", "%%{")


def is_document(parts: Sequence[str | Node]) -> bool:
    """Whether text reads better as a heredoc, and reads back the same: several lines, each ended, nothing invisible.

    One line at least must begin at the margin: Terraform takes away the indentation that all lines have in common.
    """
    last = parts[-1]
    if not isinstance(last, str) or not last.endswith("\n"):
        return False
    whole = "".join(part if isinstance(part, str) else "x" for part in parts)
    lines = whole.split("\n")[:-1]
    return (
        len(lines) > 1
        and any(line and not line[0].isspace() for line in lines)
        and not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]", whole)
    )


def _heredoc(body: str, indent: int) -> str:
    """Lines of text (already free of what Terraform would fill in) as an indented heredoc."""
    lines = body.split("\n")[:-1]
    marker = "EOT"
    while any(line.strip() == marker for line in lines):
        marker += "_"
    # Terraform leaves lines of nothing but white space as they are, so they are not indented.
    pad = "  " * (indent + 1)
    inside = "".join(f"{pad}{line}\n" if line.strip() else f"{line}\n" for line in lines)
    return f"<<-{marker}\n{inside}{'  ' * indent}{marker}"


def _called(function: str, arguments: Sequence[Node], indent: int, flat: bool) -> str:
    """A call: on one line, or around its only argument; where one of several has lines of its own, so has each."""
    line = [value(argument, indent, flat=flat) for argument in arguments]
    if flat or len(arguments) < 2 or "\n" not in "".join(line):
        return f"{function}({', '.join(line)})"
    pad = "  " * (indent + 1)
    inside = "".join(f"{pad}{value(argument, indent + 1)},\n" for argument in arguments)
    return f"{function}(\n{inside}{'  ' * indent})"


def _items(items: Sequence[Node], indent: int, flat: bool) -> str:
    if flat:
        return f"[{', '.join(value(item, flat=True) for item in items)}]"
    if len(items) == 1 and isinstance(items[0], Pairs):
        return f"[{value(items[0], indent)}]"
    line = [value(item, indent) for item in items]
    if "\n" in "".join(line):
        line = [value(item, indent + 1) for item in items]
    return _listed(line, indent)


def _listed(items: Sequence[str], indent: int, *, flat: bool = False) -> str:
    """Items in brackets: on one line where they fit, else one a line."""
    line = f"[{', '.join(items)}]"
    # A name and an equals sign stand before it.
    if flat or not items or (len(line) + 24 + 2 * indent <= WIDTH and "\n" not in line):
        return line
    pad = "  " * (indent + 1)
    return "[\n" + "".join(f"{pad}{item},\n" for item in items) + "  " * indent + "]"


def _pairs(pairs: Sequence[tuple[str | Node, Node]], indent: int, flat: bool) -> str:
    if not pairs:
        return "{}"
    if flat:
        return f"{{ {', '.join(f'{_key(name)} = {value(item, flat=True)}' for name, item in pairs)} }}"
    pad = "  " * (indent + 1)
    lines = aligned((pad + _key(name), value(item, indent + 1, at_line_end=True)) for name, item in pairs)
    return "{\n" + lines + "\n" + "  " * indent + "}"


def _key(name: str | Node) -> str:
    """The key of a map, quoted where it must be."""
    if isinstance(name, Name):
        return name.name
    if not isinstance(name, str):
        return f"({value(name, flat=True)})"
    return name if _IDENTIFIER.fullmatch(name) and name not in _WORDS else quoted(name)


def aligned(pairs: Iterable[tuple[str, str]]) -> str:
    """Assignments with their equals signs in one column, per run of lines that open no bracket."""
    out: list[str] = []
    run: list[tuple[str, str]] = []
    for name, text in pairs:
        if "\n" in text and not text.startswith("<<"):
            out += _columns(run)
            run = []
            out.append(f"{name} = {text}")
        else:
            run.append((name, text))
    return "\n".join(out + _columns(run))


def _columns(run: Sequence[tuple[str, str]]) -> list[str]:
    width = max([len(name) for name, _ in run], default=0)
    return [f"{name.ljust(width)} = {text}" for name, text in run]
