"""Answers that the balancer gives by itself, and what a listener changes of every answer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
"""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from terrarium.local.edge.load_balancer import pages
from terrarium.local.edge.load_balancer.settings import FixedResponse, Listener


class OwnAnswer(web.Response):
    """An answer whose server is named by the balancer, or not at all."""

    async def _prepare_headers(self) -> None:
        named = "Server" in self.headers
        await super()._prepare_headers()  # aiohttp would name itself
        if not named:
            self.headers.popall("Server", None)


def page(status: int) -> OwnAnswer:
    """AWS's page of a status."""
    answer = OwnAnswer(status=status, body=pages.page(status), content_type="text/html")
    answer.headers["Server"] = pages.SERVER
    return answer


def fixed(action: FixedResponse) -> OwnAnswer:
    """The answer of a rule that needs no target."""
    text = action.content_type.startswith("text/")
    answer = OwnAnswer(
        status=action.status,
        body=action.body.encode(),
        content_type=action.content_type,
        charset="utf-8" if text else None,
    )
    answer.headers["Server"] = pages.SERVER
    return answer


def dress(headers: CIMultiDict[str], listener: Listener) -> None:
    """What a listener's attributes make of an answer: fields of its own, and no name of the balancer if so wanted."""
    if not listener.server_header and headers.get("Server") == pages.SERVER:
        del headers["Server"]
    for name, value in listener.response_headers:
        headers[name] = value
