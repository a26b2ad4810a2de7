"""The page of a system that has no server of its own for it: the files of its ``web`` folder, read-only.

On AWS such a page is put wherever static files are served, with a ``config.json`` beside it; here that is made of what
the system reports. The folder is read anew for each request, so that a change shows on reload.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from yarl import URL

CONFIG = "config.json"
KINDS = {
    "css": "text/css",
    "html": "text/html",
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
}
_TEXTS = ("text/", "application/", "image/svg")
_SCHEMES = ("http", "https", "ws", "wss")


class WebClient:
    """Serves a folder.

    Args:
        folder: Its ``index.html`` is the page.
        outputs: What the system reports, by name, without secrets: plain JSON values.
        aws: The page's own address, where calls that need no signature reach the AWS of this machine: ``config.json``
            says it under ``aws``, which it does not on AWS.
    """

    def __init__(self, folder: Path, outputs: Callable[[], Mapping[str, Any]], aws: str) -> None:
        self._folder = folder.resolve()
        self._outputs = outputs
        self._aws = aws

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request."""
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, headers={hdrs.ALLOW: "GET, HEAD"})
        name = request.path.removeprefix("/") or "index.html"
        outputs = self._outputs()
        headers = _headers(outputs)
        if name == CONFIG:
            return web.json_response({"outputs": dict(outputs), "aws": self._aws}, headers=headers)
        content = await asyncio.to_thread(self._content, name)
        if content is None:
            return web.Response(status=404, text=f"nothing is at {request.path}\n", headers=headers)
        kind = KINDS[_ending(name)]
        charset = "utf-8" if kind.startswith(_TEXTS) else None
        return web.Response(body=content, content_type=kind, charset=charset, headers=headers)

    def _content(self, name: str) -> bytes | None:
        """A file's content; nothing where it is no file of the folder, or none of the kinds that pages are made of."""
        if _ending(name) not in KINDS or "\0" in name or any(part.startswith(".") for part in name.split("/")):
            return None
        file = (self._folder / name).resolve()
        # A link in the folder may point anywhere; what is outside is not served.
        return file.read_bytes() if file.is_relative_to(self._folder) and file.is_file() else None


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def _headers(outputs: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy(outputs),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


def policy(outputs: Mapping[str, Any]) -> str:
    """What the page may do: run its own files, and talk to its own host and to what the system reports.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy

    Args:
        outputs: Those that are addresses are what it may talk to.
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": " ".join(["'self'", *reached(outputs)]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def reached(outputs: Mapping[str, Any]) -> list[str]:
    """The origins of those outputs that are addresses, each once."""
    found: dict[str, None] = {}
    for value in outputs.values():
        if isinstance(value, str) and value.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES)):
            url = URL(value)
            if url.host:
                # A policy's parts are told apart by spaces and semicolons, which no host holds once it is parsed.
                found[f"{url.scheme}://{url.host_port_subcomponent}"] = None
    return list(found)
