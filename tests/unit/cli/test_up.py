"""Variables as a person types them."""

from __future__ import annotations

import pytest

from terrarium import Architecture
from terrarium.cli.up import values_of
from terrarium.errors import UserError


def app() -> Architecture:
    made = Architecture("shop")
    made.variable("size", "small", "Size")
    made.variable("zones", ["a"], "Zones")
    made.variable("tags", {"a": "b"}, "Tags")
    return made


def test_texts_become_values_of_the_variables_types() -> None:
    assert values_of(["size=large=x", 'zones=["a", "b"]', 'tags={"c": "d"}'], app()) == {
        "size": "large=x",
        "zones": ["a", "b"],
        "tags": {"c": "d"},
    }


@pytest.mark.parametrize(("text", "message"), [("size", "has no value"), ("zones=a,b", "zones is a list")])
def test_what_cannot_be_read_is_explained(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        values_of([text], app())
