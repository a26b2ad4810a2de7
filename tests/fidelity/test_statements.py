"""What holds for the statements themselves."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fidelity.statements_read import AREAS, Statement, statements

STATEMENTS = statements()
ENOUGH = 120


def test_there_are_enough_distinct_statements() -> None:
    assert len({statement.text for statement in STATEMENTS}) >= ENOUGH


def test_no_two_say_the_same() -> None:
    texts = Counter(statement.text for statement in STATEMENTS)
    assert not [text for text, times in texts.items() if times > 1]


def test_every_area_has_some() -> None:
    assert {statement.area for statement in STATEMENTS} == set(AREAS.values())


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)
def test_a_statement_is_a_sentence_with_a_source(statement: Statement) -> None:
    assert statement.text.endswith((".", "…", ")"))
    assert statement.source.startswith("https://")
