"""The balancer's own answers and log lines."""

from __future__ import annotations

import shlex

import pytest

from terrarium.local.edge.load_balancer.access_log import Entry, line
from terrarium.local.edge.load_balancer.pages import page


@pytest.mark.parametrize(("status", "size"), [(301, 134), (502, 122), (503, 162), (504, 132), (403, 118), (463, 0)])
def test_a_page_has_the_size_that_it_has_on_aws(status: int, size: int) -> None:
    assert len(page(status)) == size


def test_a_page_is_awss() -> None:
    assert page(502) == (
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
        b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def test_a_log_line_has_the_documented_fields_in_order() -> None:
    entry = Entry(
        1_530_570_168.364,
        1_530_570_180.186641,
        client="192.168.131.39:2817",
        target="10.0.0.1:80",
        request_time=0,
        target_time=0.0014,
        response_time=0,
        status=200,
        target_status=200,
        received_bytes=34,
        sent_bytes=366,
        request="GET http://www.example.com:80/ HTTP/1.1",
        user_agent='curl/7.46.0 "quoted"',
        target_group="arn:tg",
        trace="Root=1-58337262-36d228ad5d99923122bbe354",
        rule=0,
        action="forward",
    )
    fields = shlex.split(line(entry, "app/my-loadbalancer/50dc6c495c0c9188"))
    assert fields == [
        "http", "2018-07-02T22:23:00.186641Z", "app/my-loadbalancer/50dc6c495c0c9188", "192.168.131.39:2817",
        "10.0.0.1:80",
        "0.000", "0.001", "0.000", "200", "200", "34", "366", "GET http://www.example.com:80/ HTTP/1.1",
        'curl/7.46.0 "quoted"', "-", "-", "arn:tg", "Root=1-58337262-36d228ad5d99923122bbe354", "-", "-", "0",
        "2018-07-02T22:22:48.364000Z", "forward", "-", "-", "10.0.0.1:80", "200", "-", "-",
    ]  # fmt: skip
