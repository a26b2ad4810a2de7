"""What people read: the Terraform that an architecture becomes."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from terrarium import Architecture, Json, Lifecycle, UserError, both, call, choose, either, equals, given, negate
from terrarium.terraform.write import write


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def main(app: Architecture) -> str:
    """The file of the resources of the root module."""
    return write(app)["main.tf"]


def value_of(app: Architecture, value: Any) -> str:
    """A value as it is written."""
    app.output("asked", value, "Asked")
    text = write(app)["outputs.tf"].split("  value       = ", 1)[1]
    return text[: text.rindex("\n}")]


def same(text: str, expected: str) -> None:
    assert text == textwrap.dedent(expected).lstrip("\n")


def test_a_resource_reads_as_if_a_person_had_written_it(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "jobs", name="jobs", fifo_queue=False, tags={"Team": "shop", "Cost center": "7"})
    app.add(
        "aws_dynamodb_table",
        "t",
        name="t",
        hash_key="id",
        attribute={"name": "id", "type": "S"},
        ttl={"enabled": False},
    )
    app.add("aws_sqs_queue_policy", "jobs", queue_url=queue["url"], policy=Json({"Resource": queue["arn"]}))
    same(
        main(app),
        """
        resource "aws_sqs_queue" "jobs" {
          name       = "jobs"
          fifo_queue = false
          tags = {
            Team          = "shop"
            "Cost center" = "7"
          }
        }

        resource "aws_dynamodb_table" "t" {
          name     = "t"
          hash_key = "id"

          attribute {
            name = "id"
            type = "S"
          }

          ttl {
            enabled = false
          }
        }

        resource "aws_sqs_queue_policy" "jobs" {
          queue_url = aws_sqs_queue.jobs.url
          policy = jsonencode({
            Resource = aws_sqs_queue.jobs.arn
          })
        }
        """,
    )


def test_references_stand_in_text_lists_maps_and_policies(app: Architecture) -> None:
    arn = app.add("aws_sqs_queue", "q")["arn"]
    tags = {"text": f"{arn}/x", f"{arn}": arn, "list": call("join", ",", [arn, f"{arn}:1"])}
    app.add("aws_sqs_queue", "user", tags=tags, policy=Json({"Resource": [arn, f"{arn}/*"]}))
    same(
        main(app).split("\n\n", 1)[1],
        """
        resource "aws_sqs_queue" "user" {
          tags = {
            text                  = "${aws_sqs_queue.q.arn}/x"
            (aws_sqs_queue.q.arn) = aws_sqs_queue.q.arn
            list                  = join(",", [aws_sqs_queue.q.arn, "${aws_sqs_queue.q.arn}:1"])
          }
          policy = jsonencode({
            Resource = [aws_sqs_queue.q.arn, "${aws_sqs_queue.q.arn}/*"]
          })
        }
        """,
    )


@pytest.mark.parametrize(
    "text", ["${aws:username}", "${HOME}", "%{if true}", "$${x}", "$HOME ${", 'a "quoted" \\ tab\t']
)
def test_what_others_fill_in_stays_literal(app: Architecture, text: str) -> None:
    read = value_of(app, text)
    assert (
        read == '"' + text.translate({34: '\\"', 92: "\\\\", 9: "\\t"}).replace("${", "$${").replace("%{", "%%{") + '"'
    )


def test_a_dollar_before_a_reference_is_no_escape(app: Architecture) -> None:
    name = app.variable("name", "x", "Name")
    assert value_of(app, f"US${name}") == '"US${"$"}${var.name}"'


def test_lines_of_text_become_a_heredoc(app: Architecture) -> None:
    name = app.variable("name", "x", "Name")
    assert value_of(app, f"#!/bin/sh\n  echo ${{HOME}} {name}\n\n") == (
        "<<-EOT\n    #!/bin/sh\n      echo $${HOME} ${var.name}\n\n  EOT"
    )


@pytest.mark.parametrize(
    "text", ["no line end\nat the end", "one line\n", "  all\n  indented\n", "a\r\nb\r\n", "a\x07\nb\n", "a\u2028\nb\n"]
)
def test_text_that_a_heredoc_would_change_is_quoted(app: Architecture, text: str) -> None:
    assert value_of(app, text).startswith('"')


def test_a_heredoc_stands_only_where_a_line_ends(app: Architecture) -> None:
    lines = "a\nb\n"
    assert "<<" not in value_of(app, [lines, call("upper", lines), choose(app.variable("on", True, "O"), lines, "")])


def test_a_heredoc_is_not_ended_by_its_own_text(app: Architecture) -> None:
    assert value_of(app, "a\n EOT\nb\n").startswith("<<-EOT_\n")


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (lambda on, mode: both(on, equals(mode, "A")), 'var.on && (var.mode == "A")'),
        (lambda on, mode: negate(both(on, equals(mode, "A"))), '!(var.on && (var.mode == "A"))'),
        (lambda on, mode: either(negate(on), given(mode)), "!var.on || (var.mode != null)"),
        (lambda on, mode: choose(equals(mode, "A"), 1, 2), 'var.mode == "A" ? 1 : 2'),
        (
            lambda on, mode: choose(choose(on, on, False), 1, choose(on, 2, 3)),
            "(var.on ? var.on : false) ? 1 : (var.on ? 2 : 3)",
        ),
        (lambda on, mode: equals(choose(on, "a", "b"), mode), '(var.on ? "a" : "b") == var.mode'),
        (lambda on, mode: choose(on, ["a"], ["b"])[0], '(var.on ? ["a"] : ["b"])[0]'),
    ],
)
def test_operators_bind_as_written(app: Architecture, condition: Callable[..., Any], written: str) -> None:
    on, mode = app.variable("on", True, "On"), app.variable("mode", "A", "Mode")
    assert value_of(app, condition(on, mode)) == written


def test_keys_that_are_no_names_are_quoted(app: Architecture) -> None:
    labels = app.variable("labels", {"a": "b"}, "Labels")
    assert (
        value_of(app, [labels["a"], labels["a b"], labels["1"]]) == '[var.labels.a, var.labels["a b"], var.labels["1"]]'
    )


def test_an_optional_resource_is_counted_and_null_where_it_is_absent(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    queue = app.add("aws_sqs_queue", "q", when=on)
    app.add("aws_sqs_queue", "with", when=on, name=f"{queue['name']}-dead")
    app.add("aws_sqs_queue", "without", policy=Json({"Id": queue["arn"]}))
    text = main(app)
    assert "  count = var.on ? 1 : 0\n" in text
    assert '"${aws_sqs_queue.q[0].name}-dead"' in text
    assert "Id = one(aws_sqs_queue.q[*].arn)" in text


def test_text_with_what_may_be_absent_needs_its_condition(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    queue = app.add("aws_sqs_queue", "q", when=on)
    mistaken = app.add("aws_sqs_queue", "r", name=f"{queue['name']}-dead")
    with pytest.raises(UserError, match=r"aws_sqs_queue\.q\.name is put into text, but may not be there") as caught:
        write(app)
    assert caught.value.where == mistaken.origin
    assert "var.on" in caught.value.hint


@pytest.mark.parametrize(
    "under",
    [
        lambda on, text: choose(on, text, None),
        lambda on, text: choose(negate(on), None, text),
        lambda on, text: choose(both(on, given("x")), text, ""),
    ],
)
def test_text_under_the_same_condition_is_fine(app: Architecture, under: Callable[[Any, str], Any]) -> None:
    on = app.variable("on", True, "On")
    queue = app.add("aws_sqs_queue", "q", when=on)
    assert '"${aws_sqs_queue.q[0].arn}/x"' in value_of(app, under(on, f"{queue['arn']}/x"))


def test_text_with_a_variable_that_may_be_null_needs_its_condition(app: Architecture) -> None:
    name = app.variable("name", None, "Name", type="string")
    assert value_of(app, choose(given(name), f"{name}-x", None)) == 'var.name != null ? "${var.name}-x" : null'
    for value in (f"{name}-x", call("upper", name)):
        other = Architecture("other")
        other.variables["name"] = name
        with pytest.raises(UserError, match=r"var\.name is .* but may not be there"):
            value_of(other, value)


def test_one_per_item(app: Architecture) -> None:
    names, labels = app.variable("names", ["a"], "N"), app.variable("labels", {"a": "b"}, "L")
    on = app.variable("on", True, "On")
    queue = app.add("aws_sqs_queue", "q", name=names.each)
    app.add("aws_sqs_queue", "dead", name=f"{names.each}-dead", policy=Json({"of": queue["arn"]}))
    app.add("aws_sqs_queue", "labelled", when=on, name=labels.each)
    app.add("aws_sqs_queue", "some", when=on, name=names.each)
    app.output("arns", queue.every("arn"), "ARNs")
    text = main(app)
    assert "  for_each = toset(var.names)\n\n  name = each.value\n" in text
    assert "of = aws_sqs_queue.q[each.key].arn" in text
    assert "  for_each = var.on ? var.labels : {}\n" in text
    assert "  for_each = toset(var.on ? var.names : [])\n" in text
    assert "[for copy in aws_sqs_queue.q : copy.arn]" in write(app)["outputs.tf"]


def test_one_of_several_is_not_meant_without_its_item(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name=app.variable("names", ["a"], "N").each)
    app.output("arn", queue["arn"], "ARN")
    with pytest.raises(UserError, match=r"aws_sqs_queue\.q\.arn is one of several") as caught:
        write(app)
    assert caught.value.hint == "mention the same item here, or take all of them: .every('arn')"


def test_a_block_under_a_condition_is_dynamic(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    app.add("aws_dynamodb_table", "t", name="t", ttl=choose(on, {"attribute_name": "at"}, None))
    same(
        main(app),
        """
        resource "aws_dynamodb_table" "t" {
          name = "t"

          dynamic "ttl" {
            for_each = var.on ? [1] : []

            content {
              attribute_name = "at"
            }
          }
        }
        """,
    )


def test_what_terraform_shall_do_about_changes_is_said_last(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    rules = Lifecycle(create_before_destroy=True, prevent_destroy=True, ignore_changes=("name", "tags"))
    app.add("aws_sqs_queue", "r", name="r", lifecycle=rules, depends_on=[queue])
    assert main(app).endswith(
        textwrap.dedent(
            """
              name = "r"

              lifecycle {
                create_before_destroy = true
                prevent_destroy       = true
                ignore_changes        = [name, tags]
              }

              depends_on = [aws_sqs_queue.q]
            }
            """
        ).lstrip("\n")
    )


def test_variables_say_what_may_be_chosen(app: Architecture) -> None:
    app.variable("mode", "A", "How", one_of=["A", "B"])
    app.variable("key", None, "Key, or null", type="string", matches="^k")
    app.variable("password", description="Password", type="string", sensitive=True)
    same(
        write(app)["variables.tf"],
        """
        variable "mode" {
          description = "How"
          type        = string
          default     = "A"
          nullable    = false

          validation {
            condition     = contains(["A", "B"], var.mode)
            error_message = "mode must be one of A, B."
          }
        }

        variable "key" {
          description = "Key, or null"
          type        = string
          default     = null

          validation {
            condition     = var.key == null ? true : can(regex("^k", var.key))
            error_message = "key must match ^k."
          }
        }

        variable "password" {
          description = "Password"
          type        = string
          sensitive   = true
          nullable    = false
        }
        """,
    )


def test_a_secret_is_no_output_unless_it_says_so(app: Architecture) -> None:
    password = app.variable("password", description="Password", type="string", sensitive=True)
    app.output("url", f"https://{password}@example.com", "URL")
    with pytest.raises(UserError, match="output url would show a secret"):
        write(app)
    other = Architecture("other")
    key = other.add("aws_iam_access_key", "k", user="u")
    other.output("secret", key["secret"], "Secret", sensitive=True)
    assert "sensitive   = true" in write(other)["outputs.tf"]


def test_layers_are_files_in_the_order_of_writing(app: Architecture) -> None:
    with app.layer("data"):
        app.add("aws_sqs_queue", "a")
    app.add("aws_sqs_queue", "b")
    assert list(write(app)) == ["versions.tf", "providers.tf", "data.tf", "main.tf"]


def test_the_same_architecture_is_written_the_same(app: Architecture) -> None:
    def made() -> dict[str, str]:
        again = Architecture("again")
        module = again.module("m")
        names = {name: again.variable(name, "x", name) for name in ("b", "a", "c")}
        module.add("aws_sqs_queue", "q", name=f"{names['c']}{names['a']}{names['b']}")
        return write(again)

    assert made() == made()
    assert list(made()) == list(made())


def test_one_line_more_in_python_is_one_line_more_in_terraform(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q", name="q", fifo_queue=True)
    app.add("aws_sqs_queue", "r", name="r")
    before = main(app).splitlines()
    queue.set(delay_seconds=5)
    after = main(app).splitlines()
    added = [line for line in after if line not in before]
    assert "  delay_seconds = 5" in added
    assert len(after) == len(before) + 1


def test_json_says_the_same(app: Architecture) -> None:
    on = app.variable("on", True, "${on}")
    queue = app.add("aws_sqs_queue", "q", when=on, name="${x}", lifecycle=Lifecycle(ignore_changes=("tags",)))
    app.add(
        "aws_dynamodb_table", "t", name=f"t-{on}", ttl=choose(on, {"attribute_name": "at"}, None), depends_on=[queue]
    )
    files = {name: json.loads(text) for name, text in write(app, "json").items()}
    assert files["variables.tf.json"]["variable"]["on"] == {
        "description": "${on}", "type": "bool", "default": True, "nullable": False,
    }  # fmt: skip
    made = files["main.tf.json"]["resource"]
    assert made["aws_sqs_queue"]["q"] == {
        "count": "${var.on ? 1 : 0}", "name": "$${x}", "lifecycle": {"ignore_changes": ["tags"]},
    }  # fmt: skip
    assert made["aws_dynamodb_table"]["t"] == {
        "name": "t-${var.on}",
        "dynamic": {"ttl": {"for_each": "${var.on ? [1] : []}", "content": [{"attribute_name": "at"}]}},
        "depends_on": ["aws_sqs_queue.q"],
    }
