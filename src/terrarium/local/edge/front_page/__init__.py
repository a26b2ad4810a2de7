"""The page at ``http://localhost:4500/``: what is alive, where to click, and what it says."""

from __future__ import annotations

from importlib import resources

from aiohttp import web

# The page loads nothing from elsewhere, and nobody may frame it.
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class FrontPage:
    """Serves the page's few files; all else it shows it asks of ``/_terrarium``."""

    def __init__(self) -> None:
        folder = resources.files(__package__).joinpath("web")
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        name = request.path.strip("/") or "index.html"
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        content = self._files.get(name)
        if content is None:
            return web.Response(status=404, text=f"nothing is at {request.path}; what is alive is listed at /\n")
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
        return web.Response(body=content, content_type=kind, charset="utf-8", headers=headers)
