"""The query protocol's bodies: flat parameters into nested values, results into XML.

Pure text and values; scalars stay text, because only an operation knows its types.
https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from terrarium.local.api.protocols import Wire
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply

_FIELDS = 20_000
_DEPTH = 16

#: What XML 1.0 cannot hold even as a character reference: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# Members are text, lists and dicts in any depth.
def read_query(body: bytes) -> dict[str, Any]:
    """``Dimensions.member.1.Name=a`` as ``{"Dimensions": [{"Name": "a"}]}``.

    Raises:
        AwsError: ``MalformedQueryString`` where the body is no form.
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as fault:
        raise AwsError("MalformedQueryString", "The query string contains a syntax error") from fault
    root: dict[str, Any] = {}
    for name, value in pairs:
        _place(root, name.split("."), value)
    return {name: _with_lists(member) for name, member in root.items()}


def _place(root: dict[str, Any], path: list[str], value: str) -> None:
    if len(path) > _DEPTH:
        raise AwsError("MalformedQueryString", "The query string nests too deeply")
    here = root
    for part in path[:-1]:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise AwsError("MalformedQueryString", f"{'.'.join(path)} is both a value and a structure")
    here[path[-1]] = value


def _with_lists(member: Any) -> Any:
    if not isinstance(member, dict):
        return member
    if set(member) == {"member"} and isinstance(member["member"], dict):
        members = member["member"]
        if all(index.isdigit() for index in members):
            return [_with_lists(members[index]) for index in sorted(members, key=int)]
    return {name: _with_lists(inner) for name, inner in member.items()}


def query_reply(operation: str, namespace: str, result: Mapping[str, Any], request_id: str) -> Reply:
    """A result as XML; text and numbers as they are, lists as ``<member>`` elements, absent members left out."""
    inside = "".join(_element(name, value) for name, value in result.items())
    text = (
        f'<{operation}Response xmlns="{namespace}"><{operation}Result>{inside}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Reply(200, text.encode(), {"Content-Type": Wire.QUERY.value, "x-amzn-RequestId": request_id})


def _element(name: str, value: Any) -> str:
    if value is None:
        return ""
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_element(name, inner) for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return "".join(_element("member", inner) for inner in value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_NOT_XML.sub("�", str(value)))
