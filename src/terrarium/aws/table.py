"""A DynamoDB table (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from terrarium.analysis.event_pattern import PatternError, compile_event_pattern
from terrarium.aws.access import Access, Statement
from terrarium.aws.alias import Alias
from terrarium.aws.event_invocations import Destination
from terrarium.aws.function import Function
from terrarium.aws.key import Key
from terrarium.errors import UserError, did_you_mean
from terrarium.model.conditions import choose, equals
from terrarium.model.expressions import Json, Value
from terrarium.model.graph import Module, Resource
from terrarium.model.origin import origin

# A partition key, or a partition key and a sort key.
KeySchema = str | tuple[str, str]
Pattern = Mapping[str, Any]  # in Lambda's own language
FILTERS = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"
StreamView = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]

READ = ("GetItem", "BatchGetItem", "Query", "Scan")
WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
WORDS: Mapping[str, tuple[str, ...]] = {"read": READ, "write": WRITE}
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
ACTIONS = (
    *READ,
    *WRITE,
    "ConditionCheckItem",
    "DescribeTable",
    "PartiQLSelect",
    "PartiQLInsert",
    "PartiQLUpdate",
    "PartiQLDelete",
)
# Only these read an index; the others name the table alone.
INDEXED = ("Query", "Scan", "PartiQLSelect")


class Table:
    """A table, encrypted, with point-in-time recovery.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        name: Its name in AWS; from the architecture's prefix, if not given.
        key: ``"partition"`` or ``("partition", "sort")``.
        indexes: Global secondary indexes by name, each with its key.
        numbers: Key attributes that are numbers.
        binaries: Key attributes that are binary; the rest are text.
        billing: ``PAY_PER_REQUEST`` or ``PROVISIONED``.
        read_capacity: Read units a second, where provisioned.
        write_capacity: Write units a second, where provisioned.
        stream: What its stream shows of a change, if it has one.
        ttl: The attribute that holds when an item expires (seconds since the epoch), if items do.
        recovery: Whether it can be restored to any second of the last 35 days.
        encryption: A key of one's own; else AWS's managed key.
        protected: Whether AWS refuses to delete it.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        key: KeySchema,
        name: Value = None,
        indexes: Mapping[str, KeySchema] | None = None,
        numbers: Collection[str] = (),
        binaries: Collection[str] = (),
        billing: Value = "PAY_PER_REQUEST",
        read_capacity: Value = None,
        write_capacity: Value = None,
        stream: StreamView | None = None,
        ttl: str | None = None,
        recovery: Value = True,
        encryption: Key | None = None,
        protected: Value = None,
    ) -> None:
        self.scope = scope
        self.label = label
        self.indexes = dict(indexes or {})
        self.encryption = encryption
        provisioned = equals(billing, "PROVISIONED")
        capacity = {
            "read_capacity": choose(provisioned, read_capacity, None),
            "write_capacity": choose(provisioned, write_capacity, None),
        }
        hash_key, range_key = _pair(key)
        with scope.layer("data"):
            self.resource = scope.add(
                "aws_dynamodb_table",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                billing_mode=billing,
                hash_key=hash_key,
                range_key=range_key,
                **capacity,
                stream_enabled=True if stream else None,
                stream_view_type=stream,
                deletion_protection_enabled=protected,
                attribute=self._attributes(key, numbers, binaries),
                global_secondary_index=[self._index(index, of, capacity) for index, of in self.indexes.items()],
                ttl={"attribute_name": ttl, "enabled": True} if ttl else None,
                point_in_time_recovery={"enabled": recovery},
                server_side_encryption={"enabled": True} if encryption is None else self._encrypted(encryption),
            )

    def _attributes(self, key: KeySchema, numbers: Collection[str], binaries: Collection[str]) -> list[dict[str, str]]:
        """Every attribute that is a key somewhere, once, in the order of mention."""
        names = dict.fromkeys(name for pair in (key, *self.indexes.values()) for name in _pair(pair) if name)
        for name in (*numbers, *binaries):
            if name not in names:
                raise UserError(f"{name!r} is no key of this table", where=origin(), hint=did_you_mean(name, names))
        return [{"name": name, "type": "N" if name in numbers else "B" if name in binaries else "S"} for name in names]

    @staticmethod
    def _index(name: str, key: KeySchema, capacity: Mapping[str, Value]) -> dict[str, Value]:
        hash_key, range_key = _pair(key)
        return {"name": name, "hash_key": hash_key, "range_key": range_key, "projection_type": "ALL", **capacity}

    @staticmethod
    def _encrypted(key: Key) -> dict[str, Value]:
        # DynamoDB's own key where the deployer wants none of their own: encryption at rest cannot be switched off.
        return {"enabled": key.on, "kms_key_arn": key.arn}

    @property
    def name(self) -> Value:
        """Its name in AWS."""
        return self.resource["name"]

    @property
    def arn(self) -> Value:
        """Its ARN."""
        return self.resource["arn"]

    def access(self, *words: str) -> Access:
        """May do what the words say, in this table and its indexes.

        Args:
            *words: DynamoDB's operations such as ``PutItem``, or ``read`` and ``write`` for the usual ones.

        Returns:
            The table's name, with that permission.

        Raises:
            UserError: A word is no operation.
        """
        actions = _actions(words)
        on_index = self.indexes and any(action in INDEXED for action in actions)
        resources = (self.arn, f"{self.arn}/index/*") if on_index else (self.arn,)
        key = self.encryption.access().statements if self.encryption else ()
        exists = self.resource.when
        allowed = Statement(tuple(f"dynamodb:{action}" for action in actions), resources, when=exists)
        return Access(self.name, (allowed, *key), exists)

    def on_change(
        self,
        function: Function | Alias,
        *,
        batch_size: Value = 100,
        starting_position: str = "LATEST",
        filter: Pattern | Sequence[Pattern] = (),
        parallelization_factor: Value = None,
        tumbling_window: Value = None,
        on_failure: Destination | None = None,
        **options: Value,
    ) -> Resource:
        """Invokes a function with every change, in order per item.

        Args:
            function: It receives the stream's records; or an alias of it does.
            batch_size: How many records it receives at most.
            starting_position: ``LATEST`` or ``TRIM_HORIZON``.
            filter: Which changes it receives: an event pattern, or several of which one has to match, for example
                ``{"eventName": ["INSERT"]}``.
            parallelization_factor: How many batches it works on at once, 1 to 10.
            tumbling_window: Seconds over which it is handed the state that it returned last, 900 at most.
            on_failure: Who is told of a batch that is given up: a queue, a topic or a bucket.
            **options: Further attributes of ``aws_lambda_event_source_mapping``.

        Raises:
            UserError: The table has no stream, or a filter is no event pattern.
        """
        if "stream_view_type" not in self.resource.attributes:
            raise UserError(
                f"table {self.label!r} has no stream", where=origin(), hint='give it one: stream="NEW_AND_OLD_IMAGES"'
            )
        patterns = [filter] if isinstance(filter, Mapping) else list(filter)
        for pattern in patterns:
            self._check(pattern)
        stream = self.resource["stream_arn"]
        function.role.grant(
            [
                Statement(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"), (stream,)),
                # ListStreams has no finer resource: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
                Statement(("dynamodb:ListStreams",), (f"{self.arn}/stream/*",)),
            ]
        )
        told = on_failure.receives() if on_failure is not None else None
        if told is not None:
            function.role.grant(told.statements)
        with self.scope.layer("functions"):
            return self.scope.add(
                "aws_lambda_event_source_mapping",
                f"{self.label}_{function.label}",
                event_source_arn=stream,
                function_name=function.arn,
                starting_position=starting_position,
                batch_size=batch_size,
                filter_criteria={"filter": [{"pattern": Json(pattern)} for pattern in patterns]} if patterns else None,
                parallelization_factor=parallelization_factor,
                tumbling_window_in_seconds=tumbling_window,
                destination_config={"on_failure": {"destination_arn": told.value}} if told is not None else None,
                depends_on=function.role.policies,
                **options,
            )

    def _check(self, pattern: Pattern) -> None:
        """Refuses what is no event pattern; one that a variable is part of can be told only once that has a value."""
        try:
            text = json.dumps(pattern, ensure_ascii=False, separators=(",", ":"))
        except TypeError:
            return
        try:
            compile_event_pattern(text)
        except PatternError as fault:
            raise UserError(
                f"a filter of table {self.label!r} is no event pattern: {fault}",
                where=origin(),
                hint=f"{FILTERS} lists what can be said",
            ) from fault


def _pair(key: KeySchema) -> tuple[str, str | None]:
    return (key, None) if isinstance(key, str) else (key[0], key[1])


def _actions(words: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys(action for word in words for action in WORDS.get(word, (word,)))
    for action in found:
        if action not in ACTIONS:
            raise UserError(
                f"DynamoDB has no operation {action!r}", where=origin(), hint=did_you_mean(action, (*WORDS, *ACTIONS))
            )
    if not found:
        raise UserError(
            "an access must say to what", where=origin(), hint='for example table.access("GetItem", "PutItem")'
        )
    return tuple(found)
