"""The parameters from before expressions: which they are, and that a request has them or expressions, not both.

What they mean is in `expressions.legacy_conditions` and `expressions.legacy_updates`.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.values.wire import Body

LEGACY = (
    "AttributesToGet",
    "AttributeUpdates",
    "QueryFilter",
    "ScanFilter",
    "Expected",
    "ConditionalOperator",
    "KeyConditions",
)
LEGACY_NAMES = frozenset(LEGACY)
EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
    "ConditionExpression",
)


def check_no_mixture(body: Body) -> None:
    """Refuses a request that has both kinds; only KeyConditions go together with another parameter's expression.

    Raises:
        AwsError: ValidationException.
    """
    legacy = [name for name in LEGACY if body.get(name) is not None]
    if not legacy:
        return
    expressions = [name for name in EXPRESSIONS if body.get(name) is not None]
    if "KeyConditionExpression" not in expressions:
        legacy = [name for name in legacy if name != "KeyConditions"]
    if legacy and expressions:
        raise validation(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} Expression parameters: {{{', '.join(expressions)}}}"
        )
