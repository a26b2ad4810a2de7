"""Scopes, conditions, items, exports: how resources of an architecture stand together."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium import Architecture, UserError, aws, both, call, equals, given
from terrarium.model.order import check_circles, dependencies, in_order


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def test_everything_inside_when_is_optional(app: Architecture) -> None:
    outer, inner = app.variable("outer", True, "O"), app.variable("inner", True, "I")
    with app.when(outer), app.when(inner):
        queue = app.add("aws_sqs_queue", "q", when=equals(outer, False))
    after = app.add("aws_sqs_queue", "after")
    assert repr(queue.when) == "var.outer && var.inner && var.outer == False"
    assert after.when is True


def test_a_condition_that_python_knows_is_no_condition(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    assert app.add("aws_sqs_queue", "a", when=both(True, on)).when is on
    with app.when(False):
        assert app.add("aws_sqs_queue", "b", when=on).when is False


@pytest.mark.parametrize("when", ["yes", None, 1, []])
def test_only_conditions_are_conditions(app: Architecture, when: Any) -> None:
    with pytest.raises(UserError, match="is no condition"):
        app.add("aws_sqs_queue", "q", when=when)


def test_a_resource_that_mentions_an_item_exists_once_per_item(app: Architecture) -> None:
    names = app.variable("names", ["a"], "Names")
    assert app.add("aws_sqs_queue", "q", name=f"x-{names.each}").each == names.each
    assert app.add("aws_sqs_queue", "r").each is None


def test_two_sources_of_items_are_an_error(app: Architecture) -> None:
    names, others = app.variable("names", ["a"], "N"), app.variable("others", ["a"], "O")
    with pytest.raises(UserError, match=r"cannot exist once per item of both var\.names and var\.others"):
        app.add("aws_sqs_queue", "q", name=names.each, tags={"other": others.each})


def test_what_no_longer_mentions_an_item_exists_once_again(app: Architecture) -> None:
    names = app.variable("names", ["a"], "N")
    queue = app.add("aws_sqs_queue", "q", name=names.each)
    queue.set(name="one")
    assert queue.each is None


def test_existence_cannot_hang_on_the_item(app: Architecture) -> None:
    names = app.variable("names", ["a"], "N")
    with pytest.raises(UserError, match="cannot depend on the item"):
        app.add("aws_sqs_queue", "q", when=equals(names.each, "a"))


def test_an_export_is_read_by_its_name(app: Architecture) -> None:
    module = app.module("network")
    vpc = module.add("aws_vpc", "vpc")
    module.export(vpc_id=vpc["id"], zones=["a", "b"])
    assert repr(module.vpc_id) == "module.network.vpc_id"
    assert repr(module.zones[0]) == "module.network.zones[0]"


def test_an_export_that_is_not_there_is_refused_with_the_nearest(app: Architecture) -> None:
    module = app.module("network")
    with pytest.raises(UserError, match="exports no 'vpc_id'") as caught:
        _ = module.vpc_id
    assert caught.value.hint == "it exports nothing"
    module.export(vpc_id="x")
    with pytest.raises(UserError) as caught:
        _ = module.vpcid
    assert caught.value.hint == "did you mean 'vpc_id'?"


def test_names_are_given_once(app: Architecture) -> None:
    module = app.module("network")
    module.export(a="x")
    app.variable("v", "x", "V")
    app.output("o", "x", "O")
    for attempt, said in (
        (lambda: module.export(a="y"), "exports 'a' already"),
        (lambda: app.module("network"), "module 'network' exists already"),
        (lambda: app.variable("v", "y", "V"), "variable 'v' exists already"),
        (lambda: app.output("o", "y", "O"), "output 'o' exists already"),
    ):
        with pytest.raises(UserError, match=said):
            attempt()


@pytest.mark.parametrize("name", ["Shop", "1shop", "", "a" * 33, "a_b"])
def test_an_architecture_has_a_short_plain_name(name: str) -> None:
    with pytest.raises(UserError, match="cannot name an architecture"):
        Architecture(name)


@pytest.mark.parametrize("name", ["variables", "outputs", "versions", "providers", "a/b", ".."])
def test_a_layer_cannot_take_the_place_of_another_file(app: Architecture, name: str) -> None:
    with pytest.raises(UserError, match="cannot name a layer"), app.layer(name):
        pass


def test_what_belongs_to_another_architecture_is_refused_everywhere(app: Architecture) -> None:
    other = Architecture("other")
    queue = other.add("aws_sqs_queue", "q")
    module = other.module("m")
    module.export(x="y")
    for foreign in (queue["arn"], other.variable("v", "x", "V"), module.x):
        for attempt in (
            lambda foreign=foreign: app.add("aws_sqs_queue", "q", name=foreign),
            lambda foreign=foreign: app.add("aws_sqs_queue", "q", tags={"a": f"x{foreign}"}),
            lambda foreign=foreign: app.add("aws_sqs_queue", "q", when=equals(foreign, "x")),
            lambda foreign=foreign: app.output("o", foreign, "O"),
            lambda foreign=foreign: app.module("m").export(x=foreign),
        ):
            with pytest.raises(UserError, match="of another architecture"):
                attempt()
            app.modules.clear()
    with pytest.raises(UserError, match="of another architecture"):
        app.add("aws_sqs_queue", "q", depends_on=[queue])


def test_a_resource_waits_for_resources_only(app: Architecture) -> None:
    with pytest.raises(UserError, match="can wait for resources only, not for a Topic"):
        app.add("aws_sqs_queue", "q", depends_on=[aws.Topic(app, "t")])  # type: ignore[list-item]  # the mistake


def test_items_are_told_apart_by_text(app: Architecture) -> None:
    ports = app.variable("ports", [80], "Ports", type="list(number)")
    with pytest.raises(UserError, match=r"var\.ports holds no texts"):
        app.add("aws_sqs_queue", "q", name=f"q-{ports.each}")


def test_a_provider_stands_for_one_region(app: Architecture) -> None:
    app.provider("us", region="us-east-1")
    with pytest.raises(UserError, match="provider 'us' is for 'us-east-1' already, not 'us-west-2'"):
        app.provider("us", region="us-west-2")


def test_asking_for_a_provider_twice_gives_the_same(app: Architecture) -> None:
    assert app.provider("us", region="us-east-1") is app.provider("us", region="us-east-1")


def test_what_is_mentioned_comes_first(app: Architecture) -> None:
    role = app.add("aws_iam_role", "r", assume_role_policy="{}")
    function = app.add("aws_lambda_function", "f", function_name="f", role=role["arn"])
    early = app.add("aws_sqs_queue", "early")
    role.set(description=f"after {early['arn']}")
    assert in_order(app) == [early, role, function]


def test_order_is_that_of_writing_where_nothing_decides(app: Architecture) -> None:
    made = [app.add("aws_sqs_queue", f"q{number}") for number in range(20)]
    assert in_order(app) == made


def test_mentions_count_wherever_they_stand(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    queues = [app.add("aws_sqs_queue", f"q{number}") for number in range(8)]
    arns = [queue["arn"] for queue in queues]
    module = app.module("m")
    module.export(last=[arns[6]])
    user = app.add(
        "aws_sqs_queue",
        "user",
        when=both(on, given(arns[0])),
        name=f"a{arns[1]}b",
        tags={"x": arns[2], f"{arns[3]}": "y", "z": call("upper", call("one", [arns[4]]))},
        policy=call("jsonencode", {"Statement": [{"Resource": [f"{arns[5]}/*"]}], "Other": module.last[0]}),
        depends_on=[queues[7]],
    )
    assert set(dependencies(user)) == set(queues)


def test_a_circle_is_one_clear_error(app: Architecture) -> None:
    a = app.add("aws_sqs_queue", "a")
    b = app.add("aws_sqs_queue", "b", name=a["arn"])
    a.set(name=b["arn"])
    with pytest.raises(UserError) as caught:
        in_order(app)
    with pytest.raises(UserError, match="in a circle"):
        check_circles(app)
    circle = caught.value.what.removeprefix("resources mention each other in a circle: ")
    assert circle in (
        "aws_sqs_queue.a → aws_sqs_queue.b → aws_sqs_queue.a",
        "aws_sqs_queue.b → aws_sqs_queue.a → aws_sqs_queue.b",
    )
    assert str(a.origin) in caught.value.hint
    assert str(b.origin) in caught.value.hint


def test_a_resource_that_mentions_itself_is_a_circle(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    queue.set(name=queue["arn"])
    for check in (in_order, check_circles):
        with pytest.raises(UserError, match=r"aws_sqs_queue\.q → aws_sqs_queue\.q"):
            check(app)


def test_what_is_mentioned_before_it_is_written_is_no_circle(app: Architecture) -> None:
    early = app.add("aws_sqs_queue", "early")
    late = app.add("aws_sqs_queue", "late")
    early.set(name=late["arn"])
    check_circles(app)


def test_tokens_in_tags_and_regions_are_decoded(app: Architecture) -> None:
    stage = app.variable("stage", "dev", "Stage")
    app.tags = {"Stage": f"the {stage}"}
    app.region = f"{stage}-1"
    assert repr(app.tags["Stage"]) == '"the ${var.stage}"'
    assert repr(app.region) == '"${var.stage}-1"'
