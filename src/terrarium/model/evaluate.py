"""One partial evaluator: for what a deployer chose, and again for what AWS (or the laptop in its place) decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from terrarium.errors import UserError
from terrarium.model.expressions import (
    Bundle,
    Call,
    Conditional,
    Each,
    Every,
    Export,
    Expression,
    Index,
    Operation,
    Ref,
    Template,
    Value,
)
from terrarium.model.functions import FILE_FUNCTIONS, FUNCTIONS, OPERATORS, normal, text_of, truth
from terrarium.model.graph import Resource
from terrarium.model.variables import REQUIRED, Variable


class Item(Struct, frozen=True):
    """The item for which one copy of a resource exists."""

    key: str
    value: Value


class Known(Struct, frozen=True):
    """What is known at the moment.

    Attributes:
        variables: Values chosen, by the variables' names; the defaults count for the rest.
        resources: What AWS decided: attributes and their values, per resource and key of the item (None where it exists
            once).
        item: The item for which the resource at hand exists, if it exists per item.
        over: What that item is one of.
        files: Gives what a function of files gives for a bundle's zip; without it such a call stays as it is.
    """

    variables: Mapping[str, Value] = field(default_factory=dict)
    resources: Mapping[Resource, Mapping[str | None, Mapping[str, Any]]] = field(
        default_factory=dict
    )  # any JSON values
    item: Item | None = None
    over: Each | None = None
    files: Callable[[str, Bundle], str] | None = None

    def at(self, item: Item | None, over: Each | None) -> Known:
        """The same for one copy of a resource."""
        return replace(self, item=item, over=over)


def evaluate(value: Value, known: Known) -> Value:
    """The value, or what is left of the expression where something is still unknown.

    Raises:
        UserError: A variable that has no default was not given, or a function refuses its arguments.
    """
    if isinstance(value, dict):
        return {evaluate(key, known): evaluate(item, known) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [evaluate(item, known) for item in value]
    return _expression(value, known) if isinstance(value, Expression) else value


def is_known(value: Value) -> bool:
    """Whether nothing in a value is left to be decided. A bundle of code is known: it is a place on disk."""
    if isinstance(value, dict):
        return all(is_known(key) and is_known(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(is_known, value))
    return not isinstance(value, Expression) or isinstance(value, Bundle)


def _expression(value: Expression, known: Known) -> Value:
    match value:
        case Variable():
            return _variable(value, known)
        case Ref():
            return _ref(value, known)
        case Every(of=of):
            return _every(value, of, known)
        case Export(module=module, name=name):
            return evaluate(module.exports[name], known)
        case Each():
            return known.item.value if known.item is not None else value
        case Conditional():
            return _conditional(value, known)
        case Template(parts=parts):
            return _template([evaluate(part, known) for part in parts], value)
        case Index(of=of, key=key):
            return _index(evaluate(of, known), key, value)
        case Operation(operator=operator, operands=operands):
            return _operation(operator, [evaluate(operand, known) for operand in operands], value)
        case Call(function=function, arguments=arguments):
            return _call(function, [evaluate(argument, known) for argument in arguments], value, known)
        case _:
            return value


def _variable(variable: Variable, known: Known) -> Value:
    if variable.name in known.variables:
        return known.variables[variable.name]
    if variable.default is REQUIRED:
        raise UserError(
            f"{variable.name} has no value", where=variable.where, hint=f"give one: --var {variable.name}=…"
        )
    return variable.default


def decided(resource: Resource, known: Known) -> bool | None:
    """Whether a resource exists; nothing where that is undecided.

    Raises:
        UserError: Its condition turned out to be no condition.
    """
    if resource.when is True:
        return True
    when = evaluate(resource.when, known)
    return None if isinstance(when, Expression) else _truth(when, resource.when)


def _truth(value: Value, said: Value) -> bool:
    try:
        return truth(value)
    except ValueError as error:
        raise UserError(f"{said!r} is no condition: {error}") from error


def _ref(ref: Ref, known: Known) -> Value:
    resource = ref.resource
    if decided(resource, known) is False:
        return None
    if not _is_here(resource, known):
        return ref
    copies = known.resources.get(resource)
    if copies is not None:
        copy = copies.get(known.item.key if resource.each is not None and known.item is not None else None)
        if copy is not None and ref.attribute in copy:
            return copy[ref.attribute]
        if copy is not None and _left_to_aws(ref):
            return None  # AWS has decided, and nothing was set
    return evaluate(resource.attributes[ref.attribute], known) if ref.attribute in resource.attributes else ref


def _left_to_aws(ref: Ref) -> bool:
    return ref.attribute in ref.resource.schema.attributes and ref.attribute not in ref.resource.attributes


def _is_here(resource: Resource, known: Known) -> bool:
    """Whether a reference means one copy: the resource exists once, or for the same item."""
    return resource.each is None or (known.over is not None and resource.each == known.over)


def _every(value: Every, of: Ref, known: Known) -> Value:
    if decided(of.resource, known) is False:
        return []
    copies = known.resources.get(of.resource)
    if copies is None:
        return value
    return [copies[key].get(of.attribute) for key in sorted(copies, key=str)]


def _conditional(value: Conditional, known: Known) -> Value:
    condition = evaluate(value.condition, known)
    if isinstance(condition, Expression):
        return Conditional(condition, evaluate(value.yes, known), evaluate(value.no, known))
    taken, left = (value.yes, value.no) if _truth(condition, value.condition) else (value.no, value.yes)
    return _converted(evaluate(taken, known), left)


def _converted(taken: Value, left: Value) -> Value:
    """The chosen value as the type that both have in common: beside a text, a number or a bool becomes text."""
    if not isinstance(taken, (bool, int, float)):
        return taken
    if _is_text(left):
        return text_of(taken)
    if isinstance(left, (bool, int, float)) and isinstance(left, bool) != isinstance(taken, bool):
        raise UserError(f"a choice between {taken!r} and {left!r} has no type: one is a bool, the other a number")
    return taken


def _is_text(value: Value) -> bool:
    if isinstance(value, Ref):
        attribute = value.resource.schema.attributes.get(value.attribute)
        return attribute is not None and attribute.type == "string"
    return isinstance(value, (str, Template)) or (isinstance(value, Variable) and value.type == "string")


def _template(parts: list[Value], whole: Template) -> Value:
    if any(isinstance(part, Expression) for part in parts):
        return Template(tuple(parts))
    try:
        return normal("".join(map(text_of, parts)))
    except ValueError as error:
        absent = [repr(inner) for inner, part in zip(whole.parts, parts, strict=True) if not isinstance(part, str)]
        raise UserError(f"{whole!r} has no value, because of {' and '.join(absent)}: {error}") from error


def _index(of: Value, key: int | str, whole: Index) -> Value:
    if isinstance(of, Expression):
        return Index(of, key)
    if of is None:
        return None
    try:
        return of[key]
    except (KeyError, IndexError, TypeError):
        raise UserError(f"{whole!r} does not exist") from None


def _operation(operator: str, operands: list[Value], whole: Operation) -> Value:
    if operator in ("&&", "||"):
        return _logical(operator, operands, whole)
    if not is_known(operands):
        return Operation(operator, tuple(operands))
    try:
        return OPERATORS[operator](*operands)
    except ValueError as error:
        raise UserError(f"{whole!r} has no value: {error}") from error


def _logical(operator: str, operands: list[Value], whole: Operation) -> Value:
    """A condition is decided as soon as one side decides it."""
    deciding = operator == "||"
    left = [operand for operand in operands if isinstance(operand, Expression)]
    known = [_truth(operand, whole) for operand in operands if not isinstance(operand, Expression)]
    if deciding in known:
        return deciding
    if not left:
        return not deciding
    return left[0] if len(left) == 1 else Operation(operator, tuple(left))


def _call(function: str, arguments: list[Value], whole: Call, known: Known) -> Value:
    if known.files is not None and function in FILE_FUNCTIONS and isinstance(arguments[0], Bundle):
        return known.files(function, arguments[0])
    if function not in FUNCTIONS or not is_known(arguments):
        return Call(function, tuple(arguments))
    try:
        return normal(FUNCTIONS[function](*arguments))
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{whole!r} has no value: {error}") from error
