"""The graph for given choices."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium import Architecture, UserError, choose, equals
from terrarium.model.resolve import Resolved, resolve


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def addresses(resolved: Resolved) -> list[str]:
    return [instance.address for instance in resolved.instances]


def test_what_a_deployer_leaves_out_is_not_there(app: Architecture) -> None:
    on = app.variable("on", False, "On")
    app.add("aws_sqs_queue", "always")
    app.module("m").add("aws_sqs_queue", "sometimes", when=on)
    assert addresses(resolve(app)) == ["aws_sqs_queue.always"]
    assert addresses(resolve(app, {"on": True})) == ["module.m.aws_sqs_queue.sometimes", "aws_sqs_queue.always"]


def test_there_is_one_per_item_in_the_order_of_keys(app: Architecture) -> None:
    names = app.variable("names", ["b", "a", "b"], "Names")
    app.add("aws_sqs_queue", "q", name=f"x-{names.each}")
    resolved = resolve(app)
    assert addresses(resolved) == ['aws_sqs_queue.q["a"]', 'aws_sqs_queue.q["b"]']
    assert [instance.attributes["name"] for instance in resolved.instances] == ["x-a", "x-b"]


def test_there_is_one_per_entry_of_a_mapping(app: Architecture) -> None:
    sizes = app.variable("sizes", {"small": "1", "large": "9"}, "Sizes")
    app.add("aws_sqs_queue", "q", name=sizes.each)
    attributes = {instance.address: instance.attributes["name"] for instance in resolve(app).instances}
    assert attributes == {'aws_sqs_queue.q["large"]': "9", 'aws_sqs_queue.q["small"]': "1"}


def test_there_is_one_per_object_told_apart_by_a_key(app: Architecture) -> None:
    routes: Any = [{"name": "b", "to": 2}, {"name": "a", "to": 1}]
    kind = "list(object({ name = string, to = number }))"
    route = app.variable("routes", routes, "Routes", type=kind).each_by("name")
    app.add("aws_sqs_queue", "q", name=route["name"], delay_seconds=route["to"])
    assert [instance.attributes for instance in resolve(app).instances] == [
        {"name": "a", "delay_seconds": 1},
        {"name": "b", "delay_seconds": 2},
    ]


def test_items_that_aws_decides_are_one_until_then(app: Architecture) -> None:
    certificate = app.add("aws_acm_certificate", "c", domain_name="x.com", validation_method="DNS")
    option = certificate["domain_validation_options"].each_by("domain_name")
    app.add("aws_sqs_queue", "q", name=option["resource_record_name"])
    assert addresses(resolve(app))[-1] == "aws_sqs_queue.q"


def test_attributes_and_blocks_that_are_null_are_not_there(app: Architecture) -> None:
    mode = app.variable("mode", "A", "Mode")
    expires = choose(equals(mode, "B"), {"attribute_name": "at"}, None)
    app.add("aws_dynamodb_table", "t", name="t", hash_key=choose(equals(mode, "B"), "id", None), ttl=expires)
    assert resolve(app).instances[0].attributes == {"name": "t", "ttl": []}
    assert resolve(app, {"mode": "B"}).instances[0].attributes == {
        "name": "t",
        "hash_key": "id",
        "ttl": [{"attribute_name": "at"}],
    }


def test_outputs_and_region_are_resolved(app: Architecture) -> None:
    app.region = app.variable("region", "eu-west-1", "Region")
    app.output("where", f"in {app.region}", "Where")
    resolved = resolve(app)
    assert (resolved.region, resolved.outputs) == ("eu-west-1", {"where": "in eu-west-1"})


def test_an_unknown_choice_is_refused_with_the_nearest(app: Architecture) -> None:
    app.variable("region", "eu-west-1", "Region")
    with pytest.raises(UserError, match="shop has no variable 'regoin'") as caught:
        resolve(app, {"regoin": "x"})
    assert caught.value.hint == "did you mean 'region'?"


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("number", "5", 5),
        ("number", "0.5", 0.5),
        ("bool", "true", True),
        ("string", 5, "5"),
        ("string", 1e21, "1000000000000000000000"),
        ("string", True, "true"),
        ("list(number)", ["1", 2], [1, 2]),
        ("map(string)", {"a": 1}, {"a": "1"}),
        ("set(string)", ["b", "a", "b"], ["a", "b"]),
    ],
)
def test_choices_are_converted_as_terraform_converts(app: Architecture, kind: str, given: Any, value: Any) -> None:
    app.variable("v", description="V", type=kind)
    made = resolve(app, {"v": given}).variables["v"]
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [("number", "five"), ("bool", 1), ("list(string)", "a"), ("map(string)", ["a"]), ("string", None)],
)
def test_a_choice_of_another_type_is_refused(app: Architecture, kind: str, given: Any) -> None:
    app.variable("v", description="V", type=kind)
    with pytest.raises(UserError, match="does not fit its type"):
        resolve(app, {"v": given})


def test_only_what_is_allowed_can_be_chosen(app: Architecture) -> None:
    app.variable("mode", "A", "Mode", one_of=["A", "B"])
    app.variable("name", "ab", "Name", matches="^[a-z]+$")
    with pytest.raises(UserError, match="mode = 'C' is not allowed") as caught:
        resolve(app, {"mode": "C"})
    assert caught.value.hint == "it must be one of A, B"
    with pytest.raises(UserError, match=r"name = 'ab\\n' is not allowed"):
        resolve(app, {"name": "ab\n"})


def test_a_default_that_is_not_allowed_is_refused_where_it_is_written(app: Architecture) -> None:
    with pytest.raises(UserError, match="mode = 'C' is not allowed"):
        app.variable("mode", "C", "Mode", one_of=["A", "B"])


def test_a_type_that_nothing_tells_must_be_said(app: Architecture) -> None:
    with pytest.raises(UserError, match="is not told by its default"):
        app.variable("v", None, "V")
    with pytest.raises(UserError, match="is not told by its default"):
        app.variable("w", description="W")
