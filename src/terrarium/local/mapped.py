"""How a request came to an API: by which mapping of a custom domain name of API Gateway."""

from __future__ import annotations

from msgspec import Struct


class Mapped(Struct, frozen=True):
    """The API mapping of a custom domain name that a request came through.

    Attributes:
        domain_name: The custom domain name.
        key: The mapping's key, the path below the domain; empty where it maps the root.
    """

    domain_name: str
    key: str = ""

    @property
    def has_levels(self) -> bool:
        """Whether its key has several levels: API Gateway then turns the names of headers into lower case.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
        """
        return "/" in self.key
