"""What an account may cost (https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html)."""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.model.expressions import Value, call
from terrarium.model.graph import Module


class Budget:
    """Tells people when a month's costs of the account pass a limit, and when they are forecast to.

    An alarm on CloudWatch's ``EstimatedCharges`` would never ring where nobody has turned billing alerts on, which
    only a person can do in the console
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html).

    Args:
        scope: Where it lives.
        label: Its name in the module.
        monthly: Dollars a month.
        tell: E-mail addresses of those who are told.
        name: Its name in AWS; from the architecture's prefix, if not given.
    """

    def __init__(self, scope: Module, label: str, *, monthly: Value, tell: Sequence[Value], name: Value = None) -> None:
        with scope.layer("alarms"):
            self.resource = scope.add(
                "aws_budgets_budget",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                budget_type="COST",
                limit_amount=call("tostring", monthly),
                limit_unit="USD",
                time_unit="MONTHLY",
                notification=[
                    {
                        "notification_type": kind,
                        "comparison_operator": "GREATER_THAN",
                        "threshold": 100,
                        "threshold_type": "PERCENTAGE",
                        "subscriber_email_addresses": list(tell),
                    }
                    for kind in ("ACTUAL", "FORECASTED")
                ],
            )
