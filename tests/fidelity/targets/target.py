"""What statements are tried against: an endpoint of AWS's APIs, and the things that live behind it.

A statement asks for what it needs. What a target cannot give it refuses, and the statement does not hold there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore.config import Config

Value = TypeVar("Value")
SECONDS = 12  # how long a client waits for any answer


class UnavailableError(Exception):
    """The target has no such thing."""


@dataclass(frozen=True)
class Place:
    """Where HTTP requests to one thing go, and what they call it.

    Attributes:
        host: The address that is connected to.
        port: Its port.
        name: The Host header.
        tls: Whether it speaks TLS.
    """

    host: str
    port: int
    name: str
    tls: bool = False


@dataclass(frozen=True)
class Sockets:
    """One WebSocket API: where its clients connect, and where ``@connections`` is."""

    url: str
    connections: str


class Target(ABC):
    """One cloud, real or not.

    Args:
        region: Its region.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self.region = region
        self._undo = ExitStack()
        self._made: dict[str, Any] = {}  # what was made, or the exception that it met

    def once(self, name: str, make: Callable[[], Value]) -> Value:
        """Makes a thing when it is first asked for, and fails the same way each time after."""
        if name not in self._made:
            try:
                self._made[name] = make()
            except Exception as error:  # noqa: BLE001  # whatever a target fails with, the statement fails with it
                self._made[name] = UnavailableError(f"{name}: {type(error).__name__}: {error}")
        made = self._made[name]
        if isinstance(made, UnavailableError):
            raise UnavailableError(str(made))
        return made  # type: ignore[no-any-return]  # what `make` returned

    # boto3's clients are made at run time, so no type fits all of them.
    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the target that asks once and waits no longer than it must."""
        key = f"{service} {sorted(options.items())}"
        return self.once(key, lambda: self._client(service, **options))

    def unchecked(self, service: str) -> Any:
        """A client that leaves it to the service to find faults in what it is given."""
        return self.once(f"{service} unchecked", lambda: self._client(service, checked=False))

    def _client(self, service: str, *, checked: bool = True, **options: Any) -> Any:
        config = Config(
            retries={"max_attempts": 0}, read_timeout=SECONDS, connect_timeout=SECONDS, parameter_validation=checked
        )
        make: Any = self.session().client  # one overload per service, chosen by a name that is known when it runs
        if "endpoint_url" not in options:
            options["endpoint_url"] = self.endpoint(service)
        return make(service, config=config, **options)

    def session(self) -> boto3.Session:
        """What clients are made from."""
        return boto3.Session("test", "test", region_name=self.region)

    @abstractmethod
    def endpoint(self, service: str) -> str | None:
        """The URL of a service's API; None for AWS's own."""

    @abstractmethod
    def function(self, label: str) -> str:
        """A function's name."""

    def own_function(self, label: str) -> str:
        """The name of a new function of that code, which one statement may change as it likes."""
        raise UnavailableError("it makes no functions by calls")

    @abstractmethod
    def sockets(self, label: str = "sockets") -> Sockets:
        """A WebSocket API."""

    def addresses(self, api: Mapping[str, Any]) -> Sockets:
        """Where a WebSocket API is reached that a call made.

        Args:
            api: As CreateApi answered.
        """
        raise UnavailableError("it makes no WebSocket APIs by calls")

    def gateway_role(self) -> str:
        """The ARN of a role in whose name API Gateway may put notes."""
        raise UnavailableError("it has no roles")

    def function_of_route(self, label: str) -> str:
        """The name of the function behind a route of the WebSocket API, which may be another of the same code."""
        return self.function(label)

    @abstractmethod
    def notes(self) -> str:
        """The table in which functions leave notes."""

    def keeper(self) -> Any:
        """A client for that table."""
        return self.client("dynamodb")

    @abstractmethod
    def streamed(self) -> str:
        """The table whose stream invokes the function ``stream``."""

    @abstractmethod
    def balancer(self) -> Place:
        """The load balancer."""

    def balancer_place(self, balancer: Mapping[str, Any]) -> Place:
        """Where a load balancer is reached that a call made.

        Args:
            balancer: As CreateLoadBalancer answered.
        """
        raise UnavailableError("it makes no load balancers by calls")

    def defer(self, undo: Callable[[], object]) -> None:
        """Undoes something in the end, as far as the target lets it."""

        def undone() -> None:
            with suppress(Exception):  # a target that cannot delete is no fault of a statement
                undo()

        self._undo.callback(undone)

    def recover(self) -> None:  # noqa: B027  # most targets need nothing
        """Called after a statement failed, so that it is not the next one's burden."""

    def close(self) -> None:
        """Takes away what was made."""
        self._undo.close()
