"""What an item becomes under a bound update: all operands are read from the item as it was, then the changes are made.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.evaluate import at_path
from terrarium.local.data.tables.expressions.tree import (
    Action,
    Arithmetic,
    Call,
    Constant,
    ExpressionError,
    Operand,
    Path,
)
from terrarium.local.data.tables.expressions.typing_rules import constant_kind
from terrarium.local.data.tables.values import numbers
from terrarium.local.data.tables.values.wire import SETS, AttributeValue, Item, kind_of

_MISSING = "The provided expression refers to an attribute that does not exist in the item"
#: What is said of an operand of the wrong type.
MISMATCH = "An operand in the update expression has an incorrect data type"
_BAD_PATH = "The document path provided in the update expression is invalid for update"
_TYPE_WORDS = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "NULL": "NULL", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}


def check_actions(actions: Sequence[Action]) -> None:
    """Refuses paths that meet each other, and values that ADD and DELETE do not take.

    Raises:
        ExpressionError: As DynamoDB words it.
    """
    for first, second in itertools.combinations(actions, 2):
        _check_paths(first.path, second.path)
    for action in actions:
        if action.clause in ("ADD", "DELETE") and action.operand is not None:
            _check_set_operand(action.clause, constant_kind(action.operand))


def apply(actions: Sequence[Action], item: Item, *, mismatch: str = MISMATCH) -> Item:
    """The item with the changes made; the given one stays as it is.

    Args:
        actions: The changes.
        item: The item as it was.
        mismatch: What is said where ADD or DELETE meets an attribute of another type.

    Raises:
        AwsError: ValidationException where the item does not have what the update needs.
    """
    changed = dict(item)
    for action in actions:
        root = action.path.elements[0]
        if len(action.path.elements) > 1 and root in changed:
            changed[str(root)] = _copied(changed[str(root)])
    removals: list[Path] = []
    for action in actions:
        if action.clause == "REMOVE":
            removals.append(action.path)
            _parent(action.path, changed)
        else:
            _change(action, item, changed, mismatch)
    # List positions count in the item as it was: the highest go first.
    for path in sorted(removals, key=_positions, reverse=True):
        _remove(path, changed)
    return changed


def _copied(value: AttributeValue) -> AttributeValue:
    """A document with all documents inside it anew; what is no document is never changed in place."""
    if "M" in value:
        return {"M": {name: _copied(member) for name, member in value["M"].items()}}
    return {"L": [_copied(member) for member in value["L"]]} if "L" in value else value


def _change(action: Action, before: Item, changed: Item, mismatch: str) -> None:
    assert action.operand is not None, "only REMOVE goes without"
    value = _value(action.operand, before)
    if action.clause != "SET":
        old = at_path(action.path, before)
        if old is not None and kind_of(old) != kind_of(value):
            raise validation(mismatch)
        joined = _added(old, value) if action.clause == "ADD" else _without(old, value)
        if joined is None:
            _remove(action.path, changed)
            return
        value = joined
    _put(action.path, value, changed)


def _value(operand: Operand, item: Item) -> AttributeValue:
    if isinstance(operand, Constant):
        return operand.value
    if isinstance(operand, Arithmetic):
        left, right = _number(operand.left, item), _number(operand.right, item)
        return {"N": numbers.add(left, right) if operand.operator == "+" else numbers.subtract(left, right)}
    if isinstance(operand, Call):
        return _called(operand, item)
    assert isinstance(operand, Path), "placeholders are bound before"
    value = at_path(operand, item)
    if value is None:
        raise validation(_MISSING)
    return value


def _called(call: Call, item: Item) -> AttributeValue:
    first, second = call.operands
    if call.function == "if_not_exists":
        assert isinstance(first, Path), "binding has checked it"
        value = at_path(first, item)
        return _value(second, item) if value is None else value
    head, tail = _value(first, item), _value(second, item)
    if "L" not in head or "L" not in tail:
        raise validation(MISMATCH)
    return {"L": head["L"] + tail["L"]}


def _number(operand: Operand, item: Item) -> str:
    value = _value(operand, item)
    if "N" not in value:
        raise validation(MISMATCH)
    text: str = value["N"]
    return text


def _added(old: AttributeValue | None, value: AttributeValue) -> AttributeValue:
    if old is None:
        return value
    kind = kind_of(value)
    if kind == "N":
        return {"N": numbers.add(old["N"], value["N"])}
    if kind == "L":  # only AttributeUpdates gets here with a list
        return {"L": old["L"] + value["L"]}
    return {kind: old[kind] + [member for member in value[kind] if member not in set(old[kind])]}


def _without(old: AttributeValue | None, value: AttributeValue) -> AttributeValue | None:
    """What is left of a set, or None where nothing is."""
    if old is None:
        return None
    kind = kind_of(value)
    gone = set(value[kind])
    left = [member for member in old[kind] if member not in gone]
    return {kind: left} if left else None


def _put(path: Path, value: AttributeValue, item: Item) -> None:
    parent, last = _parent(path, item), path.elements[-1]
    if isinstance(last, str):
        parent["M"][last] = value
    elif last < len(parent["L"]):
        parent["L"][last] = value
    else:
        parent["L"].append(value)  # past the end means at the end


def _remove(path: Path, item: Item) -> None:
    parent, last = _parent(path, item), path.elements[-1]
    if isinstance(last, str):
        parent["M"].pop(last, None)
    elif last < len(parent["L"]):
        del parent["L"][last]


def _parent(path: Path, item: Item) -> AttributeValue:
    """The document in which a path's last element stands or would stand."""
    parent = at_path(Path(path.elements[:-1]), item)
    wanted = "M" if isinstance(path.elements[-1], str) else "L"
    if parent is None or wanted not in parent:
        raise validation(_BAD_PATH)
    return parent


def _positions(path: Path) -> tuple[int, ...]:
    return tuple(part if isinstance(part, int) else -1 for part in path.elements)


def _check_paths(first: Path, second: Path) -> None:
    for ours, theirs in zip(first.elements, second.elements, strict=False):
        if type(ours) is not type(theirs):
            raise ExpressionError(_meeting("conflict", first, second))
        if ours != theirs:
            return
    raise ExpressionError(_meeting("overlap", first, second))


def _meeting(how: str, first: Path, second: Path) -> str:
    return (
        f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
        f"path one: {first}, path two: {second}"
    )


def _check_set_operand(clause: str, kind: str) -> None:
    if kind not in SETS and not (clause == "ADD" and kind == "N"):
        raise ExpressionError(
            f"Incorrect operand type for operator or function; operator: {clause}, operand type: {_TYPE_WORDS[kind]}"
        )
