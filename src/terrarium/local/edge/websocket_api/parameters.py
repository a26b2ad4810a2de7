"""Request parameters of HTTP integrations: headers and query strings made of a request, and addresses of variables.

``requestParameters`` in
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.selection import text_at

_TARGET: Final = re.compile(r"integration\.request\.(header|querystring)\.([A-Za-z0-9._-]+)")
_SOURCE: Final = re.compile(
    r"'(?P<static>.*)'|(?P<map>context|stageVariables)\.(?P<key>.+)"
    r"|(?:route|method)\.request\.(?P<place>(?:multivalue)?(?:header|querystring))\.(?P<name>[A-Za-z0-9._$-]+)"
    r"|(?:route|method)\.request\.body(?:\.(?P<path>.+))?"
)
_REQUIRED: Final = re.compile(r"route\.request\.(header|querystring)\.([A-Za-z0-9._$-]+)")
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


def check_required(names: Iterable[str]) -> None:
    """Raises UserError for a parameter of a route that no handshake could have."""
    for name in names:
        if not _REQUIRED.fullmatch(name):
            hint = "for example route.request.header.Authorization or route.request.querystring.token"
            raise UserError(f"the request parameter {name!r} is not known here", hint=hint)


# An event's values are any JSON, here and below.
def missing(names: Iterable[str], event: Mapping[str, Any]) -> list[str]:
    """Which of a route's required parameters a handshake lacks, by their own names.

    BAD_REQUEST_PARAMETERS in
    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return [name.split(".", 3)[3] for name in names if not _value(name, event, "")]


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
    if found["place"]:
        return _of_handshake(found["place"], found["name"], event)
    return text_at(body, found["path"]) if found["path"] else body


def _of_handshake(place: str, name: str, event: Mapping[str, Any]) -> str:
    """A header or a query parameter of a handshake: its last value, or all of them where the place says so."""
    header = place.endswith("header")
    gathered: Mapping[str, list[str]] = event.get(
        "multiValueHeaders" if header else "multiValueQueryStringParameters", {}
    )
    wanted = name.lower() if header else name
    values = next((all for one, all in gathered.items() if (one.lower() if header else one) == wanted), [])
    return ",".join(values if place.startswith("multivalue") else values[-1:])
