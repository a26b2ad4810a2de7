"""Event source mappings as an architecture or a call describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.kinds.event_sources import check_numbers, on_failure, wanted
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


@pytest.mark.parametrize(
    "values",
    [
        {"parallelization_factor": 11},
        {"tumbling_window_in_seconds": 901},
        {"batch_size": 0},
        {"maximum_record_age_in_seconds": 59},
    ],
)
def test_numbers_beyond_what_lambda_takes_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(UserError):
        check_numbers(mapping(**values))


def test_what_lambda_takes_is_fine() -> None:
    check_numbers(mapping(parallelization_factor=10, tumbling_window_in_seconds=900, maximum_record_age_in_seconds=-1))


def failing(arn: str) -> Entry:
    return mapping(destination_config=[{"on_failure": [{"destination_arn": arn}]}])


def test_a_queue_a_topic_or_a_bucket_is_told_of_failures() -> None:
    for arn in ("arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sns:us-east-1:000000000000:t", "arn:aws:s3:::b"):
        assert on_failure(failing(arn)) == arn
    with pytest.raises(UserError):
        on_failure(failing("arn:aws:lambda:us-east-1:000000000000:function:f"))
