"""A table's definition: keys, indexes, billing, stream, settings. Changing one makes another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from terrarium.local.data.tables.values.wire import Item, kind_of


class Keys(Struct, frozen=True, dict=True):
    """A key schema: the partition key and, where there is one, the sort key, with their types (S, N or B)."""

    hash: str
    hash_type: str
    range: str | None = None
    range_type: str | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The key attributes, the partition key first."""
        return (self.hash,) if self.range is None else (self.hash, self.range)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Attribute name to type."""
        return {self.hash: self.hash_type} if self.range is None else self._both()

    def _both(self) -> Mapping[str, str]:
        assert self.range is not None, "without a sort key there is one type"
        assert self.range_type is not None, "a sort key has a type"
        return {self.hash: self.hash_type, self.range: self.range_type}

    def of(self, item: Item) -> Item:
        """An item's key."""
        if self.range is None:
            return {self.hash: item[self.hash]}
        return {self.hash: item[self.hash], self.range: item[self.range]}

    def belong_to(self, item: Item) -> bool:
        """Whether an item has these attributes, in these types: only then is it in the index."""
        return all(name in item and kind_of(item[name]) == kind for name, kind in self.types.items())


class Throughput(Struct, frozen=True):
    """Provisioned capacity in units a second, and when it last changed (seconds since the epoch)."""

    read: int
    write: int
    increased_at: float | None = None
    decreased_at: float | None = None
    decreases_today: int = 0


class Index(Struct, frozen=True):
    """A secondary index.

    Attributes:
        number: Names its rows in storage; never used twice.
        local: Whether it shares the table's partition key and capacity.
        projection: ``ALL``, ``KEYS_ONLY`` or ``INCLUDE``.
        included: The attributes that INCLUDE adds.
        throughput: Its own capacity; None where the table pays per request or the index is local.
        on_demand: OnDemandThroughput as given, or None.
    """

    number: int
    name: str
    local: bool
    keys: Keys
    projection: str
    included: tuple[str, ...] = ()
    throughput: Throughput | None = None
    on_demand: Mapping[str, int] | None = None


class Table(Struct, frozen=True, dict=True):
    """A table.

    Attributes:
        number: Names its rows in storage; never used twice.
        id: TableId.
        created_at: Seconds since the epoch.
        attributes: AttributeDefinitions: name and type, in the order given.
        throughput: Provisioned capacity, or None for pay per request.
        billing_changed_at: When it last became pay per request; None where it never was.
        stream_view: StreamViewType, or None while there is no stream.
        stream_label: The label of the latest stream, which outlives its being switched off.
        ttl: The attribute that holds expiry times, or None.
        settings: Parts of a description that are only handed back: SSE, table class, tags, recovery.
    """

    number: int
    name: str
    arn: str
    id: str
    created_at: float
    attributes: tuple[tuple[str, str], ...]
    keys: Keys
    indexes: tuple[Index, ...] = ()
    throughput: Throughput | None = None
    on_demand: Mapping[str, int] | None = None
    billing_changed_at: float | None = None
    stream_view: str | None = None
    stream_label: str | None = None
    ttl: str | None = None
    deletion_protection: bool = False
    # Any: JSON that is handed back as it came.
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stream_arn(self) -> str | None:
        """The latest stream's ARN."""
        return f"{self.arn}/stream/{self.stream_label}" if self.stream_label else None

    @property
    def tags(self) -> Mapping[str, str]:
        """Tag names and values."""
        tags: Mapping[str, str] = self.settings.get("tags", {})
        return tags

    @cached_property
    def limited(self) -> bool:
        """Whether anything limits how many units a second calls may take."""
        indexes = self.global_indexes
        provisioned = self.throughput is not None or any(index.throughput is not None for index in indexes)
        return provisioned or bool(self.on_demand) or any(index.on_demand for index in indexes)

    @cached_property
    def local_indexes(self) -> tuple[Index, ...]:
        """The local secondary indexes."""
        return tuple(index for index in self.indexes if index.local)

    @cached_property
    def global_indexes(self) -> tuple[Index, ...]:
        """The global secondary indexes."""
        return tuple(index for index in self.indexes if not index.local)

    def index(self, name: str) -> Index | None:
        """The index of that name, or None."""
        return next((index for index in self.indexes if index.name == name), None)

    def projected_names(self, index: Index) -> frozenset[str] | None:
        """The attributes that an index carries, or None where it carries all."""
        if index.projection == "ALL":
            return None
        return frozenset((*self.keys.names, *index.keys.names, *index.included))

    def projected(self, index: Index, item: Item) -> Item:
        """An item as the index holds it."""
        names = self.projected_names(index)
        return item if names is None else {name: value for name, value in item.items() if name in names}
