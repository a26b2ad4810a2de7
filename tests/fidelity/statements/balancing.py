"""What the statements about load balancers share: HTTP as it is on the wire, with any Host."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.fidelity.targets.target import SECONDS, Place, Target


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str

    @property
    def told(self) -> Any:
        """What the service behind the balancer saw, JSON."""
        return json.loads(self.body)

    def seen(self, name: str) -> list[str]:
        """The values of a header that the service saw."""
        return [value for header, value in self.told["headers"] if header.lower() == name.lower()]


def ask(target: Target, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    """One request to the balancer; headers are written with underscores."""
    return ask_at(target.balancer(), path, method, body, **headers)


def ask_at(place: Place, path: str, method: str = "GET", body: str | bytes | None = None, **headers: str) -> Answer:
    """One request; headers are written with underscores."""
    kind = http.client.HTTPSConnection if place.tls else http.client.HTTPConnection
    connection = kind(place.host, place.port, timeout=SECONDS)
    try:
        given = {"Host": place.name} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read().decode()
        fields = answer.getheaders()
        cookies = [value for name, value in fields if name.lower() == "set-cookie"]
        return Answer(answer.status, {name.lower(): value for name, value in fields}, cookies, text)
    finally:
        connection.close()
