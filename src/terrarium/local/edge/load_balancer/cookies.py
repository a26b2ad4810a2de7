"""The cookies that keep a client with its target: sealed, dated, renewed with each answer. Pure: time is passed in.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

ROTATION = 86_400
"""Seconds for which one key seals cookies."""

LONGEST = 7 * 86_400
"""Seconds that a stickiness may last at most; keys are kept for as long."""


class Seal:
    """Seals what a cookie says under a key that rotates, so that clients can neither read nor change it.

    Args:
        new_key: Makes a key: 32 random bytes in URL-safe base64.
    """

    def __init__(self, new_key: Callable[[], bytes] | None = None) -> None:
        self._new_key = new_key or _new_key
        self._keys: list[tuple[float, Fernet]] = []

    def close(self, words: tuple[str, ...], now: float) -> str:
        """A cookie value that says `words`, as of `now` (seconds since the epoch)."""
        return self._current(now).encrypt_at_time(json.dumps(words).encode(), int(now)).decode()

    def open(self, value: str, lifetime: float, now: float) -> tuple[str, ...] | None:
        """What a cookie value says; None where it is not ours, was changed, or is older than `lifetime` seconds."""
        if not self._keys:
            return None
        from cryptography.fernet import InvalidToken

        for _, key in self._keys:
            try:
                return tuple(json.loads(key.decrypt_at_time(value, int(lifetime), int(now))))
            except InvalidToken:
                continue
        return None

    def _current(self, now: float) -> Fernet:
        if not self._keys or now - self._keys[0][0] >= ROTATION:
            from cryptography.fernet import Fernet  # it takes its time, and few balancers set cookies

            self._keys.insert(0, (now, Fernet(self._new_key())))
            self._keys = [(made, key) for made, key in self._keys if now - made < LONGEST + ROTATION]
        return self._keys[0][1]


def _new_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def read(headers: Iterable[str], name: str) -> str | None:
    """The value of a cookie in ``Cookie`` headers, as sent: AWS takes no URL-encoded values."""
    for header in headers:
        for part in header.split(";"):
            key, found, value = part.strip().partition("=")
            if found and key == name:
                return value
    return None


def sets(headers: Iterable[str], name: str) -> bool:
    """Whether one of the ``Set-Cookie`` headers sets the cookie of that name."""
    return any(header.partition("=")[0].strip() == name for header in headers)


def write(name: str, value: str, lifetime: float, now: float, *, cross_site: bool = False) -> str:
    """A ``Set-Cookie`` header; AWS writes ``Expires``, never ``Max-Age``.

    Args:
        name: The cookie.
        value: Sealed.
        lifetime: Seconds from `now`.
        now: Seconds since the epoch.
        cross_site: Whether it is the copy for cross-origin requests.
    """
    text = f"{name}={value}; Expires={formatdate(now + lifetime, usegmt=True)}; Path=/"
    return f"{text}; SameSite=None; Secure" if cross_site else text
