"""One evaluator for what a deployer chose and for what AWS decided: it gives the value, or what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terrarium import Architecture, UserError, both, bundle, call, choose, either, equals, given, negate
from terrarium.model.evaluate import Item, Known, evaluate, is_known
from terrarium.model.expressions import Ref, Template, entered


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def test_a_variable_is_what_was_chosen_else_its_default(app: Architecture) -> None:
    mode = app.variable("mode", "A", "Mode")
    assert evaluate(mode, Known()) == "A"
    assert evaluate(mode, Known({"mode": "B"})) == "B"


def test_a_variable_without_default_must_be_chosen(app: Architecture) -> None:
    mode = app.variable("mode", description="Mode", type="string")
    with pytest.raises(UserError, match="mode has no value") as caught:
        evaluate(mode, Known())
    assert caught.value.hint == "give one: --var mode=…"


def test_values_are_found_wherever_they_stand(app: Architecture) -> None:
    mode = app.variable("mode", "A", "Mode")
    value = entered({"list": [mode, {"map": f"x{mode}"}], f"{mode}-key": (mode,)})
    assert evaluate(value, Known()) == {"list": ["A", {"map": "xA"}], "A-key": ["A"]}


def test_what_aws_decides_stays_until_it_has(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name="q")
    text = entered(f"to {queue['arn']}")
    assert evaluate(text, Known()) == Template(("to ", queue["arn"]))
    assert evaluate(text, Known(resources={queue: {None: {"arn": "arn:q"}}})) == "to arn:q"


def test_what_was_written_is_known_before_aws_says_anything(app: Architecture) -> None:
    mode = app.variable("mode", "A", "Mode")
    queue = app.add("aws_sqs_queue", "q", name=f"q-{mode}")
    assert evaluate(queue["name"], Known()) == "q-A"


def test_what_was_not_set_is_null_once_the_resource_is_there(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name="q")
    assert evaluate(queue["policy"], Known(resources={queue: {None: {"arn": "arn:q"}}})) is None


def test_a_reference_to_what_does_not_exist_is_null(app: Architecture) -> None:
    on = app.variable("on", False, "On")
    queue = app.add("aws_sqs_queue", "q", when=on, name="q")
    assert evaluate(queue["arn"], Known()) is None
    assert evaluate(queue.every("arn"), Known()) == []
    assert isinstance(evaluate(queue["arn"], Known({"on": True})), Ref)


def test_null_has_no_text(app: Architecture) -> None:
    name = app.variable("name", None, "Name", type="string")
    with pytest.raises(UserError, match=r"because of var\.name: null has no text"):
        evaluate(entered(f"x{name}"), Known())


def test_numbers_and_bools_become_text_as_in_terraform(app: Architecture) -> None:
    values: dict[str, Any] = {"a": True, "b": 1.0, "c": 0.5, "d": 1e21, "e": 1e-7, "f": -3}
    text = "".join(f"{app.variable(name, value, name)} " for name, value in values.items())
    assert evaluate(entered(text), Known()) == "true 1 0.5 1000000000000000000000 0.0000001 -3 "


def test_a_reference_to_one_of_several_is_to_the_same_item(app: Architecture) -> None:
    names = app.variable("names", ["a", "b"], "Names")
    queue = app.add("aws_sqs_queue", "q", name=names.each)
    known = Known(resources={queue: {"b": {"arn": "arn:b"}, "a": {"arn": "arn:a"}}})
    assert evaluate(queue["arn"], known.at(Item("b", "b"), queue.each)) == "arn:b"
    assert evaluate(queue["name"], Known().at(Item("b", "b"), queue.each)) == "b"
    assert evaluate(queue["arn"], known) == queue["arn"]
    assert evaluate(queue.every("arn"), known) == ["arn:a", "arn:b"]


def test_an_export_is_what_was_exported(app: Architecture) -> None:
    module = app.module("m")
    module.export(x=[app.variable("v", "a", "V")])
    assert evaluate(module.x[0], Known()) == "a"


def test_an_item_that_is_not_there_is_an_error(app: Architecture) -> None:
    names = app.variable("names", ["a"], "Names")
    with pytest.raises(UserError, match=r"var\.names\[3\] does not exist"):
        evaluate(names[3], Known())


def test_a_choice_takes_its_side_and_leaves_the_other_alone(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    impossible = call("one", ["a", "b"])
    assert evaluate(choose(on, "a", impossible), Known()) == "a"
    assert evaluate(choose(on, impossible, "b"), Known({"on": False})) == "b"


def test_a_choice_beside_text_gives_text(app: Architecture) -> None:
    on = app.variable("on", False, "On")
    assert evaluate(choose(on, "a", 1), Known()) == "1"
    assert evaluate(choose(on, app.variable("v", "x", "V"), True), Known()) == "true"


def test_a_choice_between_a_bool_and_a_number_has_no_type(app: Architecture) -> None:
    on = app.variable("on", False, "On")
    with pytest.raises(UserError, match="has no type"):
        evaluate(choose(on, True, 1), Known())


def test_one_side_can_decide_a_condition(app: Architecture) -> None:
    on = app.variable("on", False, "On")
    unknown = equals(app.add("aws_sqs_queue", "q")["arn"], "x")
    assert evaluate(both(on, unknown), Known()) is False
    assert evaluate(either(negate(on), unknown), Known()) is True
    assert evaluate(both(negate(on), unknown), Known()) == unknown
    assert evaluate(either(on, unknown), Known()) == unknown


def test_types_are_told_apart_when_compared(app: Architecture) -> None:
    number = app.variable("number", 1, "N")
    for other, same in ((1, True), (1.0, True), ("1", False), (True, False), (None, False)):
        assert evaluate(equals(number, other), Known()) is same
    assert evaluate(given(number), Known()) is True


def test_text_of_a_bool_is_a_condition_and_other_text_is_not(app: Architecture) -> None:
    text = app.variable("text", "false", "T")
    assert evaluate(negate(text), Known()) is True
    with pytest.raises(UserError, match="neither true nor false"):
        evaluate(both(text, negate(text)), Known({"text": "maybe"}))


def test_a_refused_call_names_itself(app: Architecture) -> None:
    names = app.variable("names", ["a", "b"], "N")
    with pytest.raises(UserError, match=r"one\(var\.names\) has no value: the list must have no item, or one"):
        evaluate(call("one", names), Known())


def test_a_call_waits_for_its_arguments(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    mode = app.variable("mode", "a", "M")
    left = evaluate(call("join", "-", [mode, queue["arn"]]), Known())
    assert repr(left) == "join('-', ['a', aws_sqs_queue.q.arn])"
    assert not is_known(left)


def test_a_bundle_is_known_and_its_hash_is_for_whoever_has_the_files(app: Architecture, tmp_path: Path) -> None:
    code = bundle("code", code=tmp_path)
    digest = call("filemd5", code)
    assert is_known([code])
    assert evaluate(digest, Known()) == digest
    assert evaluate(digest, Known(files=lambda function, given: f"{function} of {given.name}")) == "filemd5 of code"
