"""Which log groups come to be by being written to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.local.kinds.log_makers import LogMakers
from terrarium.local.registry import Entry, Registry

ROLE = "arn:aws:iam::000000000000:role/one"
GROUP = "/aws/lambda/one"
ARN = f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def allowing(action: str, resource: str = "*", effect: str = "Allow") -> Entry:
    statement = {"Effect": effect, "Action": [action], "Resource": resource}
    values = {"role": "one", "policy": json.dumps({"Statement": statement})}
    return Entry(f"aws_iam_role_policy.{action}{effect}", "aws_iam_role_policy", values)


def attached(arn: str) -> Entry:
    return Entry(f"attached.{arn}", "aws_iam_role_policy_attachment", {"role": "one", "policy_arn": arn})


def refusal(*entries: Entry, group: str = GROUP) -> str:
    registry = Registry()
    registry.put(Entry("aws_lambda_function.one", "aws_lambda_function", {"function_name": "one", "role": ROLE}))
    settings = [{"destination_arn": f"{ARN}-access", "format": "$context.requestId"}]
    stage: dict[str, Any] = {"api_id": "a", "name": "dev", "access_log_settings": settings}
    registry.put(Entry("aws_apigatewayv2_stage.dev", "aws_apigatewayv2_stage", stage))
    for entry in entries:
        registry.put(entry)
    return LogMakers(registry, region="us-east-1", account="000000000000").refusal(group)


OWN = Entry("aws_iam_role.one", "aws_iam_role", {"name": "one", "arn": ROLE})


@pytest.mark.parametrize(
    "policy",
    [
        allowing("logs:CreateLogGroup", ARN),
        allowing("logs:CreateLogGroup", f"{ARN}:*"),
        allowing("logs:*"),
        attached(BASIC),
        attached("arn:aws:iam::000000000000:policy/somebodys"),  # nobody here has read it
    ],
)
def test_a_function_makes_its_group_where_its_role_may(policy: Entry) -> None:
    assert refusal(OWN, policy) == ""


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [allowing("logs:PutLogEvents")],
        [allowing("logs:CreateLogGroup", f"{ARN}-another")],
        [allowing("logs:*"), allowing("logs:CreateLogGroup", effect="Deny")],
    ],
)
def test_and_not_where_it_may_not(policies: list[Entry]) -> None:
    assert refusal(OWN, *policies) == "the role of one may not logs:CreateLogGroup"


def test_a_role_that_is_kept_elsewhere_is_taken_to_be_allowed() -> None:
    assert refusal() == ""


def test_nobody_makes_the_group_of_an_access_log() -> None:
    assert "access log of aws_apigatewayv2_stage.dev" in refusal(group=f"{GROUP}-access")


def test_other_services_make_theirs() -> None:
    assert refusal(group="API-Gateway-Execution-Logs_a/dev") == ""
