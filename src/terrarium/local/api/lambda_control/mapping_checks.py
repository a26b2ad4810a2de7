"""What Lambda refuses of a mapping's settings, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.catalog.stream_mappings import BOUNDS, LEAST_AGE, STARTING_POSITIONS
from terrarium.local.api.lambda_control.names import attribute_name
from terrarium.local.aws_error import AwsError


# Bodies have members of any type.
def check_numbers(body: Mapping[str, Any]) -> None:
    """Refuses numbers that are out of bounds.

    Raises:
        AwsError: ``ValidationException``; ``InvalidParameterValueException`` for an age that is not allowed.
    """
    faults = []
    for member, value in body.items():
        bounds = BOUNDS.get(attribute_name(member))
        if bounds is None or value is None or bounds[0] <= value <= bounds[1]:
            continue
        which, bound = ("greater", bounds[0]) if value < bounds[0] else ("less", bounds[1])
        faults.append(
            f"Value '{value}' at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: "
            f"Member must have value {which} than or equal to {bound}"
        )
    if faults:
        errors = "error" if len(faults) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(faults)} validation {errors} detected: {'; '.join(faults)}")
    age = body.get("MaximumRecordAgeInSeconds")
    if age is not None and -1 < age < LEAST_AGE:
        raise _refused(f"MaximumRecordAgeInSeconds is -1, or at least {LEAST_AGE}, and not {age}.")


def check_position(body: Mapping[str, Any]) -> None:
    """Refuses a starting position that a table's stream does not have, and none at all.

    Raises:
        AwsError: ``InvalidParameterValueException``.
    """
    position = body.get("StartingPosition")
    if position is None:
        raise _refused(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position not in STARTING_POSITIONS:
        raise _refused(f"Unsupported starting position for arn type: {body.get('EventSourceArn')}")


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, Type="User")
