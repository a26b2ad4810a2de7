"""References in text: they survive what text goes through, and what would break them is found."""

from __future__ import annotations

import copy
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from terrarium import Architecture, UserError
from terrarium.model.expressions import Ref, Template, entered
from terrarium.model.tokens import holds_token


@pytest.fixture
def arn() -> Ref:
    return Architecture("shop").add("aws_sqs_queue", "q")["arn"]


def test_a_reference_alone_in_text_is_the_reference(arn: Ref) -> None:
    assert entered(f"{arn}") == arn
    assert entered(str(arn)) == arn


def test_text_around_a_reference_is_kept(arn: Ref) -> None:
    assert entered(f"a{arn}/b{arn}") == Template(("a", arn, "/b", arn))


def test_a_token_is_one_plain_word(arn: Ref) -> None:
    token = f"{arn}"
    assert token.isascii()
    assert token.isidentifier()
    assert holds_token(f"x{token}y")


@pytest.mark.parametrize(
    "through",
    [
        lambda text: json.loads(json.dumps({"a": text}))["a"],
        urllib.parse.quote,
        lambda text: f"{text}",
        lambda text: "%s" % text,  # noqa: UP031  # a way in which text is made
        lambda text: "".join(list(text)),
        lambda text: text.strip(),
        copy.deepcopy,
    ],
)
def test_a_token_survives(arn: Ref, through: Callable[[str], str]) -> None:
    assert entered(through(f"{arn}")) == arn


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.upper(),
        lambda text: text.title(),
        lambda text: text[:20],
        lambda text: text[-20:],
        lambda text: text[3:],
        lambda text: text.replace("_", "-"),
        lambda text: text.replace("aws", "gcp"),
        lambda text: text.strip("_"),
    ],
)
def test_a_spoiled_token_is_refused_where_it_enters(arn: Ref, spoil: Callable[[str], str]) -> None:
    with pytest.raises(UserError, match="changed or cut") as caught:
        entered(spoil(f"{arn}"))
    assert str(caught.value.where).split(":")[0].endswith("test_tokens.py")


def test_text_that_only_looks_like_a_token_is_refused() -> None:
    with pytest.raises(UserError, match="changed or cut"):
        entered("__terrarium999999_x_muirarret__")


def test_text_about_terrariums_is_text() -> None:
    for text in ("terrarium", "my_terrarium1", "__terrarium__", "Terrarium 7"):
        assert entered(text) == text


def test_a_format_spec_is_refused(arn: Ref) -> None:
    with pytest.raises(UserError, match="the format '>30' cannot be applied"):
        f"{arn:>30}"


@pytest.mark.parametrize(
    "use",
    [
        lambda arn: 1 if arn else 2,
        lambda arn: not arn,
        list,
        lambda arn: [item for item in arn],  # noqa: C416  # the loop is the point
        len,
        lambda arn: arn == "x",
        lambda arn: arn != "x",
        lambda arn: arn == None,  # noqa: E711  # the mistake
        lambda arn: "x" in [arn, arn],
        lambda arn: "x" in arn,
        lambda arn: "a" + arn,
        lambda arn: arn + "a",
    ],
)
def test_python_cannot_decide_what_deployment_decides(arn: Ref, use: Callable[[Any], Any]) -> None:
    with pytest.raises(UserError) as caught:
        use(arn)
    assert str(caught.value.where).split(":")[0].endswith("test_tokens.py")


def test_absence_is_told_by_identity(arn: Ref) -> None:
    assert arn is not None


def test_a_reference_shows_its_address(arn: Ref) -> None:
    assert repr(arn) == "aws_sqs_queue.q.arn"


def test_references_are_the_same_where_they_mean_the_same(arn: Ref) -> None:
    again = arn.resource["arn"]
    assert arn == again
    assert hash(arn) == hash(again)
    assert arn != arn.resource["id"]
    assert len({arn, again}) == 1


def test_text_in_text_becomes_one_text(arn: Ref) -> None:
    inner = entered(f"a{arn}")
    assert entered(f"{inner}b") == Template(("a", arn, "b"))


def test_keys_are_text(arn: Ref) -> None:
    assert list(entered({1: "a"})) == ["1"]
    assert entered({f"{arn}": "a"}) == {arn: "a"}
    for key in (True, None, 1.5, ("a",)):
        with pytest.raises(UserError, match="cannot be the key of a mapping"):
            entered({key: "a"})
