"""The query protocol: flat parameters in, XML out."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.api.query import query_reply, read_query
from terrarium.local.aws_error import AwsError


def test_dots_nest_and_members_are_lists_in_order_of_their_numbers() -> None:
    form = {
        "Action": "PutMetricData",
        "MetricData.member.2.MetricName": "b",
        "MetricData.member.1.MetricName": "a",
        "MetricData.member.10.MetricName": "j",
        "MetricData.member.1.Dimensions.member.1.Name": "n",
        "Stat.Set.Sum": "1",
    }
    assert read_query(urlencode(form).encode()) == {
        "Action": "PutMetricData",
        "MetricData": [{"MetricName": "a", "Dimensions": [{"Name": "n"}]}, {"MetricName": "b"}, {"MetricName": "j"}],
        "Stat": {"Set": {"Sum": "1"}},
    }


@pytest.mark.parametrize("body", [b"a=1&a.b=2", b"\xff=1", ("." * 50 + "=1").encode(), b"&".join([b"a=1"] * 30_000)])
def test_a_malformed_form_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError, match="MalformedQueryString"):
        read_query(body)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(AwsError):
        read_query(body)


def test_a_result_becomes_elements() -> None:
    when = datetime(2025, 1, 1, tzinfo=UTC)
    result = {"Label": "a & <b>", "Points": [{"Sum": 1.5, "Time": when}], "On": True, "Absent": None}
    reply = query_reply("Get", "http://ns/", result, "r1")
    root = ET.fromstring(reply.body)
    assert root.tag == "{http://ns/}GetResponse"
    inside = "{http://ns/}GetResult/{http://ns/}"
    assert root.findtext(f"{inside}Label") == "a & <b>"
    assert root.findtext(f"{inside}Points/{{http://ns/}}member/{{http://ns/}}Time") == "2025-01-01T00:00:00Z"
    assert root.findtext(f"{inside}On") == "true"
    assert root.find(f"{inside}Absent") is None


@settings(deadline=None)
@given(st.text())
def test_any_text_stays_well_formed_xml(text: str) -> None:
    ET.fromstring(query_reply("Get", "http://ns/", {"Label": text}, "r1").body)
