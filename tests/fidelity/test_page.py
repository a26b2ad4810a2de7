"""What holds for docs/fidelity.md, and for choosing whom statements are tried against."""

from __future__ import annotations

import pytest

from tests.fidelity.page import Score, page, read_results
from tests.fidelity.statements_read import Statement, statements
from tests.fidelity.targets.account import Account

ONE = Statement("test_alb_x::test_one", "Application Load Balancer", "It balances.", "https://one.example", "")
TWO = Statement("test_dynamodb_x::test_two", "DynamoDB", "It keeps.", "https://two.example", "we forget")


def shown(*holding: str) -> str:
    results = {
        "terrarium": Score("1.0", "2026-01-01", list(holding), 2),
        "moto": Score("5.0", "2026-01-02", [TWO.name], 2),
    }
    return page(results, [ONE, TWO])


def test_a_failed_statement_is_listed_with_its_reason() -> None:
    assert "- It keeps. [source](https://two.example) Here: we forget." in shown(ONE.name)


def test_scores_are_counted_over_claimed_areas_and_over_all() -> None:
    text = shown(ONE.name)
    assert "| **claimed** | 1 / 2 | 1 / 1 |" in text
    assert "| **all** | **1 / 2** | **1 / 2** |" in text


def test_every_statement_stands_there_with_who_holds_it() -> None:
    text = shown(ONE.name)
    assert "| It balances. [source](https://one.example) | ✓ | ✗ |" in text
    assert "| It keeps. [source](https://two.example) | ✗ | ✓ |" in text


def test_who_was_not_tried_with_every_statement_is_named() -> None:
    results = {"moto": Score("5.0", "2026-01-02", [TWO.name], 1)}
    assert "moto was tried with 1 of the 2 statements; the newer ones count as not holding for it." in page(
        results, [ONE, TWO]
    )
    assert "was tried with" not in shown(ONE.name)


def test_what_was_kept_fails_exactly_what_the_statements_admit() -> None:
    kept = read_results()["terrarium"]
    known = {statement.name for statement in statements()}
    admitted = {statement.name for statement in statements() if statement.untrue_here}
    assert not admitted & set(kept.holding)
    assert known - set(kept.holding) == admitted, "run python -m tests.fidelity.score --only terrarium"


@pytest.mark.parametrize("url", ["https://dynamodb.us-east-1.amazonaws.com", "http://192.0.2.1:4566"])
def test_an_endpoint_elsewhere_needs_a_profile(url: str) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        Account(url, None)
