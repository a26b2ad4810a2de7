"""The policy that a Lambda authorizer returns: what it says of one route's ARN.

It reads what a function returned, any JSON, and decides; it knows neither routes nor functions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from terrarium.local.edge.websocket_api.conditions import Keys, MalformedConditionError, like, satisfied

ACTION: Final = "execute-api:Invoke"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html"""

RESOURCE_CHARACTERS: Final = 512
"""Longest resource that an authorizer's policy may name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""


class MalformedPolicyError(Exception):
    """The policy is none that can be evaluated; the text says why."""


# A policy is any JSON value until it is read.
def allows(document: Any, arn: str, keys: Keys) -> bool:
    """Whether the policy lets a route be invoked: a Deny wins, and what no statement allows is denied.

    Args:
        document: The ``policyDocument``.
        arn: For example ``arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/production/$connect``.
        keys: What conditions may ask of the request.

    Raises:
        MalformedPolicyError: It is no policy.
    """
    if not isinstance(document, dict) or "Statement" not in document:
        raise MalformedPolicyError("policyDocument has no Statement")
    effects = {_effect(statement) for statement in _listed(document["Statement"]) if _applies(statement, arn, keys)}
    return effects == {"Allow"}


# The functions below read parts of it.
def _effect(statement: dict[str, Any]) -> str:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicyError(f"Effect is {effect!r}, neither Allow nor Deny")
    return str(effect)


def _applies(statement: Any, arn: str, keys: Keys) -> bool:
    if not isinstance(statement, dict):
        raise MalformedPolicyError("a statement is no object")
    acts = _matches(statement, "Action", lambda pattern: like(pattern.lower(), ACTION.lower()))
    meant = _matches(statement, "Resource", lambda pattern: like(_short(pattern), arn))
    try:
        holds = satisfied(statement.get("Condition") or {}, keys)
    except MalformedConditionError as error:
        raise MalformedPolicyError(str(error)) from error
    return acts and meant and holds


def _matches(statement: dict[str, Any], element: str, matches: Callable[[str], bool]) -> bool:
    named, other = element in statement, f"Not{element}" in statement
    if named == other:
        raise MalformedPolicyError(f"a statement has to have {element} or Not{element}")
    patterns = _listed(statement[element if named else f"Not{element}"])
    if not all(isinstance(pattern, str) for pattern in patterns):
        raise MalformedPolicyError(f"{element} is no text")
    return any(matches(pattern) for pattern in patterns) is named


def _short(pattern: str) -> str:
    if len(pattern) > RESOURCE_CHARACTERS:
        raise MalformedPolicyError(f"a Resource is longer than {RESOURCE_CHARACTERS} characters")
    return pattern


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
