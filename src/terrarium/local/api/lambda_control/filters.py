"""Filters of event source mappings, between Lambda's API and Terraform's attributes.

https://docs.aws.amazon.com/lambda/latest/api/API_FilterCriteria.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.analysis.event_pattern import PatternError, compile_event_pattern
from terrarium.local.aws_error import AwsError

#: AWS's default; it can be raised to 10 for an account:
#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
MOST = 5


# Bodies and attributes have members of any type.
def filter_attributes(body: Mapping[str, Any]) -> dict[str, Any]:
    """The call's filters as ``filter_criteria``; nothing where it does not speak of them.

    Raises:
        AwsError: ``InvalidParameterValueException``: there are too many, or one is no pattern.
    """
    if body.get("FilterCriteria") is None:
        return {}
    filters = body["FilterCriteria"].get("Filters") or []
    if len(filters) > MOST:
        raise _refused(f"An event source mapping has at most {MOST} filters, and {len(filters)} were given.")
    patterns = [_checked(one.get("Pattern")) for one in filters]
    return {"filter_criteria": [{"filter": [{"pattern": pattern} for pattern in patterns]}] if patterns else []}


def described_filters(values: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping's filters as the API describes them; nothing where it has none."""
    filters = [one["pattern"] for block in values.get("filter_criteria") or [] for one in block.get("filter") or []]
    return {"FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in filters]}} if filters else {}


def _checked(pattern: Any) -> str:
    """The pattern. AWS does not say what is wrong with one that is none."""
    try:
        compile_event_pattern(pattern if isinstance(pattern, str) else "")
    except PatternError:
        raise _refused("Invalid filter pattern definition.") from None
    return str(pattern)


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, Type="User")
