"""What Terraform's functions give, as Terraform 1.11 gave it in its console; with Terraform here, it is asked again."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium.model.functions import FUNCTIONS, OPERATORS
from terrarium.model.patterns import compiled

GIVEN: list[tuple[str, tuple[Any, ...], Any]] = [
    ("base64encode", ("é",), "w6k="),
    ("cidrsubnet", ("10.0.0.5/16", 8, 1), "10.0.1.0/24"),
    ("cidrsubnet", ("fd00::/8", 8, 3), "fd03::/16"),
    ("cidrsubnet", ("::/0", 1, 0), "::/1"),
    ("coalesce", (None, 1, "b"), "1"),
    ("coalesce", ("", "b"), "b"),
    ("coalesce", ([], ["b"]), []),
    ("compact", ([1, "", None, "a", 0, False],), ["1", "a", "0", "false"]),
    ("contains", (["1"], 1), False),
    ("contains", ([True], 1), False),
    ("distinct", ([1, "1", 1, True, "true"],), ["1", "true"]),
    ("distinct", ([{"a": 1}, {"a": 1}],), [{"a": 1}]),
    ("flatten", ([["a"], None, "b", [["c"], []]],), ["a", None, "b", "c"]),
    ("join", (",", [1, True], ["a"]), "1,true,a"),
    ("jsonencode", ({"b": [None, "<\b\f\x7f\u2028>"], "a": 1.0, "c": 1e-7},),
     '{"a":1,"b":[null,"\\u003c\\b\\f\x7f\\u2028\\u003e"],"c":0.0000001}'),
    ("length", ({"a": 1},), 1),
    ("lower", ("İΣ",), "iσ"),
    ("merge", ({"a": 1}, None, {"b": "x"}), {"a": 1, "b": "x"}),
    ("merge", (), {}),
    ("one", ([None],), None),
    ("one", ([],), None),
    ("replace", ("abc", "/b*/", "-"), "-a-c-"),
    ("replace", ("abc", "/(b)/", "$1x"), "ac"),
    ("replace", ("abc", "/(b)/", "${1}x"), "abxc"),
    ("replace", ("abc", "//", "-"), "-a-b-c-"),
    ("replace", ("wss://x", "/^ws/", "http"), "https://x"),
    ("split", ("", "aé"), ["a", "é"]),
    ("split", ("", ""), []),
    ("split", (",", ""), [""]),
    ("tostring", (None,), None),
    ("toset", ([1, "a", True, "a"],), ["1", "a", "true"]),
    ("toset", ([3, 20, 1],), [1, 3, 20]),
    ("trimprefix", ("aab", "a"), "ab"),
    ("upper", ("ßŉᾳǰ",), "ßŉᾼǰ"),
    ("upper", (True,), "TRUE"),
    ("values", ({"b": 1, "a": "x"},), ["x", 1]),
]  # fmt: skip
REFUSED: list[tuple[str, tuple[Any, ...]]] = [
    ("cidrsubnet", ("10.0.0.0/16", 8, 256)),
    ("cidrsubnet", ("10.0.0.0/16", 20, 3)),
    ("coalesce", (None, "")),
    ("coalesce", (1, True)),
    ("compact", (["a", ["b"]],)),
    ("concat", ([1], None)),
    ("contains", ([1], None)),
    ("join", (",", ["a", None])),
    ("join", (",", "a")),
    ("length", (None,)),
    ("merge", ({"a": 1}, "x")),
    ("one", (None,)),
    ("one", (["a", "b"],)),
    ("split", (None, "a")),
    ("tostring", ([],)),
    ("upper", (None,)),
]


@pytest.mark.parametrize(("function", "arguments", "result"), GIVEN)
def test_a_function_gives(function: str, arguments: tuple[Any, ...], result: Any) -> None:
    given = FUNCTIONS[function](*arguments)
    assert given == result
    assert type(given) is type(result)


@pytest.mark.parametrize(("function", "arguments"), REFUSED)
def test_a_function_refuses(function: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        FUNCTIONS[function](*arguments)


def test_the_length_of_letters_that_only_terraform_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="only Terraform counts"):
        FUNCTIONS["length"]("\N{FAMILY}\N{ZERO WIDTH JOINER}")


@pytest.mark.parametrize(
    ("a", "b", "same"), [(1, 1.0, True), ("1", 1, False), (True, 1, False), (None, None, True), ([1], [True], False)]
)
def test_equality_tells_types_apart(a: Any, b: Any, same: bool) -> None:
    assert OPERATORS["=="](a, b) is same
    assert OPERATORS["!="](a, b) is not same


@pytest.mark.parametrize("pattern", [r"(?=a)", r"(?<!a)b", r"(a)\1", r"\pL", r"[[:alpha:]]", r"(?#x)", r"\x41", "("])
def test_a_pattern_that_means_two_things_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        compiled(pattern)


def test_an_end_is_the_end_even_before_a_last_line_end() -> None:
    assert compiled("a$").search("a")
    assert not compiled("a$").search("a\n")
    assert compiled("[$]").search("$")
    assert compiled(r"\$").search("$")
