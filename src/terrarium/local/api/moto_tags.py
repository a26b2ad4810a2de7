"""What moto does not answer of budgets and of what scales, and Terraform's provider asks of both.

Lives in moto's process only. Each entry says what was missing; one goes once moto has it.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

_TAGS = "_terrarium_tags"


def mend_scaling() -> None:
    """Tags of scalable targets.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html
    """
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

    register = Response.register_scalable_target

    # Responses are moto's; parameters and bodies have the members that each operation defines.
    def target(self: Any, arn: str) -> Any:
        targets = [one for of in self.applicationautoscaling_backend.targets.values() for one in of.values()]
        return _only([one for one in targets if one.arn == arn], arn)

    def register_scalable_target(self: Any) -> str:
        answer = register(self)
        if tags := self._get_param("Tags"):
            setattr(target(self, json.loads(answer)["ScalableTargetARN"]), _TAGS, dict(tags))
        return answer

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": getattr(target(self, self._get_param("ResourceARN")), _TAGS, {})})

    def tag_resource(self: Any) -> str:
        found = target(self, self._get_param("ResourceARN"))
        setattr(found, _TAGS, {**getattr(found, _TAGS, {}), **self._get_param("Tags")})
        return "{}"

    def untag_resource(self: Any) -> str:
        found, gone = target(self, self._get_param("ResourceARN")), self._get_param("TagKeys")
        kept = {key: value for key, value in getattr(found, _TAGS, {}).items() if key not in gone}
        setattr(found, _TAGS, kept)
        return "{}"

    for operation in (register_scalable_target, list_tags_for_resource, tag_resource, untag_resource):
        setattr(Response, operation.__name__, operation)


def mend_budgets() -> None:
    """Tags of budgets, who is told of them, and changes of one.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeSubscribersForNotification.html
    """
    from moto.budgets.responses import BudgetsResponse as Response

    create = Response.create_budget

    def budget(self: Any, name: str) -> Any:
        self.backend.describe_budget(account_id=self.current_account, budget_name=name)  # raises where there is none
        return self.backend.budgets[self.current_account][name]

    def create_budget(self: Any) -> str:
        answer = create(self)
        tags = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags") or ()}
        setattr(budget(self, self._get_param("Budget")["BudgetName"]), _TAGS, tags)
        return answer

    def update_budget(self: Any) -> str:
        changed = self._get_param("NewBudget")
        budget(self, changed["BudgetName"]).budget.update(changed)
        return "{}"

    def describe_subscribers_for_notification(self: Any) -> str:
        asked = self._get_param("Notification")
        every = budget(self, self._get_param("BudgetName")).notifications
        found = [one for one in every if _same_notification(one.details, asked)]
        return json.dumps({"Subscribers": _only(found, "the notification").subscribers})

    def list_tags_for_resource(self: Any) -> str:
        tags = getattr(budget(self, _name(self)), _TAGS, {})
        return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})

    def tag_resource(self: Any) -> str:
        found = budget(self, _name(self))
        added = {tag["Key"]: tag["Value"] for tag in self._get_param("ResourceTags")}
        setattr(found, _TAGS, {**getattr(found, _TAGS, {}), **added})
        return "{}"

    def untag_resource(self: Any) -> str:
        found, gone = budget(self, _name(self)), self._get_param("ResourceTagKeys")
        kept = {key: value for key, value in getattr(found, _TAGS, {}).items() if key not in gone}
        setattr(found, _TAGS, kept)
        return "{}"

    mended = (create_budget, update_budget, describe_subscribers_for_notification)
    for operation in (*mended, list_tags_for_resource, tag_resource, untag_resource):
        setattr(Response, operation.__name__, operation)


def _name(response: Any) -> str:
    """``arn:aws:budgets::{account}:budget/{name}``"""
    return str(response._get_param("ResourceARN")).partition(":budget/")[2]


def _same_notification(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """State decides nothing, and a threshold is a percentage unless it says otherwise."""

    def meant(notification: dict[str, Any]) -> tuple[Any, ...]:
        names = ("NotificationType", "ComparisonOperator", "Threshold")
        return (*(notification.get(name) for name in names), notification.get("ThresholdType", "PERCENTAGE"))

    return meant(one) == meant(other)


def _only(found: list[Any], what: str) -> Any:
    if not found:
        raise JsonRESTError("ResourceNotFoundException", f"{what} does not exist")
    return found[0]
