"""Conditions are decided as soon as Python knows enough, and stay short until then."""

from __future__ import annotations

import pytest

from terrarium import Architecture, UserError, both, call, choose, either, equals, given, negate
from terrarium.model.expressions import Conditional
from terrarium.model.variables import Variable


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


@pytest.fixture
def on(app: Architecture) -> Variable:
    return app.variable("on", True, "On")


@pytest.fixture
def mode(app: Architecture) -> Variable:
    return app.variable("mode", "A", "Mode")


def test_what_python_knows_is_decided_now(on: Variable) -> None:
    assert choose(True, "a", "b") == "a"
    assert choose(False, "a", "b") == "b"
    assert equals("a", "a") is True
    assert given(None) is False
    assert given("") is True
    assert negate(True) is False
    assert (both(True, on), both(on, True), both(False, on), both(on, False)) == (on, on, False, False)
    assert (either(True, on), either(on, True), either(False, on), either(on, False)) == (True, True, on, on)
    assert (both(True, False), either(True, False), both(True, True), either(False, False)) == (
        False,
        True,
        True,
        False,
    )


def test_what_python_does_not_know_becomes_an_expression(on: Variable, mode: Variable) -> None:
    assert repr(equals(mode, "A")) == "var.mode == 'A'"
    assert repr(equals("A", mode)) == "var.mode == 'A'"
    assert repr(both(on, equals(mode, "A"))) == "var.on && var.mode == 'A'"
    assert repr(either(on, equals(mode, "A"))) == "var.on || var.mode == 'A'"
    assert isinstance(choose(on, "a", "b"), Conditional)


def test_conditions_are_joined_flat_and_once(on: Variable, mode: Variable) -> None:
    three = both(both(on, equals(mode, "A")), both(on, given(mode)))
    assert repr(three) == "var.on && var.mode == 'A' && var.mode != None"
    assert both(on, on) is on


def test_the_opposite_of_an_opposite_is_the_thing_itself(on: Variable, mode: Variable) -> None:
    assert negate(negate(on)) is on
    assert repr(negate(equals(mode, "A"))) == "var.mode != 'A'"
    assert repr(negate(given(mode))) == "var.mode == None"


def test_values_of_a_choice_may_be_text_with_references(on: Variable, mode: Variable) -> None:
    assert repr(choose(on, f"{mode}-x", None)) == '(var.on ? "${var.mode}-x" : None)'


@pytest.mark.parametrize("collection", [[], ["a"], {}, ("a",)])
def test_a_collection_is_not_compared(mode: Variable, collection: object) -> None:
    with pytest.raises(UserError, match="cannot be compared with a collection"):
        equals(mode, collection)


def test_an_unknown_function_is_refused_where_it_is_called(mode: Variable) -> None:
    with pytest.raises(UserError, match="there is no function 'uper'") as caught:
        call("uper", mode)
    assert caught.value.hint == "did you mean 'upper'?"
