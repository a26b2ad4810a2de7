"""AttributeUpdates, as the changes that an update expression becomes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.local.data.tables.errors import invalid
from terrarium.local.data.tables.expressions.tree import Action, Constant, Path
from terrarium.local.data.tables.values.check import checked
from terrarium.local.data.tables.values.wire import SETS, Body, kind_of

#: What is said where ADD or DELETE meets an attribute of another type.
MISMATCH = "Type mismatch for attribute to update"
_CLAUSES = {"PUT": "SET", "ADD": "ADD", "DELETE": "DELETE"}
_ADDABLE = frozenset({"N", "L", *SETS})


def updates_of(body: Body) -> tuple[Action, ...]:
    """The changes that AttributeUpdates asks for; none where it is absent. Its names are names of whole attributes.

    Raises:
        AwsError: ValidationException for an action that does not take its value.
    """
    return tuple(_action(attribute, given) for attribute, given in (body.get("AttributeUpdates") or {}).items())


# Any: JSON that the shape check has passed.
def _action(attribute: str, given: Mapping[str, Any]) -> Action:
    action, path = given.get("Action") or "PUT", Path((attribute,))
    if given.get("Value") is None:
        if action != "DELETE":
            raise invalid("Only DELETE action is allowed when no attribute value is specified")
        return Action("REMOVE", path, None)
    value = checked(given["Value"])
    kind = kind_of(value)
    if action == "DELETE" and kind not in SETS:
        raise invalid(f"DELETE action with value is not supported for the type {kind}")
    if action == "ADD" and kind not in _ADDABLE:
        raise invalid(f"ADD action is not supported for the type {kind}")
    return Action(_CLAUSES[action], path, Constant(value))
