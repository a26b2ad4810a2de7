"""What a kind of resource is given, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from terrarium.events import Events
from terrarium.local.addresses import Addresses
from terrarium.local.api.identity import Credentials
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.clock import Clock
from terrarium.local.compute.functions import Functions
from terrarium.local.compute.functions.deliveries import Deliveries
from terrarium.local.compute.functions.meter import Meter
from terrarium.local.compute.names import Names
from terrarium.local.data.objects import Objects
from terrarium.local.data.tables import Streams, Tables
from terrarium.local.edge.server import Edge
from terrarium.local.own_aws import OwnAws
from terrarium.local.registry import Entry, Registry
from terrarium.local.watch.logs import LogStore
from terrarium.local.watch.metrics import MetricStore


class Parts(Struct, frozen=True):
    """The engines of one system and what they share.

    Attributes:
        region: Where the system is.
        account: Whose it is.
        folder: Where its state lives.
        addresses: Where things are reached.
        names: What makes programs find AWS here; None where nobody answers for it with TLS.
    """

    region: str
    account: str
    folder: Path
    addresses: Addresses
    clock: Clock
    events: Events
    registry: Registry
    credentials: Credentials
    logs: LogStore
    metrics: MetricStore
    tables: Tables
    streams: Streams
    objects: Objects
    functions: Functions
    deliveries: Deliveries
    meter: Meter
    moto: MotoProcess
    edge: Edge
    own_aws: OwnAws
    names: Names | None = None


class NotAliveError(Exception):
    """A resource of a kind that comes alive, but in a form that does not; the text is the reason, for people."""


class OnlyModelledError(NotAliveError):
    """A resource in a form that is described and does nothing here, which keeps nobody from making it by a call."""


class Kind(Protocol):
    """One kind of resource that comes alive."""

    types: ClassVar[tuple[str, ...]]
    """Terraform's types that it is made of."""

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        """Makes a resource, or finds it made.

        Returns:
            Values that the engine decided, over those that were expected.

        Raises:
            UserError: It cannot be made as it is written.
            NotAliveError: AWS would make it, but it does nothing here.
            OnlyModelledError: The same, and it is of use all the same to whoever asks what there is.
        """
        ...

    async def start(self) -> None:
        """Begins: everything has been made."""
        ...

    async def stop(self) -> None:
        """Ends what was begun."""
        ...

    def reached_at(self, entry: Entry) -> str:
        """Where a person reaches a resource, or what they see of it; empty where there is nothing to say."""
        ...


class Passive:
    """A kind with nothing to begin or to end."""

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to end."""

    def reached_at(self, entry: Entry) -> str:
        """Nothing to say."""
        del entry
        return ""
