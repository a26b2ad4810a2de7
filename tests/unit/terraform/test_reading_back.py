"""What we write, Terraform reads back as what we meant: asked of `terraform console`, many values at a time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from terrarium import Architecture, UserError, call, choose, equals
from terrarium.model.conditions import both, either, negate
from terrarium.model.expressions import Operation, Template, entered
from terrarium.terraform import hcl
from terrarium.terraform.expressions import Speller
from terrarium.terraform.tree import Assignment, Block
from tests.unit.terraform.commands import attempted, evaluated, read_back, terraform, written

pytestmark = pytest.mark.terraform

# Each example asks Terraform about many values at once: a few go far, and a failure names the values, with no need to
# shrink. Drawn the same each time, so that a failure is a change's.
thorough = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)

# No combining marks: after <, > or & they spoil the JSON in which Terraform answers. A test of their own has them.
# Letters that mean something to HCL, to JSON, or to the two of them, beside any others.
TRICKY = st.text(st.sampled_from(list("$%{}\"\\\n\t\r ~#<&'a:=\u00a0\u0085\u2028\u00e9\0\x07|EOT-")), max_size=24)
TEXT = TRICKY | st.text(st.characters(exclude_categories=["Cs", "M"]), max_size=12)
LINES = st.lists(
    st.sampled_from(["", " ", "  ", "EOT", " EOT", "a", "  b", "\tc", "${d}", "%{e}", "$", "\u00a0f", "\\n"]) | TEXT,
    min_size=1,
    max_size=6,
).map("\n".join)
NUMBER = st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15, allow_nan=False).filter(
    lambda number: number == 0 or abs(number) > 1e-12
)
PLAIN = st.none() | st.booleans() | NUMBER | TEXT | LINES | LINES.map(lambda text: text + "\n")
KEY = st.sampled_from(["a", "B_1", "c-d", "for", "null", "true", "if", "e.f", "0", ""]) | TEXT
VALUE = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4), max_leaves=8
)


@given(st.lists(VALUE, min_size=1, max_size=60))
@thorough
def test_any_value_reads_back_in_both_syntaxes(values: list[Any]) -> None:
    app = Architecture("asked")
    meant = {f"v{at}": entered(value) for at, value in enumerate(values)}
    nodes = {name: Speller(app).value(value) for name, value in meant.items()}
    for syntax in ("hcl", "json"):
        with TemporaryDirectory() as folder:
            theirs = read_back(Path(folder), nodes, app, syntax=syntax)
        same(theirs, {name: evaluated(value) for name, value in meant.items()}, meant)


def test_letters_and_their_marks_are_put_together_as_terraform_does(tmp_path: Path) -> None:
    app = Architecture("asked")
    apart, mark = app.variable("apart", "Cafe\u0301"), app.variable("mark", "\u0301")
    meant = {"plain": "e\u0301", "joined": f"{apart} e{mark}", "called": call("join", "", ["e", mark])}
    theirs = read_back(tmp_path, {name: Speller(app).value(entered(value)) for name, value in meant.items()}, app)
    same(theirs, {name: evaluated(value) for name, value in meant.items()}, meant)
    assert theirs == {"plain": "\u00e9", "joined": "Caf\u00e9 \u00e9", "called": "\u00e9"}


@given(st.lists(VALUE, min_size=1, max_size=40))
@thorough
def test_any_value_is_laid_out_as_terraform_lays_it_out(values: list[Any]) -> None:
    app = Architecture("asked")
    # Terraform counts what a reader sees as a character, which matters only to keys beyond ASCII.
    ascii_keys = [value for value in values if repr(value).isascii()]
    block = Block(
        "locals",
        (),
        ([Assignment(f"v{at}", Speller(app).value(entered(value))) for at, value in enumerate(ascii_keys)],),
    )
    with TemporaryDirectory() as folder:
        written(Path(folder), {"main.tf": hcl.printed([block])})
        done = terraform(Path(folder), "fmt", "-check", "-diff")
    assert done.returncode == 0, done.stdout + done.stderr


@given(st.lists(st.lists(TEXT | LINES | NUMBER | st.booleans(), min_size=1, max_size=5), min_size=1, max_size=40))
@thorough
def test_text_with_values_in_it_reads_back_in_both_syntaxes(texts: list[list[Any]]) -> None:
    app = Architecture("asked")
    meant: dict[str, Any] = {}
    for at, parts in enumerate(texts):
        variables = [app.variable(f"x{at}_{n}", part, type=_type(part)) for n, part in enumerate(parts)]
        between = ["$", "%", "a\n", "{", "\n"]
        meant[f"v{at}"] = "".join(f"{variable}{text}" for variable, text in zip(variables, between, strict=False))
    nodes = {name: Speller(app).value(entered(text)) for name, text in meant.items()}
    assert any(isinstance(entered(text), Template) for text in meant.values())
    for syntax in ("hcl", "json"):
        with TemporaryDirectory() as folder:
            theirs = read_back(Path(folder), nodes, app, syntax=syntax)
        same(theirs, {name: evaluated(text) for name, text in meant.items()}, meant)


def _type(value: Any) -> str:
    return {bool: "bool", str: "string"}.get(type(value), "number")


WORD = st.sampled_from(["", "a", "b", "ab", "aab", "a,b", "A", "ß", "Straße", "İstanbul", "ΑΣ", "1", "true", "<&>"])
ARGUMENT = WORD | st.none() | st.booleans() | st.integers(-2, 20) | st.sampled_from([0.5, 2.0, 1e-7, 1e20])
FLAT = st.lists(ARGUMENT, max_size=4)
NESTED = st.recursive(ARGUMENT, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
MAPPING = st.dictionaries(st.sampled_from("abc"), ARGUMENT, max_size=3)
PATTERN = st.sampled_from(
    ["/a*/", "/(a)(b)?/", "/[ab]+$/", "//", "/^a/", "a", "", "/", "/(?P<x>a)b/", "/\\bA\\b/", "/(?i)A/", "/[]a]/"]
)
REPLACEMENT = st.sampled_from(["", "-", "$1", "$1x", "${1}x", "$$", "${x}", "$2", "$", "$9", "é"])
CIDR = st.sampled_from(["10.0.0.0/16", "10.0.0.5/8", "192.168.1.0/30", "fd00::/8", "2001:db8::/56", "nonsense", "::/0"])
CALLS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "base64encode": (ARGUMENT,),
    "cidrsubnet": (CIDR, st.integers(0, 12), st.integers(0, 300)),
    "coalesce": (ARGUMENT, ARGUMENT, ARGUMENT),
    "compact": (FLAT,),
    "concat": (FLAT | MAPPING, FLAT),
    "contains": (FLAT, ARGUMENT),
    "distinct": (FLAT,),
    "flatten": (st.lists(NESTED, max_size=3),),
    "join": (WORD | st.none(), FLAT),
    "jsonencode": (NESTED | MAPPING | TEXT | NUMBER,),
    "keys": (MAPPING,),
    "length": (FLAT | MAPPING | st.sampled_from(["", "abc"]) | st.none(),),
    "lower": (ARGUMENT,),
    "merge": (MAPPING, MAPPING | st.none()),
    "one": (FLAT | st.none(),),
    "replace": (WORD, PATTERN, REPLACEMENT),
    "split": (st.sampled_from(["", ",", "a", "ab"]), ARGUMENT),
    "startswith": (WORD, WORD),
    "toset": (FLAT,),
    "tostring": (ARGUMENT | FLAT,),
    "trimprefix": (ARGUMENT, WORD),
    "trimsuffix": (WORD, WORD),
    "upper": (ARGUMENT,),
    "values": (MAPPING,),
}


def made(function: str) -> st.SearchStrategy[Any]:
    return st.tuples(*CALLS[function]).map(lambda arguments: call(function, *arguments))


def agrees(values: list[Any], app: Architecture) -> None:
    """Terraform and we give the same, or both refuse."""
    with TemporaryDirectory() as folder:
        theirs = read_back(Path(folder), {f"v{at}": attempted(value, app) for at, value in enumerate(values)}, app)
    ours = {f"v{at}": _or_refused(value) for at, value in enumerate(values)}
    same(theirs, ours, {f"v{at}": value for at, value in enumerate(values)})


def same(theirs: dict[str, Any], ours: dict[str, Any], meant: dict[str, Any]) -> None:
    """Refuses the values of which Terraform makes something else than we do, by name."""
    different = [name for name in meant if theirs[name] != ours[name]]
    assert not different, [(meant[name], "Terraform:", theirs[name], "we:", ours[name]) for name in different[:3]]


def _or_refused(value: Any) -> Any:
    try:
        return {"value": evaluated(value)}
    except UserError:
        return None


@pytest.mark.parametrize("function", sorted(CALLS))
@given(data=st.data())
@settings(thorough, max_examples=3)
def test_a_function_gives_what_terraforms_gives(function: str, data: st.DataObject) -> None:
    agrees(data.draw(st.lists(made(function), min_size=20, max_size=60)), Architecture("asked"))


def test_every_function_of_ours_is_asked_about() -> None:
    from terrarium.model.functions import FUNCTIONS

    assert set(CALLS) == set(FUNCTIONS)


CONDITION = st.recursive(
    st.booleans()
    | st.tuples(st.sampled_from([equals, lambda a, b: negate(equals(a, b))]), ARGUMENT, ARGUMENT).map(
        lambda drawn: drawn[0](entered(call("one", [drawn[1]])), drawn[2])
    ),
    lambda inner: st.builds(both, inner, inner) | st.builds(either, inner, inner) | st.builds(negate, inner),
    max_leaves=6,
)


@given(st.lists(CONDITION, min_size=20, max_size=80))
@thorough
def test_conditions_hold_where_terraforms_hold(conditions: list[Any]) -> None:
    agrees(conditions, Architecture("asked"))


@given(st.lists(st.tuples(st.booleans(), ARGUMENT, ARGUMENT), min_size=20, max_size=80))
@thorough
def test_a_choice_between_plain_values_is_terraforms(choices: list[tuple[bool, Any, Any]]) -> None:
    agrees([choose(Operation("==", (decider, True)), yes, no) for decider, yes, no in choices], Architecture("asked"))


def _textual(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Texts made of texts, in every way that the language has."""
    return (
        st.builds(lambda a, b: call("join", "-", [a, b]), inner, inner)
        | st.builds(lambda a: call("upper", a), inner)
        | st.builds(lambda a: call("jsonencode", {"k": [a], "${l}": f"{a}"}), inner)
        | st.builds(lambda a: call("split", ",", call("join", ",", [a, "z"]))[0], inner)
        | st.builds(lambda a: call("merge", {"a b": a}, {"c": "d"})["a b"], inner)
        | st.builds(lambda a, b: entered(f'{a} $"{b}"\n'), inner, inner)
        | st.builds(lambda a, b, one, other: choose(equals(one, other), a, b), inner, inner, inner, inner)
    )


@given(data=st.data())
@thorough
def test_texts_made_of_texts_read_back_in_both_syntaxes(data: st.DataObject) -> None:
    app = Architecture("asked")
    leaves = [app.variable(f"x{at}", text) for at, text in enumerate(["", "a,b", 'q"${y}"', "l\nm\n", "\\", "é%{"])]
    texts = data.draw(st.lists(st.recursive(st.sampled_from(leaves), _textual, max_leaves=8), min_size=20, max_size=60))
    meant = {f"v{at}": text for at, text in enumerate(texts)}
    nodes = {name: Speller(app).value(text) for name, text in meant.items()}
    for syntax in ("hcl", "json"):
        with TemporaryDirectory() as folder:
            theirs = read_back(Path(folder), nodes, app, syntax=syntax)
        same(theirs, {name: evaluated(text) for name, text in meant.items()}, meant)
