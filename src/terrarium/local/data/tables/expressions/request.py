"""The expressions of one request: parsed, bound to its names and values, and each refusal named after its parameter.

Where a request has the parameters from before expressions instead, these are what it gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.binding import Placeholders
from terrarium.local.data.tables.expressions.condition_grammar import parse_condition
from terrarium.local.data.tables.expressions.legacy_conditions import attributes_of, condition_of
from terrarium.local.data.tables.expressions.legacy_updates import updates_of
from terrarium.local.data.tables.expressions.projection import check_projection
from terrarium.local.data.tables.expressions.projection_grammar import parse_projection
from terrarium.local.data.tables.expressions.tree import Action, Condition, ExpressionError, Path
from terrarium.local.data.tables.expressions.update import check_actions
from terrarium.local.data.tables.expressions.update_grammar import parse_update
from terrarium.local.data.tables.values.check import checked
from terrarium.local.data.tables.values.wire import Body, Item


class Expressions:
    """A request's expressions.

    Args:
        body: The request, or the part of a batch that has expressions.
        parameters: The expression parameters that this operation has.

    Raises:
        AwsError: ValidationException for names or values without any expression, or malformed ones.
    """

    def __init__(self, body: Body, *parameters: str) -> None:
        self._body = body
        _check_wanted(body, parameters)
        self._placeholders = Placeholders(body.get("ExpressionAttributeNames"), _values(body))

    def condition(self, parameter: str = "ConditionExpression") -> Condition | None:
        """The bound condition in that parameter, or None."""
        text = self._body.get(parameter)
        if text is None:
            return condition_of(parameter, self._body)
        with _named(parameter):
            return self._placeholders.condition(parse_condition(text))

    def update(self) -> tuple[Action, ...]:
        """The bound changes of UpdateExpression; none where it is absent."""
        text = self._body.get("UpdateExpression")
        if text is None:
            return updates_of(self._body)
        with _named("UpdateExpression"):
            actions = tuple(self._placeholders.action(action) for action in parse_update(text))
            check_actions(actions)
            return actions

    def projection(self) -> tuple[Path, ...] | None:
        """The bound paths of ProjectionExpression, or None."""
        text = self._body.get("ProjectionExpression")
        if text is None:
            return attributes_of(self._body)
        with _named("ProjectionExpression"):
            paths = tuple(self._placeholders.path(path) for path in parse_projection(text))
            check_projection(paths)
            return paths

    def finish(self) -> None:
        """Refuses names and values that nothing used."""
        self._placeholders.check_all_used()


@contextmanager
def _named(parameter: str) -> Iterator[None]:
    try:
        yield
    except ExpressionError as error:
        raise validation(f"Invalid {parameter}: {error}") from error


def _check_wanted(body: Body, parameters: tuple[str, ...]) -> None:
    used = any(body.get(parameter) is not None for parameter in parameters)
    if body.get("ExpressionAttributeNames") is not None and not used:
        raise validation("ExpressionAttributeNames can only be specified when using expressions")
    with_values = [parameter for parameter in parameters if parameter != "ProjectionExpression"]
    if body.get("ExpressionAttributeValues") is None or any(body.get(each) is not None for each in with_values):
        return
    verb = "are" if len(with_values) > 1 else "is"
    raise validation(
        "ExpressionAttributeValues can only be specified when using expressions: "
        f"{' and '.join(with_values)} {verb} null"
    )


def _values(body: Body) -> Item | None:
    given = body.get("ExpressionAttributeValues")
    return None if given is None else {key: _value(key, value) for key, value in given.items()}


def _value(key: str, value: object) -> dict[str, object]:
    try:
        return checked(value)
    except AwsError as error:
        if error.code != "ValidationException":
            raise
        raise validation(f"ExpressionAttributeValues contains invalid value: {error.message} for key {key}") from error
