"""Request parameters of HTTP integrations: headers and query strings made of a request, and addresses of variables.

``requestParameters`` in
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.selection import text_at

_TARGET: Final = re.compile(r"integration\.request\.(header|querystring)\.([A-Za-z0-9._-]+)")
_SOURCE: Final = re.compile(
    r"'(?P<static>.*)'|(?P<map>context|stageVariables)\.(?P<key>.+)"
    r"|(?:route|method)\.request\.(?P<place>header|querystring)\.(?P<name>[A-Za-z0-9._-]+)"
    r"|(?:route|method)\.request\.body(?:\.(?P<path>.+))?"
)
_VARIABLE: Final = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_-]+)\}")


def check(parameters: Mapping[str, str]) -> None:
    """Raises UserError for a mapping that would not come alive."""
    for target, source in parameters.items():
        if not _TARGET.fullmatch(target) or not _SOURCE.fullmatch(source):
            raise UserError(
                f"the request parameter {target!r} of {source!r} is not known here",
                hint='for example "integration.request.header.connectionId" = "context.connectionId"; also '
                "integration.request.querystring.<name>, and of route.request.header.<name>, "
                "route.request.querystring.<name>, route.request.body.<path>, stageVariables.<name> or 'text'",
            )


# An event's values are any JSON, here and below.
def mapped(parameters: Mapping[str, str], event: Mapping[str, Any], body: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the query string that are made of a request; what a request lacks is left out."""
    headers, query = dict[str, str](), dict[str, str]()
    for target, source in parameters.items():
        found = _TARGET.fullmatch(target)
        value = _value(source, event, body)
        if found is not None and value:
            (headers if found[1] == "header" else query)[found[2]] = re.sub(r"[\r\n]", " ", value)
    return headers, query


def address(target: str, query: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """A target with the stage's variables put in, and a query string behind it."""
    url = _VARIABLE.sub(lambda found: variables.get(found[1], ""), target)
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _value(source: str, event: Mapping[str, Any], body: str) -> str:
    found = _SOURCE.fullmatch(source)
    assert found is not None, "checked when the integration was made"
    if found["static"] is not None:
        return found["static"]
    if found["map"] == "stageVariables":
        return str(event.get("stageVariables", {}).get(found["key"], ""))
    if found["map"] == "context":
        return text_at(json.dumps(event["requestContext"]), found["key"])
    if found["place"] == "header":
        wanted = found["name"].lower()
        return next((value for name, value in event.get("headers", {}).items() if name.lower() == wanted), "")
    if found["place"] == "querystring":
        return str(event.get("queryStringParameters", {}).get(found["name"], ""))
    return text_at(body, found["path"]) if found["path"] else body
