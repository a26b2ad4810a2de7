"""The page's few files, and how browsers must treat them. What they show they ask of ``/_terrarium``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from aiohttp import hdrs, web

_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class FrontPage:
    """Serves the page."""

    def __init__(self) -> None:
        self._files = dict(_files(resources.files("terrarium.local.edge.front_page").joinpath("web")))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        name = request.path.removeprefix("/") or "index.html"
        content = self._files.get(name)
        if content is None:
            return web.Response(status=404, text=f"nothing is at {request.path}; what is alive is listed at /\n")
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        headers = _headers(request.headers.get(hdrs.HOST, ""))
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)


def _headers(host: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy(host),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


def policy(host: str) -> str:
    """What the page may do: run its own files, ask its own host, and nothing else; text can never become markup.

    Args:
        host: Under which it is asked for. Browsers differ in whether ``'self'`` includes WebSockets, so they are named:
            https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/connect-src
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _files(folder: Traversable, before: str = "") -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir():
        if file.is_dir():
            yield from _files(file, f"{before}{file.name}/")
        elif file.name.rpartition(".")[2] in _KINDS:
            yield f"{before}{file.name}", file.read_bytes()
