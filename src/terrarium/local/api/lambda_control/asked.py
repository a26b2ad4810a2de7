"""One call of Lambda's control plane, as the operations see it, and what an operation is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import LATEST, PATTERN, FunctionName, function_name

# Bodies and answers have the members that each operation defines.
Body = dict[str, Any]
#: Status and body.
Answer = tuple[int, Body | None]


class Asked(Struct, frozen=True):
    """One call: what its path names, its query, its body."""

    names: tuple[str, ...]
    query: Mapping[str, str]
    body: Body
    tag_keys: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        """The function's name, without the rest of its ARN and its qualifier."""
        return self.target.name

    @property
    def qualifier(self) -> str:
        """Which version or alias; empty where none is asked for."""
        return self.target.qualifier

    @property
    def target(self) -> FunctionName:
        """The function, and which version or alias of it."""
        return qualified(self.names[0], self.query.get("Qualifier", ""))


#: What carries out one call. Each group of operations has a table of them: method, path, operation.
Operation = Callable[[Asked], Coroutine[Any, Any, Answer]]
Operations = tuple[tuple[str, str, Operation], ...]


def qualified(identifier: str, qualifier: str = "") -> FunctionName:
    """A function as a call names it: in its path, and in ``Qualifier``.

    Raises:
        AwsError: ``ValidationException`` for no name of a function; ``InvalidParameterValueException`` where the two
            qualifiers differ.
    """
    found = function_name(identifier)
    if found is None:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{identifier}' at 'functionName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {PATTERN.pattern}",
        )
    if found.qualifier and qualifier and found.qualifier != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise AwsError("InvalidParameterValueException", message)
    return FunctionName(found.name, found.qualifier or qualifier)


def same_revision(body: Mapping[str, Any], revision: str) -> None:
    """Refuses a change of what is not any more as its caller last saw it.

    Raises:
        AwsError: ``PreconditionFailedException`` (412).
    """
    if body.get("RevisionId") not in (None, revision):
        message = (
            "The RevisionId provided does not match the latest RevisionId. "
            "Call the GetFunction/GetAlias API to retrieve the latest RevisionId for your resource."
        )
        raise AwsError("PreconditionFailedException", message, 412, Type="User")


def only_latest(asked: Asked) -> None:
    """Refuses to change what was published.

    Raises:
        AwsError: ``InvalidParameterValueException``.
    """
    if asked.qualifier not in ("", LATEST):
        message = f"Only {LATEST} can be changed; {asked.target.target} is published"
        raise AwsError("InvalidParameterValueException", message)


def within(member: str, value: int | None, least: int, most: int | None = None) -> None:
    """Refuses a number that Lambda does not take.

    Args:
        member: What it is of.
        value: The number; None where none was given.
        least: The smallest that is taken.
        most: The largest, if there is one.

    Raises:
        AwsError: ``ValidationException``.
    """
    if value is None or (least <= value and (most is None or value <= most)):
        return
    bound = f"greater than or equal to {least}" if value < least else f"less than or equal to {most}"
    name = f"{member[0].lower()}{member[1:]}"
    raise AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


def not_found(what: str) -> AwsError:
    """Why something that does not exist is refused."""
    return AwsError("ResourceNotFoundException", what, 404, Type="User")


# Pages hold what each operation lists.
def page(
    name: str, items: list[Body], query: Mapping[str, str], *, most: int = 50, marker: Callable[[Body], str]
) -> Body:
    """One page of what an operation lists: what comes after its ``Marker``, and where the next one begins.

    Args:
        name: The member that holds the items.
        items: Everything, in order.
        query: ``Marker`` and ``MaxItems``.
        most: Items on a page at the most.
        marker: What tells an item from the others.
    """
    wanted = query.get("MaxItems", "")
    size = min(int(wanted), most) if wanted.isdigit() and int(wanted) else most
    after = query.get("Marker")
    start = next((place + 1 for place, item in enumerate(items) if marker(item) == after), 0) if after else 0
    shown = items[start : start + size]
    more = start + size < len(items)
    return {name: shown} | ({"NextMarker": marker(shown[-1])} if more and shown else {})
