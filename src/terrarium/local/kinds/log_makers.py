"""Which log groups come to be by being written to: those of functions whose role may make them, and of services.

Lambda makes a function's group when it first has something to write, also one that was deleted, as far as the role may
``logs:CreateLogGroup`` (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html,
https://github.com/hashicorp/terraform-provider-aws/issues/29247). API Gateway writes access logs to a group that
somebody made (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html): the stage keeps naming
one that is gone, and what is written to it is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from terrarium.local.edge.websocket_api.conditions import like
from terrarium.local.registry import Entry, Registry

_ACTION = "logs:createloggroup"
#: Policies of AWS's own that let a role make log groups.
#: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
_MANAGED = (
    "AdministratorAccess", "PowerUserAccess", "CloudWatchLogsFullAccess", "AWSLambda*ExecutionRole",
    "AWSLambda_FullAccess",
)  # fmt: skip


class LogMakers:
    """Reads that from the registry.

    Args:
        registry: Where everything is recorded.
        region: Where log groups are.
        account: Whose they are.
    """

    def __init__(self, registry: Registry, *, region: str, account: str) -> None:
        self._registry = registry
        self._prefix = f"arn:aws:logs:{region}:{account}:log-group:"

    def refusal(self, group: str) -> str:
        """Why a group that is not there is not made by who writes to it; empty where it is made."""
        writers = [one for one in self._registry.of("aws_lambda_function") if group_of(one) == group]
        if any(self._may_make(one["role"], group) for one in writers):
            return ""
        if writers:
            return f"the role of {writers[0]['function_name']} may not logs:CreateLogGroup"
        stages = [one for one in self._registry.of("aws_apigatewayv2_stage") if _access_log_of(one) == group]
        return f"API Gateway makes no group for the access log of {stages[0].address}" if stages else ""

    def _may_make(self, role: str, group: str) -> bool:
        """Whether a role's policies allow it; where somebody else keeps the role, as far as is known here."""
        entries = self._registry.of("aws_iam_role", arn=role)
        if not entries:
            return True
        name, arns = entries[0]["name"], (f"{self._prefix}{group}", f"{self._prefix}{group}:log-stream:")
        attached = [one["policy_arn"] for one in self._registry.of("aws_iam_role_policy_attachment", role=name)]
        if any(like(pattern, arn.rpartition("/")[2]) for arn in attached for pattern in _MANAGED):
            return True
        written = [one for arn in attached for one in self._registry.of("aws_iam_policy", arn=arn)]
        if len(written) < len([arn for arn in attached if ":aws:policy/" not in arn]):
            return True  # a policy that nobody here has read
        policies = [one["policy"] for one in (*self._registry.of("aws_iam_role_policy", role=name), *written)]
        effects = {
            effect for effect, resources in _about(policies) if any(like(r, arn) for r in resources for arn in arns)
        }
        return effects == {"Allow"}


def group_of(function: Entry) -> str:
    """A function's log group."""
    return str(function.block("logging_config").get("log_group") or f"/aws/lambda/{function['function_name']}")


def _access_log_of(stage: Entry) -> str:
    destination = str(stage.block("access_log_settings").get("destination_arn") or "")
    return destination.rpartition(":log-group:")[2].removesuffix(":*")


def _about(policies: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Effect and resources of every statement about making log groups; conditions are taken for fulfilled."""
    for policy in policies:
        for statement in _listed(json.loads(policy).get("Statement", [])):
            if any(like(action.lower(), _ACTION) for action in _listed(statement.get("Action", []))):
                yield statement["Effect"], _listed(statement.get("Resource", "*"))


# A policy's elements are of any shape.
def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
