"""What engines hold beyond what the registry names."""

from __future__ import annotations

from collections.abc import Iterator

from terrarium.local.kinds.held import is_made_by_call, made, made_by_calls
from terrarium.local.kinds.kind import Passive
from terrarium.local.registry import Entry, Registry


class Shelf(Passive):
    """A kind whose engine holds two tables."""

    def held(self) -> Iterator[Entry]:
        return (made("aws_dynamodb_table", "name", name) for name in ("written", "called"))


def test_what_the_registry_names_is_not_made_by_a_call() -> None:
    registry = Registry()
    registry.put(Entry("aws_dynamodb_table.one", "aws_dynamodb_table", {"name": "written"}, state="alive"))
    found = list(made_by_calls([Shelf(), Passive()], registry))
    assert [(one.address, one.state, one["name"]) for one in found] == [
        ("api.aws_dynamodb_table.called", "alive", "called")
    ]
    assert is_made_by_call(found[0])
    assert not any(map(is_made_by_call, registry))
