"""Tokens of Amazon Cognito: whether one is genuine, and whom it is about.

Python's own library does it all. A library for tokens would need compiled packages made for one version of Python, and
whoever deploys chooses that version. Only a public key is at work here, so there is no secret to lose in how long
something takes.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

# Claims and keys are JSON of any shape until they are looked at.
Json = Any

LONGEST_TOKEN = 8192  # characters; the line that a handshake begins with holds no more
WEAKEST_KEY = 2048  # bits
ASK_AGAIN = 300  # seconds until keys are asked for again, whatever a token names
_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
# What an RSA signature of a SHA-256 digest holds before the digest: https://www.rfc-editor.org/rfc/rfc8017#section-9.2
_SHA_256 = bytes.fromhex("3031300d060960864801650304020105000420")


class BadTokenError(Exception):
    """A token that lets nobody in; the text says why, for the log, and holds nothing of the token."""


class Keys:
    """A user pool's public keys, asked for when a token names one that is not known.

    Args:
        fetch: Gets the pool's JSON Web Key Set.
        now: Seconds since the epoch.
    """

    def __init__(self, fetch: Callable[[], Json], now: Callable[[], float]) -> None:
        self._fetch = fetch
        self._now = now
        self._known: dict[str, Mapping[str, Json]] = {}
        self._asked: float | None = None

    def find(self, name: str) -> Mapping[str, Json]:
        """The key of that name.

        Raises:
            BadTokenError: The pool has none.
        """
        if name not in self._known and (self._asked is None or self._now() - self._asked >= ASK_AGAIN):
            found = self._fetch()["keys"]
            self._known = {key["kid"]: key for key in found if key.get("kty") == "RSA"}
            self._asked = self._now()
        try:
            return self._known[name]
        except KeyError:
            raise BadTokenError("it is signed with a key that the user pool does not have") from None


def verified(token: str, keys: Keys, *, issuer: str, client: str, now: float) -> dict[str, Json]:
    """The claims of an access token.

    Args:
        token: As it was sent.
        keys: The user pool's.
        issuer: The user pool's address.
        client: The id of the program that people sign in with.
        now: Seconds since the epoch.

    Raises:
        BadTokenError: It is not genuine, not of this pool and program, no access token, or not valid any more.
    """
    parts = _PARTS.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if parts is None:
        raise BadTokenError("it is no token")
    head = _object(parts[1])
    # The algorithm is ours to choose, never the token's.
    if head.get("alg") != "RS256" or not isinstance(head.get("kid"), str):
        raise BadTokenError("it is not signed as Cognito signs")
    _check_signature(f"{parts[1]}.{parts[2]}".encode(), _bytes(parts[3]), keys.find(head["kid"]))
    claims = _object(parts[2])
    wanted = {"iss": issuer, "client_id": client, "token_use": "access"}
    for name, value in wanted.items():
        if claims.get(name) != value:
            raise BadTokenError(f"its {name} is another")
    if not isinstance(claims.get("sub"), str) or not isinstance(claims.get("username"), str):
        raise BadTokenError("it is about nobody")
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= now:
        raise BadTokenError("it is not valid any more")
    return claims


def _check_signature(signed: bytes, signature: bytes, key: Mapping[str, Json]) -> None:
    """RSASSA-PKCS1-v1_5: what the signature opens to is compared as a whole with the one thing that it may be.

    https://www.rfc-editor.org/rfc/rfc8017#section-8.2.2
    """
    modulus, exponent = _number(key["n"]), _number(key["e"])
    if modulus.bit_length() < WEAKEST_KEY:
        raise BadTokenError("its key is too weak")
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(signature, "big")
    if len(signature) != size or number >= modulus:
        raise BadTokenError("its signature is not of its key's size")
    opened = pow(number, exponent, modulus).to_bytes(size, "big")
    digest = _SHA_256 + hashlib.sha256(signed).digest()
    if opened != b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest:
        raise BadTokenError("its signature is not of its key")


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _object(text: str) -> dict[str, Json]:
    try:
        value = json.loads(_bytes(text))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadTokenError("a part of it is no JSON object")
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise BadTokenError("a part of it is not written as it should be") from error
