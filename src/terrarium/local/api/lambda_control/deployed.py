"""Deployed code as zips, and links under which they are loaded, as AWS gives them with descriptions of functions.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html: a link is good for ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.code import zip_beside
from terrarium.local.clock import Clock
from terrarium.model.bundles import files, zipped
from terrarium.model.expressions import Bundle

LINK_SECONDS: Final = 600
LINKS: Final = 10_000
KEPT: Final = 64
# What tells whether a folder has changed: each file's name in the zip, its time, size and mode.
_Fingerprint = tuple[tuple[str, int, int, int], ...]


class Package(Struct, frozen=True):
    """The zip of some code.

    Attributes:
        file: Where it lies.
        sha256: Its hash, in base64.
        size: Its bytes.
        modified: When what is in it was last changed, in seconds since the epoch.
    """

    file: Path
    sha256: str
    size: int
    modified: float


class DeployedCode:
    """The zips of a system's functions and layers.

    Args:
        folder: Where zips are kept of code that runs from folders of its own; the newest ones stay.
        address: Where `handle` answers.
        clock: Decides whether a link is still good.
    """

    def __init__(self, folder: Path, address: Callable[[], str], clock: Clock) -> None:
        self._folder = folder
        self._address = address
        self._clock = clock
        self._links: dict[str, tuple[Path, float]] = {}  # with the time until which each is good
        self._known: dict[Bundle, tuple[_Fingerprint, Package]] = {}
        self._packing = threading.RLock()  # descriptions are written in threads

    def package(self, code: Bundle) -> Package:
        """The zip that was uploaded; of code that runs from its own folder the one that would be shipped, as it is now.

        Code that cannot be read has an empty one.
        """
        uploaded = zip_beside(code)
        if uploaded is not None:
            status = uploaded.stat()
            sha256 = base64.b64encode(bytes.fromhex(uploaded.stem)).decode()
            return Package(uploaded, sha256, status.st_size, status.st_mtime)
        with self._packing:  # several functions have one folder: it is packed once
            return self._packed(code)

    def link(self, code: Bundle, name: str) -> str:
        """An address under which the code's zip can be loaded, by whoever knows it, for ten minutes."""
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        file = self.package(code).file
        with self._packing:
            good = [one for one in self._links.items() if one[1][1] > now]
            self._links = {**dict(good[-LINKS + 1 :]), token: (file, now + LINK_SECONDS)}
        return f"{self._address()}/{token}/{name}.zip"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers who has a link."""
        token = request.path.rsplit("/", 2)[-2]
        file, until = self._links.get(token, (None, 0.0))
        if file is None or until <= self._clock.now() or not file.is_file():
            text = "this link is not good, or not any more: ask GetFunction for another\n"
            return web.Response(status=403, text=text)
        headers = {"Content-Type": "application/zip", "Cache-Control": "no-store"}
        return web.FileResponse(file, headers=headers)

    def _packed(self, code: Bundle) -> Package:
        try:
            fingerprint = _fingerprint(code)
            known = self._known.get(code)
            if known and known[0] == fingerprint and known[1].file.is_file():
                return known[1]
            data = zipped(code)
        except (UserError, OSError):
            fingerprint, data = (), b""
        digest = hashlib.sha256(data)
        file = self._folder / f"{digest.hexdigest()}.zip"
        self._keep(file, data)
        modified = max((time for _, time, _, _ in fingerprint), default=0) / 1e9
        package = Package(file, base64.b64encode(digest.digest()).decode(), len(data), modified)
        self._known[code] = (fingerprint, package)
        return package

    def _keep(self, file: Path, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        begun = file.with_suffix(".new")
        begun.write_bytes(data)
        begun.replace(file)
        oldest_first = sorted(self._folder.glob("*.zip"), key=lambda one: one.stat().st_mtime)
        for old in oldest_first[:-KEPT]:
            old.unlink(missing_ok=True)


def _fingerprint(code: Bundle) -> _Fingerprint:
    found = ((name, file.stat()) for name, file in files(code))
    return tuple(sorted((name, one.st_mtime_ns, one.st_size, one.st_mode) for name, one in found))
