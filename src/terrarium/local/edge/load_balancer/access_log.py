"""One line per request, in the format of the balancer's access log. Pure.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct


class Entry(Struct):
    """What is known of a request, filled in as it goes.

    Attributes:
        received_at: Seconds since the epoch; `answered_at` likewise.
        request_time: Seconds until the request went out to a target; -1 where it never did. The two others likewise.
        status: What the client got; 460 where it left before.
        target_status: What the target said; 0 where it said nothing.
        rule: The priority of the rule that matched; None where it came to no rule.
    """

    received_at: float
    answered_at: float = 0
    type: str = "http"
    client: str = "-"
    target: str = "-"
    request_time: float = -1
    target_time: float = -1
    response_time: float = -1
    status: int = 0
    target_status: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    request: str = "- - -"
    user_agent: str = "-"
    ssl_cipher: str = "-"
    ssl_protocol: str = "-"
    target_group: str = "-"
    trace: str = "-"
    rule: int | None = None
    action: str = "-"
    redirect_url: str = "-"
    error_reason: str = "-"
    classification: str = "-"
    classification_reason: str = "-"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _seconds(value: float) -> str:
    return "-1" if value < 0 else f"{value:.3f}"


def line(entry: Entry, balancer: str) -> str:
    """The entry as AWS writes it.

    Args:
        entry: A request that is over.
        balancer: The end of the balancer's ARN, ``app/<name>/<hex>``.
    """
    code = str(entry.target_status) if entry.target_status else "-"
    return " ".join(
        (
            entry.type,
            _time(entry.answered_at),
            balancer,
            entry.client,
            entry.target,
            _seconds(entry.request_time),
            _seconds(entry.target_time),
            _seconds(entry.response_time),
            str(entry.status),
            code,
            str(entry.received_bytes),
            str(entry.sent_bytes),
            _quoted(entry.request),
            _quoted(entry.user_agent[:8192]),
            entry.ssl_cipher,
            entry.ssl_protocol,
            entry.target_group,
            _quoted(entry.trace),
            '"-"',  # domain_name and chosen_cert_arn: TLS, where it is on, ends before the balancer
            '"-"',
            "-" if entry.rule is None else str(entry.rule),
            _time(entry.received_at),
            _quoted(entry.action),
            _quoted(entry.redirect_url),
            _quoted(entry.error_reason),
            _quoted(entry.target),
            _quoted(code),
            _quoted(entry.classification),
            _quoted(entry.classification_reason),
        )
    )
