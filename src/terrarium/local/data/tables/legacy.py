"""The parameters from before expressions: refused in so many words, for a silent difference would be worse.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.values.wire import Body

REPLACED: Mapping[str, str] = {
    "AttributesToGet": "ProjectionExpression",
    "AttributeUpdates": "UpdateExpression",
    "ConditionalOperator": "ConditionExpression or FilterExpression",
    "Expected": "ConditionExpression",
    "KeyConditions": "KeyConditionExpression",
    "QueryFilter": "FilterExpression",
    "ScanFilter": "FilterExpression",
}


def check_no_legacy(operation: str, body: Body) -> None:
    """Refuses a body that has one.

    Raises:
        AwsError: ValidationException.
    """
    for parameter, replacement in REPLACED.items():
        if body.get(parameter) is not None:
            raise validation(
                f"The legacy parameter {parameter} of {operation} is not supported here: use {replacement}"
            )
