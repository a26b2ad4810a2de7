"""Who may ask what the page asks: the page itself and programs of this machine, never a page from elsewhere.

Browsers say where a request comes from. A WebSocket may be opened by any page, so its Origin counts; what reads state
is refused to other sites as well, though they could not see the answer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import hdrs, web


def is_own(request: web.BaseRequest) -> bool:
    """Whether a request comes from the page at this very host and port, or from no page at all.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get(hdrs.HOST, "").lower():
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}


def forbidden() -> web.Response:
    """The answer to all others."""
    return web.json_response({"error": "only this machine's own page may ask"}, status=403)
