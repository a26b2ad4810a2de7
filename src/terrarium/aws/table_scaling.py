"""The capacity of provisioned tables, which follows what is used of it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
"""

from __future__ import annotations

from terrarium.aws.table import Table
from terrarium.model.expressions import Value
from terrarium.model.graph import Resource

# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
KINDS = ("Read", "Write")


class TableScaling:
    """Raises and lowers the capacity of a table and of each of its indexes, reads and writes by themselves.

    A later apply sets the capacity to what the table says, and scaling sets out from there again.

    Args:
        table: The table, which has to be provisioned.
        read_capacity: Read units a second that it never goes below.
        write_capacity: Write units a second that it never goes below.
        maximum: Units a second that neither goes above.
        target: Percent of the capacity that are to be in use.
    """

    def __init__(
        self, table: Table, *, read_capacity: Value, write_capacity: Value, maximum: Value, target: Value = 70
    ) -> None:
        self._table = table
        self._maximum = maximum
        self._target = target
        self.policies: list[Resource] = []
        lowest = {"Read": read_capacity, "Write": write_capacity}
        with table.scope.layer("data"):
            for index in ("", *table.indexes):
                self.policies += [self._scaled(index, kind, lowest[kind]) for kind in KINDS]

    def _scaled(self, index: str, kind: str, lowest: Value) -> Resource:
        """Keeps one capacity near what is used of it."""
        table = self._table
        label = "_".join(part for part in (table.label, index, kind.lower()) if part)
        target = table.scope.add(
            "aws_appautoscaling_target",
            label,
            service_namespace="dynamodb",
            resource_id=f"table/{table.name}/index/{index}" if index else f"table/{table.name}",
            scalable_dimension=f"dynamodb:{'index' if index else 'table'}:{kind}CapacityUnits",
            min_capacity=lowest,
            max_capacity=self._maximum,
        )
        return table.scope.add(
            "aws_appautoscaling_policy",
            label,
            name=label,
            policy_type="TargetTrackingScaling",
            service_namespace=target["service_namespace"],
            resource_id=target["resource_id"],
            scalable_dimension=target["scalable_dimension"],
            target_tracking_scaling_policy_configuration={
                "target_value": self._target,
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{kind}CapacityUtilization",
                },
            },
        )
