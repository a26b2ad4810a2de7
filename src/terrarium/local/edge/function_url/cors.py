"""Which pages of other origins may read a function URL's answers: headers that Lambda itself adds.

Pure: headers in, headers out. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

ALLOW_ORIGIN = "access-control-allow-origin"


class Cors(Struct, frozen=True):
    """What a function URL's configuration says; an empty list allows nothing.

    Attributes:
        origins: Origins, or ``*``.
        methods: Methods, or ``*``.
        headers: Request headers, or ``*``.
        exposed: Response headers that pages may read.
        credentials: Whether requests may carry cookies.
        max_age: Seconds for which a browser may keep a preflight's answer.
    """

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int = 0

    def preflight(self, request: Mapping[str, str]) -> dict[str, str]:
        """The headers of the answer to an ``OPTIONS`` request that a browser sends ahead.

        Args:
            request: The request's headers, by names in lower case.
        """
        allowed = self.response(request)
        if ALLOW_ORIGIN not in allowed:
            return allowed
        listed = {
            "access-control-allow-methods": ",".join(self.methods),
            "access-control-allow-headers": ",".join(self.headers),
        }
        age = {"access-control-max-age": str(self.max_age)} if self.max_age else {}
        allowed.pop("access-control-expose-headers", None)
        return allowed | {name: value for name, value in listed.items() if value} | age

    def response(self, request: Mapping[str, str]) -> dict[str, str]:
        """The headers of every other answer to a request of an origin."""
        origin = request.get("origin")
        if origin is None:
            return {}
        varies = {"vary": "Origin"}
        if "*" not in self.origins and origin not in self.origins:
            return varies
        # A browser takes no wildcard for requests with credentials: https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
        anyone = "*" in self.origins and not self.credentials
        allowed = varies | {ALLOW_ORIGIN: "*" if anyone else origin}
        if self.credentials:
            allowed["access-control-allow-credentials"] = "true"
        if self.exposed:
            allowed["access-control-expose-headers"] = ",".join(self.exposed)
        return allowed


def is_preflight(method: str, request: Mapping[str, str]) -> bool:
    """Whether a browser asks ahead."""
    return method == "OPTIONS" and "origin" in request and "access-control-request-method" in request
