"""Conditions of policies, as the documentation of IAM's operators has them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.edge.websocket_api.conditions import MalformedConditionError, satisfied

KEYS = {
    "aws:sourceip": "203.0.113.7",
    "aws:currenttime": "2026-03-01T12:00:00Z",
    "aws:epochtime": "1772366400",
    "aws:securetransport": "true",
    "aws:useragent": "Friend/2.0",
    "aws:referer": "https://example.com/a",
    "arn": "arn:aws:iam::000000000000:role/player",
    "data": "aGVsbG8=",
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "holds"),
    [
        ("StringEquals", "aws:UserAgent", "Friend/2.0", True),
        ("StringEquals", "aws:UserAgent", "friend/2.0", False),
        ("StringEquals", "AWS:useragent", ["Other", "Friend/2.0"], True),
        ("StringEqualsIgnoreCase", "aws:UserAgent", "friend/2.0", True),
        ("StringNotEquals", "aws:UserAgent", ["Other", "Friend/2.0"], False),
        ("StringNotEquals", "aws:UserAgent", ["Other", "Another"], True),
        ("StringLike", "aws:UserAgent", "Fr*/?.0", True),
        ("StringNotLike", "aws:UserAgent", "Fr*", False),
        ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"], True),
        ("IpAddress", "aws:SourceIp", "203.0.113.8", False),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("DateGreaterThan", "aws:CurrentTime", "2026-02-01T00:00:00Z", True),
        ("DateLessThanEquals", "aws:CurrentTime", "2026-03-01T12:00:00+00:00", True),
        ("DateLessThan", "aws:EpochTime", "2026-03-01T12:00:00Z", False),
        ("DateEquals", "aws:EpochTime", "1772366400", True),
        ("NumericGreaterThanEquals", "aws:EpochTime", 1772366400, True),
        ("NumericNotEquals", "aws:EpochTime", "5", True),
        ("Bool", "aws:SecureTransport", "true", True),
        ("Bool", "aws:SecureTransport", False, False),
        ("ArnLike", "arn", "arn:aws:iam::*:role/pl*", True),
        ("ArnLike", "arn", "arn:*", False),
        ("ArnNotEquals", "arn", "arn:aws:iam::000000000000:role/player", False),
        ("BinaryEquals", "data", "aGVsbG8=", True),
        ("Null", "aws:Referer", "false", True),
        ("Null", "aws:PrincipalArn", "true", True),
        ("Null", "aws:PrincipalArn", "false", False),
        ("ForAnyValue:StringEquals", "aws:UserAgent", ["Friend/2.0"], True),
        ("ForAllValues:StringLike", "aws:UserAgent", ["Friend/*", "x"], True),
    ],
)
def test_an_operator_holds_a_request_against_what_a_policy_wants(
    operator: str, key: str, wanted: Any, holds: bool
) -> None:
    assert satisfied({operator: {key: wanted}}, KEYS) is holds


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("StringEquals", False),
        ("StringEqualsIfExists", True),
        ("StringNotEquals", True),
        ("NotIpAddress", True),
        ("IpAddress", False),
        ("NumericLessThan", False),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_a_key_that_the_request_lacks_fails_what_asks_for_it_and_passes_what_excludes_it(
    operator: str, holds: bool
) -> None:
    assert satisfied({operator: {"aws:PrincipalOrgID": "o-1"}}, KEYS) is holds


def test_every_operator_and_every_key_has_to_hold() -> None:
    both = {"StringEquals": {"aws:UserAgent": "Friend/2.0"}, "IpAddress": {"aws:SourceIp": "203.0.113.7"}}
    assert satisfied(both, KEYS)
    assert not satisfied({**both, "Bool": {"aws:SecureTransport": "false"}}, KEYS)
    assert not satisfied({"StringEquals": {"aws:UserAgent": "Friend/2.0", "aws:Referer": "another"}}, KEYS)
    assert satisfied({}, KEYS)


@pytest.mark.parametrize(
    "condition",
    [
        "always",
        {"StringEquals": "aws:UserAgent"},
        {"StringResembles": {"aws:UserAgent": "x"}},
        {"ForSome:StringEquals": {"aws:UserAgent": "x"}},
        {"StringEquals": {"aws:UserAgent": {"a": 1}}},
        {"IpAddress": {"aws:SourceIp": "here"}},
        {"NumericEquals": {"aws:EpochTime": "many"}},
        {"DateEquals": {"aws:CurrentTime": "yesterday"}},
        {"Bool": {"aws:SecureTransport": "perhaps"}},
        {"Null": {"aws:Referer": "perhaps"}},
    ],
)
def test_what_is_no_condition_is_refused(condition: Any) -> None:
    with pytest.raises(MalformedConditionError):
        satisfied(condition, KEYS)


@given(
    value=st.text(max_size=5),
    wanted=st.lists(st.text(max_size=5), min_size=1, max_size=3),
    operator=st.sampled_from(["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnLike"]),
)
def test_an_operators_negation_holds_exactly_where_it_does_not(value: str, wanted: list[str], operator: str) -> None:
    opposite = operator.replace("String", "StringNot").replace("Arn", "ArnNot")
    keys = {"key": value}
    assert satisfied({operator: {"key": wanted}}, keys) is not satisfied({opposite: {"key": wanted}}, keys)
