"""Where things are reached: one port, by name (``queue.tictactoe.localhost``) or by path (``/tictactoe/queue``)."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

# The port that people and browsers use, unless they say another.
PORT = 4500


class Addresses(Struct, frozen=True):
    """The addresses of one system.

    Attributes:
        system: Its name.
        port: The port that people and browsers use.
        tls: Whether that port speaks TLS.
        own_port: The port of this process itself, which its own functions and programs use; never TLS.
        authority: Certificates that clients shall trust: the laptop's own authority, and everybody else's.
        aws_port: The port at which names of AWS are answered, with TLS.
    """

    system: str
    port: int
    tls: bool
    own_port: int
    authority: Path | None = None
    aws_port: int | None = None

    def host(self, site: str = "") -> str:
        """The host name of a site of the system, or of the system itself."""
        return f"{site}.{self.system}.localhost" if site else f"{self.system}.localhost"

    def path(self, site: str = "") -> str:
        """The path below which a site is reached by clients that do not resolve such names."""
        return f"/{self.system}/{site}" if site else f"/{self.system}"

    def by_name(self, site: str = "", *, websocket: bool = False) -> str:
        """A site's address for browsers."""
        return f"{self._scheme(websocket)}://{self.host(site)}:{self.port}"

    def by_path(self, site: str = "", *, websocket: bool = False) -> str:
        """A site's address for every client."""
        return f"{self._scheme(websocket)}://localhost:{self.port}{self.path(site)}"

    def plain(self, site: str = "") -> str:
        """A site's address without TLS, for programs on this machine that trust nobody here, such as ``curl``."""
        return f"{self.own}{self.path(site)}" if self.tls else self.by_path(site)

    @property
    def front(self) -> str:
        """The address of the page that shows everything that is alive."""
        return f"{self._scheme(False)}://localhost:{self.port}/"

    @property
    def own(self) -> str:
        """The address that this system's own functions and programs call AWS at."""
        return f"http://127.0.0.1:{self.own_port}"

    def trust(self, authority: Path | None = None) -> dict[str, str]:
        """What makes clients in functions and programs trust this machine's certificates, as environment variables.

        Args:
            authority: The file with the certificates, if another than `authority`.

        The first is read by SDKs, the second by requests, the third by what asks OpenSSL, the fourth by Node.
        """
        names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
        file = authority or self.authority
        return dict.fromkeys(names, str(file)) if file else {}

    def _scheme(self, websocket: bool) -> str:
        return ("ws" if websocket else "http") + ("s" if self.tls else "")


def site_name(label: str) -> str:
    """A label as a part of a host name (https://www.rfc-editor.org/rfc/rfc1123#section-2.1)."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") or "site"
