"""Numbers that have bounds."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium import Architecture
from terrarium.errors import UserError
from terrarium.terraform.write import write


def declared(**bounds: Any) -> Architecture:
    app = Architecture("shop")
    app.variable("rate", 5, "Rate", **bounds)
    return app


@pytest.mark.parametrize("value", [1, 10, "7", 2.5])
def test_a_number_within_its_bounds_is_taken(value: Any) -> None:
    assert declared(at_least=1, at_most=10).variables["rate"].accepted(value) == float(value)


@pytest.mark.parametrize(
    ("bounds", "value", "hint"),
    [
        ({"at_least": 1}, 0, "it must be at least 1"),
        ({"at_most": 10}, 10.5, "it must be at most 10"),
        ({"at_least": 1, "at_most": 10}, "11", "it must be at least 1 and at most 10"),
    ],
)
def test_a_number_beyond_them_is_refused(bounds: dict[str, Any], value: Any, hint: str) -> None:
    with pytest.raises(UserError) as refused:
        declared(**bounds).variables["rate"].accepted(value)
    assert refused.value.hint == hint


def test_a_default_beyond_its_own_bounds_is_refused() -> None:
    with pytest.raises(UserError):
        declared(at_least=6)


def test_only_numbers_have_bounds() -> None:
    with pytest.raises(UserError, match="only a number has bounds"):
        Architecture("shop").variable("name", "x", "Name", at_most=3)


def test_terraform_checks_the_same() -> None:
    text = write(declared(at_least=1, at_most=10), "hcl")["variables.tf"]
    assert "condition     = var.rate >= 1 && var.rate <= 10" in text
    assert 'error_message = "rate must be at least 1 and at most 10."' in text


@pytest.mark.parametrize("name", ["source", "for_each", "2nd", "a b", ""])
def test_a_name_that_terraform_would_refuse_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a variable"):
        Architecture("shop").variable(name, "x", "Anything")
