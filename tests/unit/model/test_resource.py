"""What a user writes is checked as it is written, at the line where it stands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terrarium import Architecture, Json, UserError, aws, choose
from terrarium.model.graph import Resource


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def refused(attempt: Callable[[], Any]) -> UserError:
    """The error of an attempt, which names the attempt's own file and a line of it."""
    with pytest.raises(UserError) as caught:
        attempt()
    where = caught.value.where
    assert where is not None
    assert Path(where.file).name == Path(__file__).name
    lines, first = inspect.getsourcelines(attempt)
    assert first <= where.line < first + len(lines)
    return caught.value


def test_an_unknown_type_is_refused_with_the_nearest(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_sqs_que", "q"))
    assert error.what == "the AWS provider has no resource 'aws_sqs_que'"
    assert error.hint == "did you mean 'aws_sqs_queue'?"


def test_a_data_source_is_no_resource(app: Architecture) -> None:
    assert "no resource 'aws_caller_identity'" in refused(lambda: app.add("aws_caller_identity", "me")).what
    assert app.data("aws_caller_identity", "me").address == "data.aws_caller_identity.me"


def test_an_unknown_attribute_is_refused_with_the_nearest(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_sqs_queue", "q", visibility_timeout=3))
    assert error.what == "aws_sqs_queue.q has no attribute 'visibility_timeout'"
    assert error.hint == "did you mean 'visibility_timeout_seconds'?"


def test_a_typo_in_a_nested_block_is_refused(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_dynamodb_table", "t", name="t", ttl={"attribut_name": "x"}))
    assert error.what == "aws_dynamodb_table.t.ttl has no attribute 'attribut_name'"
    assert error.hint == "did you mean 'attribute_name'?"


def test_a_typo_deep_inside_is_refused(app: Architecture) -> None:
    rule = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256", "kms_key": "k"}}
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    error = refused(lambda: app.add(kind, "e", bucket="b", rule=rule))
    assert error.what.endswith("rule.apply_server_side_encryption_by_default has no attribute 'kms_key'")


def test_a_typo_in_an_attribute_that_is_written_as_blocks_is_refused(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_security_group", "g", ingress={"form_port": 1}))
    assert error.hint == "did you mean 'from_port'?"


def test_what_is_required_must_be_written(app: Architecture) -> None:
    assert refused(lambda: app.add("aws_iam_role", "r")).what == "aws_iam_role.r needs assume_role_policy"
    made = app.add("aws_iam_role", "r", assume_role_policy="{}")
    assert refused(lambda: made.set(assume_role_policy=None)).what == "aws_iam_role.r needs assume_role_policy"


def test_a_required_block_must_be_written(app: Architecture) -> None:
    assert refused(lambda: app.add("aws_s3_bucket_versioning", "v", bucket="b")).what.endswith(
        "needs versioning_configuration"
    )


def test_what_a_nested_block_requires_must_be_written(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_dynamodb_table", "t", name="t", attribute={"name": "id"}))
    assert error.what == "aws_dynamodb_table.t.attribute needs type"


def test_what_aws_decides_cannot_be_set(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_lb", "b", dns_name="x"))
    assert error.what == "aws_lb.b.dns_name is decided by AWS and cannot be set"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"delay_seconds": "soon"}, "delay_seconds takes a number, not 'soon'"),
        ({"delay_seconds": True}, "delay_seconds takes a number, not True"),
        ({"fifo_queue": "yes"}, "fifo_queue takes true or false, not 'yes'"),
        ({"name": ["a"]}, "name takes text, not ['a']"),
        ({"tags": ["a"]}, "tags takes a mapping, not ['a']"),
        ({"tags": {"a": {"b": "c"}}}, "tags['a'] takes text, not {'b': 'c'}"),
        ({"policy": {"Version": "2012-10-17"}}, "policy takes text, not {'Version': '2012-10-17'}"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(app: Architecture, attributes: dict[str, Any], said: str) -> None:
    assert said in refused(lambda: app.add("aws_sqs_queue", "q", **attributes)).what


def test_a_document_in_place_of_its_text_is_told_about_json(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_sqs_queue", "q", policy={"Version": "2012-10-17"}))
    assert error.hint == "use Json({…}) for a document"
    app.add("aws_sqs_queue", "q", policy=Json({"Version": "2012-10-17"}))


def test_the_type_of_a_reference_is_checked(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    assert (
        "takes a mapping, but aws_sqs_queue.q.arn is text"
        in refused(lambda: app.add("aws_sqs_queue", "other", tags=queue["arn"])).what
    )
    app.add("aws_sqs_queue", "copy", tags=queue["tags"])


def test_numbers_as_text_are_what_terraform_converts(app: Architecture) -> None:
    app.add("aws_sqs_queue", "q", delay_seconds="5")
    refused(lambda: app.add("aws_sqs_queue", "r", delay_seconds="1-2"))


def test_a_block_that_may_stand_once_cannot_stand_twice(app: Architecture) -> None:
    twice = [{"enabled": True}, {"enabled": False}]
    error = refused(lambda: app.add("aws_dynamodb_table", "t", name="t", point_in_time_recovery=twice))
    assert error.what == "aws_dynamodb_table.t.point_in_time_recovery can be written at most once, not 2 times"


def test_a_block_takes_a_mapping(app: Architecture) -> None:
    error = refused(lambda: app.add("aws_dynamodb_table", "t", name="t", ttl="at"))
    assert error.what == "aws_dynamodb_table.t.ttl is a block: write a mapping, not 'at'"


def test_a_block_may_stand_under_a_condition_on_either_side(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    table = app.add("aws_dynamodb_table", "t", name="t", ttl=choose(on, None, {"attribute_name": "at"}))
    assert repr(table.attributes["ttl"][0].condition) == "!var.on"


def test_a_block_may_be_a_choice_between_blocks_and_nothing(app: Architecture) -> None:
    a, b = app.variable("a", True, "A"), app.variable("b", True, "B")
    inner = choose(b, {"attribute_name": "one"}, {"attribute_name": "two"})
    table = app.add("aws_dynamodb_table", "t", name="t", ttl=choose(a, inner, None))
    made = table.attributes["ttl"]
    assert [repr(block.condition) for block in made] == ["var.a && var.b", "var.a && !var.b"]
    assert [block.yes for block in made] == [{"attribute_name": "one"}, {"attribute_name": "two"}]


def test_an_address_is_given_once(app: Architecture) -> None:
    first = app.add("aws_sqs_queue", "q")
    error = refused(lambda: app.add("aws_sqs_queue", "q"))
    assert error.what == f"aws_sqs_queue.q exists already, from {first.origin}"


@pytest.mark.parametrize("label", ["", "1st", "a b", "a.b", "ü"])
def test_a_label_is_a_name_of_terraforms(app: Architecture, label: str) -> None:
    assert "cannot name a aws_sqs_queue" in refused(lambda: app.add("aws_sqs_queue", label)).what


def test_a_reference_to_an_unknown_attribute_is_refused(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    assert refused(lambda: queue["urn"]).what == "aws_sqs_queue.q has no attribute 'urn'"
    assert refused(lambda: queue["ar"]).hint == "did you mean 'arn'?"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (Path("x"), "use bundle(…) for code, or str(path) for text"),
        ({"a", "b"}, "use a list: a set has no order, and Terraform is written the same each time"),
        (float("nan"), ""),
        (object(), ""),
        ("\ud800", ""),
    ],
)
def test_what_terraform_has_no_value_for_is_refused(app: Architecture, value: Any, hint: str) -> None:
    assert refused(lambda: app.add("aws_sqs_queue", "q", name=value)).hint == hint


def test_a_thing_in_place_of_its_attribute_is_told_so(app: Architecture) -> None:
    queue: Resource = app.add("aws_sqs_queue", "q")
    topic = aws.Topic(app, "t")
    for thing in (queue, topic):
        with pytest.raises(UserError) as caught:
            app.add("aws_sqs_queue", "r", name=thing)
        assert "one of its attributes" in caught.value.hint
    refused(lambda: app.add("aws_sqs_queue", "r", name=app.module("m")))


def test_none_takes_an_attribute_away_and_a_value_replaces_it_in_its_place(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name="a", delay_seconds=1, fifo_queue=None)
    queue.set(name="b", delay_seconds=None)
    assert queue.attributes == {"name": "b"}


def test_a_refused_change_changes_nothing(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name="a")
    refused(lambda: queue.set(name="b", delay_seconds="soon"))
    assert queue.attributes == {"name": "a"}


def test_a_resource_knows_the_line_and_the_construct_that_it_comes_from(app: Architecture) -> None:
    plain = app.add("aws_sqs_queue", "q")
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]  # CPython has frames
    assert (Path(plain.origin.file).name, plain.origin.line) == (Path(__file__).name, line)
    made = aws.Topic(app, "alerts").resource
    assert made.origin.construct == 'aws.Topic "alerts"'
    assert Path(made.origin.file).name == Path(__file__).name
