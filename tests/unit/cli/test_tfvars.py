"""Files of values, as Terraform reads them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terrarium import Architecture
from terrarium.cli.tfvars import parse, read, read_json
from terrarium.cli.up import values_of_files
from terrarium.errors import UserError

CHOICES = """
# Core
aws_region  = "us-west-2" // here
memory_size = 512
rate        = 1.5e3
enabled     = true
nothing     = null

/* several
   lines */
routes = [
  "chat",
  "join_room", # the last may have a comma
]
none = []
tags = {
  Owner        = "platform-team"
  "Cost Center" : "engineering", nested = { a = [1, 2] }
}
policy = <<-EOT
    first
      "second" \\n $${kept}
    EOT
text = <<END
 as it is
END
escaped = "tab\\t quote\\" slash\\\\ line\\n \\u00e9 \\U0001F600 $${a} %%{b} $5 100%"
"""


def values(text: str) -> dict[str, Any]:
    return {name: given.value for name, given in parse(text, "some.tfvars").items()}


def test_every_kind_of_literal_is_read() -> None:
    assert values(CHOICES) == {
        "aws_region": "us-west-2",
        "memory_size": 512,
        "rate": 1500.0,
        "enabled": True,
        "nothing": None,
        "routes": ["chat", "join_room"],
        "none": [],
        "tags": {"Owner": "platform-team", "Cost Center": "engineering", "nested": {"a": [1, 2]}},
        "policy": 'first\n  "second" \\n ${kept}\n',
        "text": " as it is\n",
        "escaped": 'tab\t quote" slash\\ line\n é 😀 ${a} %{b} $5 100%',
    }


def test_lines_may_end_as_on_windows() -> None:
    assert values(CHOICES.replace("\n", "\r\n"))["routes"] == ["chat", "join_room"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2", "f:2: a is given twice, first in line 1"),
        ("\na = var.b", "f:2: 'var' is no value"),
        ("a = b", "f:1: 'b' is no value"),
        ("a =", "f:1: the end is no value"),
        ("a = \n1", "f:1: the end of the line is no value"),
        ("a = 1 b = 2", "f:1: a new line must follow a value"),
        ('a = "${b}"', "f:1: a text here cannot refer to anything"),
        ('a = [\n"x" "y"]', "f:2: , is needed here, not '\"y\"'"),
        ("a = { b = 1 c = 2 }", "f:1: a comma or a new line must follow a value"),
        ("a = { b 1 }", "f:1: = must follow the key"),
        ('a = "open\nb = 1', "f:1: '\"open' cannot be read"),
        (r'a = "\q"', r"f:1: there is no escape \q"),
        (r'a = "\ud800"', "f:1: there is no character d800"),
        ("a = <<END\nnever", "f:1: the text that begins here never ends"),
        ("a = <<END\n${b}\nEND", "f:1: a text here cannot refer to anything"),
        ("a = 1e999", "f:1: 1e999 is too large a number"),
        (f"a = {'9' * 5000}", "is too large a number"),
        ("1 = 2", "f:1: the name of a variable is needed here, not '1'"),
        ("a: 2", "f:1: = is needed here, not ':'"),
        (f"a = {'[' * 100}", "f:1: values are nested more than 50 deep"),
        ("a = @", "f:1: '@' is no value"),
    ],
)
def test_what_is_no_literal_is_refused_at_its_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(text, "f")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": }', "f:2: this is not JSON"),
        ("[]", "no JSON object"),
        ('{"a": 1, "a": 2}', "'a' is given twice"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": ' + "[" * 100_000, "this"),
    ],
)
def test_what_is_no_object_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        read_json(text, "f")
    assert message in str(refused.value)


# https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
# HCL has fewer escapes than JSON, whose text cannot be mended afterwards: an f may follow an escaped backslash.
ESCAPES = {chr(number): f"\\u{number:04x}" for number in range(32)} | {
    "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\",
}  # fmt: skip


def written(value: Any) -> str:
    """A value as Terraform writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, str):
        escaped = "".join(ESCAPES.get(character, character) for character in value)
        return f'"{escaped}"'.replace("${", "$${").replace("%{", "%%{")
    return json.dumps(value)


# Between $ and { an escape would have to stand apart; Terraform's own writer never makes such a text.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: "$${" not in text and "%%{" not in text)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@example({"paths": {"\\f": "\\b", "\f": "C:\\folder"}})
@given(st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True), VALUES, max_size=4))
def test_what_was_written_is_read_back(chosen: dict[str, Any]) -> None:
    assert values("".join(f"{name} = {written(value)}\n" for name, value in chosen.items())) == chosen


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(UserError):  # anything else would be a bug
        parse(text, "f")


def app() -> Architecture:
    made = Architecture("shop")
    made.variable("size", "small", "Size", one_of=["small", "large"])
    made.variable("zones", ["a"], "Zones")
    made.variable("rate", 5, "Rate", at_least=1)
    return made


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_later_file_counts_more_whatever_its_form(tmp_path: Path) -> None:
    one = file(tmp_path, "one.tfvars", 'size = "large"\nrate = 2\n')
    two = file(tmp_path, "two.tfvars.json", '{"rate": 3, "zones": ["$${b}"]}')
    assert values_of_files([one, two], app()) == {"size": "large", "rate": 3, "zones": ["$${b}"]}


def test_a_value_that_does_not_fit_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"one.tfvars:2: rate = 0 is not allowed\n  it must be at least 1"):
        values_of_files([file(tmp_path, "one.tfvars", "\nrate = 0")], app())


def test_a_value_for_nobody_is_told_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert values_of_files([file(tmp_path, "one.tfvars", "sise = 1")], app()) == {}
    assert "did you mean 'size'?" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "absent.tfvars")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "some.tfvars").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not text"):
        read(tmp_path / "some.tfvars")
