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


EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
    "ConditionExpression",
)


def check_no_legacy(operation: str, body: Body) -> None:
    """Refuses a body that has one; DynamoDB itself refuses those that mix them with expressions.

    Raises:
        AwsError: ValidationException.
    """
    legacy = [name for name in REPLACED if body.get(name) is not None]
    if not legacy:
        return
    if expressions := [name for name in EXPRESSIONS if body.get(name) is not None]:
        raise validation(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} Expression parameters: {{{', '.join(expressions)}}}"
        )
    raise validation(
        f"The legacy parameter {legacy[0]} of {operation} is not supported here: use {REPLACED[legacy[0]]}"
    )
