"""What tables use and refuse, as metrics of CloudWatch. It knows DynamoDB's calls and their answers, not the engine.

Metrics: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from terrarium.local.aws_error import AwsError

# Bodies of DynamoDB's API: JSON of many shapes.
Body = dict[str, Any]

NAMESPACE = "AWS/DynamoDB"
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
REPORT = "ReturnConsumedCapacity"


class Engine(Protocol):
    """Whatever carries DynamoDB's operations out."""

    def run(self, operation: str, body: Body) -> Body: ...

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None: ...


class Put(Protocol):
    """Takes one value of a metric."""

    def __call__(
        self, namespace: str, name: str, value: float, dimensions: Mapping[str, str], *, unit: str
    ) -> None: ...


class TableMetrics:
    """Answers as the engine does, and counts what each call took.

    Args:
        engine: Answers.
        put: Takes the values.
    """

    def __init__(self, engine: Engine, put: Put) -> None:
        self._engine = engine
        self._put = put
        self.when_settled = engine.when_settled

    def run(self, operation: str, body: Body) -> Body:
        """Answers one call.

        Raises:
            AwsError: As the engine refuses it.
        """
        direction = "Read" if operation in READS else "Write" if operation in WRITES else ""
        asked = body.get(REPORT, "NONE")
        if not direction or asked not in ("NONE", "TOTAL", "INDEXES"):
            return self._engine.run(operation, body)
        try:
            # The engine reckons what a call takes where it is asked to; the most detailed report holds all of them.
            answer = self._engine.run(operation, {**body, REPORT: "INDEXES"})
        except AwsError as error:
            if error.code == "ProvisionedThroughputExceededException":
                self._throttled(direction, body)
            raise
        consumed = answer.pop("ConsumedCapacity", None)
        reports = consumed if isinstance(consumed, list) else [consumed] if consumed else []
        for report in reports:
            self._used(direction, report)
        return (
            answer if asked == "NONE" or consumed is None else answer | {"ConsumedCapacity": _as_asked(asked, consumed)}
        )

    def _used(self, direction: str, report: Body) -> None:
        for dimensions, units in _units(report):
            self._put(NAMESPACE, f"Consumed{direction}CapacityUnits", units, dimensions, unit="Count")

    def _throttled(self, direction: str, body: Body) -> None:
        # Of a batch or a transaction it is not told which table refused.
        if isinstance(body.get("TableName"), str):
            self._put(NAMESPACE, f"{direction}ThrottleEvents", 1, {"TableName": body["TableName"]}, unit="Count")


def _units(report: Body) -> Iterator[tuple[Mapping[str, str], float]]:
    """What a call took of a table and of its indexes, by the dimensions under which it is counted."""
    table = {"TableName": str(report["TableName"])}
    # What local indexes take counts as the table's: they share its capacity.
    local = sum(units["CapacityUnits"] for units in report.get("LocalSecondaryIndexes", {}).values())
    own = report.get("Table", {}).get("CapacityUnits", 0) + local
    if own:
        yield table, own
    for name, units in report.get("GlobalSecondaryIndexes", {}).items():
        yield table | {"GlobalSecondaryIndexName": name}, units["CapacityUnits"]


def _as_asked(asked: str, consumed: Any) -> Any:
    """A report without the details that nobody asked for."""
    if asked == "INDEXES":
        return consumed
    if isinstance(consumed, list):
        return [_as_asked(asked, one) for one in consumed]
    return {name: value for name, value in consumed.items() if not isinstance(value, dict)}
