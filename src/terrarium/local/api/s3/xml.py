"""S3's XML, written and read. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from terrarium.local.aws_error import AwsError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DEEPEST = 16
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Characters that XML 1.0 has no place for: S3 writes them as references, and newlines too so that they survive.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html#object-key-xml-related-constraints
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\r\n\x7f]")


def element(name: str, *content: str) -> str:
    """An element with children that are written already."""
    return f"<{name}>{''.join(content)}</{name}>" if content else f"<{name}/>"


def text(name: str, value: object) -> str:
    """An element with text; booleans are words in lower case."""
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{_CONTROL.sub(_reference, escape(plain))}</{name}>" if plain else f"<{name}/>"


def optional(name: str, value: object) -> str:
    """The same, and nothing at all where there is no value."""
    return text(name, value) if value not in (None, "") else ""


def document(name: str, *content: str) -> bytes:
    """A whole answer."""
    return f'{_HEAD}<{name} xmlns="{NAMESPACE}">{"".join(content)}</{name}>'.encode()


def plain_document(name: str, *content: str) -> bytes:
    """A whole answer without a namespace, as errors are."""
    return f"{_HEAD}<{name}>{''.join(content)}</{name}>".encode()


def moment(seconds: float) -> str:
    """A time as lists show it: whole seconds, but written with milliseconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def read(body: bytes, *roots: str) -> Element:
    """The root of a document.

    Args:
        body: The document.
        roots: The names that it may have.

    Raises:
        AwsError: MalformedXML. So is a document with a type of its own, whose entities could grow without bound.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise malformed()
    try:
        root = ET.fromstring(body)  # noqa: S314  # no entities can be defined without a document type
    except (ET.ParseError, ValueError, LookupError):
        raise malformed() from None
    if _local(root.tag) not in roots or _is_deep(root):
        raise malformed()
    return Element(root)


def _is_deep(root: ET.Element) -> bool:
    """Whether there is more within one another than in any document of S3's; those who walk it may then recurse."""
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node]
    return bool(level)


def malformed() -> AwsError:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", message, 400)


class Element:
    """An element that was read, whose names are seen without their namespace."""

    def __init__(self, node: ET.Element) -> None:
        self._node = node

    @property
    def name(self) -> str:
        return _local(self._node.tag)

    @property
    def text(self) -> str:
        return self._node.text or ""

    def attribute(self, name: str) -> str:
        """An attribute, whatever its namespace."""
        return next((value for key, value in self._node.attrib.items() if _local(key) == name), "")

    def children(self, *names: str) -> list[Element]:
        """The children of these names, or all of them."""
        return [Element(node) for node in self._node if not names or _local(node.tag) in names]

    def child(self, name: str) -> Element | None:
        """The first child of a name."""
        return next(iter(self.children(name)), None)

    def get(self, name: str, default: str = "") -> str:
        """The text of the first child of a name."""
        found = self.child(name)
        return default if found is None else found.text

    def written(self) -> str:
        """The element as text, without namespaces."""
        inner = "".join(child.written() for child in self.children())
        return element(self.name, inner) if inner else text(self.name, self.text)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _reference(character: re.Match[str]) -> str:
    return f"&#x{ord(character[0]):x};"
