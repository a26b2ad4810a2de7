"""Long lists in pages: a marker names the first of the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

_LARGEST = 400


# Parameters and results have the members that each operation defines.
def page(
    member: str, entries: Sequence[Entry], asked: Mapping[str, Any], tell: Callable[[Entry], Any]
) -> dict[str, Any]:
    """One page of resources.

    Args:
        member: What the list is called in the answer.
        entries: All of them.
        asked: Where ``Marker`` and ``PageSize`` stand.
        tell: Describes one.

    Raises:
        AwsError: ``ValidationError`` for a marker that is none.
    """
    addresses = [entry.address for entry in entries]
    marker = asked.get("Marker")
    if marker and marker not in addresses:
        raise AwsError("ValidationError", f"The marker '{marker}' is not valid")
    first = addresses.index(marker) if marker else 0
    last = first + int(asked.get("PageSize", _LARGEST))
    following = {"NextMarker": addresses[last]} if last < len(addresses) else {}
    return {member: [tell(entry) for entry in entries[first:last]], **following}
