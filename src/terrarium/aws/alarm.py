"""Alarms (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terrarium.model.expressions import Value
from terrarium.model.graph import Module


class Alarm:
    """Tells a topic when a metric stays above a threshold.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        namespace: For example ``AWS/Lambda``.
        metric: For example ``Errors``.
        dimensions: Which one, by the metric's dimensions.
        above: The threshold.
        minutes: For how many minutes in a row.
        tell: ARNs of those who are told.
        statistic: How a minute's values are summed up.
        description: What to do, for whoever is woken.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, Value],
        above: Value,
        minutes: int = 1,
        tell: Sequence[Value] = (),
        statistic: str = "Sum",
        description: str = "",
    ) -> None:
        with scope.layer("alarms"):
            self.resource = scope.add(
                "aws_cloudwatch_metric_alarm",
                label,
                alarm_name=f"{scope.prefix}-{label}",
                alarm_description=description or None,
                namespace=namespace,
                metric_name=metric,
                dimensions=dict(dimensions),
                statistic=statistic,
                period=60,
                evaluation_periods=minutes,
                threshold=above,
                comparison_operator="GreaterThanThreshold",
                treat_missing_data="notBreaching",
                alarm_actions=list(tell) or None,
            )
