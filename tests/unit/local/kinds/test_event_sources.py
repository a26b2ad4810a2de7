"""Event source mappings as an architecture or a call describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.kinds.event_sources import wanted
from terrarium.local.registry import Entry


def mapping(*patterns: str, **values: Any) -> Entry:
    filters = {"filter_criteria": [{"filter": [{"pattern": pattern} for pattern in patterns]}]} if patterns else {}
    return Entry("aws_lambda_event_source_mapping.changes", "aws_lambda_event_source_mapping", {**filters, **values})


def test_a_record_passes_where_one_filter_lets_it_through() -> None:
    passes = wanted(mapping(json.dumps({"eventName": ["INSERT"]}), json.dumps({"eventName": ["REMOVE"]})))
    assert [passes({"eventName": name}) for name in ("INSERT", "MODIFY", "REMOVE")] == [True, False, True]


def test_without_filters_every_record_passes() -> None:
    assert wanted(mapping())({"eventName": "MODIFY"})


def test_a_filter_that_is_no_pattern_is_told_with_what_is_wrong() -> None:
    with pytest.raises(UserError, match="no event pattern") as refused:
        wanted(mapping('{"eventName": "INSERT"}'))
    assert "aws_lambda_event_source_mapping.changes" in refused.value.what
