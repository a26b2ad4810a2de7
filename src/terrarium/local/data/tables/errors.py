"""DynamoDB's refusals in DynamoDB's words, so that each text stands in one place.

Error codes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.values.wire import Item

CONDITION_FAILED = "The conditional request failed"
INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "


class ItemRefusedError(AwsError):
    """An item or key does not suit its table; in a transaction this is the reason of its part, elsewhere the answer."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def validation(message: str) -> AwsError:
    """The request is malformed or asks for what the table does not allow."""
    return AwsError("ValidationException", message)


def invalid(message: str) -> AwsError:
    """A parameter's value breaks a rule; the text gets AWS's customary opening."""
    return validation(INVALID + message)


def serialization(message: str) -> AwsError:
    """The JSON has another type than the operation's shape."""
    return AwsError("SerializationException", message)


def not_found(message: str = "Requested resource not found") -> AwsError:
    """No such table, index, stream or shard."""
    return AwsError("ResourceNotFoundException", message)


def table_not_found(name: str) -> AwsError:
    """What operations on tables, unlike those on items, say of a missing table."""
    return not_found(f"Requested resource not found: Table: {name} not found")


def table_unknown(name: str) -> AwsError:
    """What operations on backups and recovery say of a missing table."""
    return AwsError("TableNotFoundException", f"Table not found: {name}")


def in_use(message: str) -> AwsError:
    """The resource exists already, or is being changed."""
    return AwsError("ResourceInUseException", message)


def limit_exceeded(message: str) -> AwsError:
    """A quota of the account or table."""
    return AwsError("LimitExceededException", message)


def condition_failed(item: Item | None = None) -> AwsError:
    """The condition does not hold; `item` is what ReturnValuesOnConditionCheckFailure asked to see."""
    fields: dict[str, Any] = {} if item is None else {"Item": item}  # error members are JSON of any shape
    return AwsError("ConditionalCheckFailedException", CONDITION_FAILED, **fields)


def throttled(arn: str, direction: str, *, index: bool = False) -> AwsError:
    """More than the provisioned capacity and its burst credit.

    Args:
        arn: The table or index.
        direction: ``Read`` or ``Write``.
        index: Whether it is an index.
    """
    whose = "one or more global secondary indexes of the table was exceeded" if index else "the table was exceeded"
    remedy = " for the under-provisioned global secondary indexes" if index else ""
    return AwsError(
        "ProvisionedThroughputExceededException",
        f"The level of configured provisioned throughput for {whose}. "
        f"Consider increasing your provisioning level{remedy} with the UpdateTable API.",
        ThrottlingReasons=[_throttling_reason(arn, direction, "ProvisionedThroughputExceeded", index=index)],
    )


def over_ceiling(arn: str, direction: str, *, index: bool = False) -> AwsError:
    """More than the OnDemandThroughput that a table which pays per request, or its index, has been given."""
    return AwsError(
        "ThrottlingException",
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index.",
        throttlingReasons=[_throttling_reason(arn, direction, "MaxOnDemandThroughputExceeded", index=index)],
    )


def _throttling_reason(arn: str, direction: str, limit: str, *, index: bool) -> dict[str, str]:
    return {"reason": f"{'Index' if index else 'Table'}{direction}{limit}", "resource": arn}


def internal(detail: str) -> AwsError:
    """The engine itself cannot go on, for example because the disk is full."""
    return AwsError("InternalServerError", f"Internal server error: {detail}", 500)
