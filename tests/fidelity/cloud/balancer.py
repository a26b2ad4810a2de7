"""The rules of the load balancer's listener, written once for Terraform and for the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """One rule: conditions, and either a target group or an answer of the balancer's own.

    Attributes:
        priority: Its place; the first that fits decides.
        label: Its name.
        conditions: By the API's field names: texts, or pairs of a key and a value.
        forward: The target group's name, if it forwards.
        answer: Status and text, if it answers itself.
        redirect: Parts of the new address, if it redirects.
    """

    priority: int
    label: str
    conditions: Mapping[str, Any]
    forward: str = ""
    answer: tuple[int, str] | None = None
    redirect: Mapping[str, str] = field(default_factory=dict)

    def terraform(self, groups: Mapping[str, Any]) -> dict[str, Any]:
        """The rule as attributes of ``aws_lb_listener_rule``; groups are the constructs by name."""
        conditions = [_block(name, values) for name, values in self.conditions.items()]
        if self.forward:
            action: dict[str, Any] = {"type": "forward", "target_group_arn": groups[self.forward].arn}
        elif self.answer:
            status, text = self.answer
            fixed = {"content_type": "text/plain", "message_body": text, "status_code": str(status)}
            action = {"type": "fixed-response", "fixed_response": fixed}
        else:
            action = {"type": "redirect", "redirect": dict(self.redirect)}
        return {"priority": self.priority, "condition": conditions, "action": [action]}

    def api(self, groups: Mapping[str, str]) -> dict[str, Any]:
        """The rule as parameters of CreateRule; groups are ARNs by name."""
        conditions = [_condition(name, values) for name, values in self.conditions.items()]
        if self.forward:
            action: dict[str, Any] = {"Type": "forward", "TargetGroupArn": groups[self.forward]}
        elif self.answer:
            status, text = self.answer
            fixed = {"ContentType": "text/plain", "MessageBody": text, "StatusCode": str(status)}
            action = {"Type": "fixed-response", "FixedResponseConfig": fixed}
        else:
            config = {"".join(map(str.capitalize, name.split("_"))): value for name, value in self.redirect.items()}
            action = {"Type": "redirect", "RedirectConfig": config}
        return {"Priority": self.priority, "Conditions": conditions, "Actions": [action]}


def _block(name: str, values: Any) -> dict[str, Any]:
    if name == "query-string":
        return {"query_string": [{"key": key, "value": value} for key, value in values]}
    if name == "http-header":
        return {"http_header": {"http_header_name": values[0], "values": values[1]}}
    return {{"http-request-method": "http_request_method"}.get(name, name.replace("-", "_")): {"values": values}}


def _condition(name: str, values: Any) -> dict[str, Any]:
    if name == "query-string":
        pairs = [{"Key": key, "Value": value} for key, value in values]
        return {"Field": name, "QueryStringConfig": {"Values": pairs}}
    if name == "http-header":
        return {"Field": name, "HttpHeaderConfig": {"HttpHeaderName": values[0], "Values": values[1]}}
    config = "".join(map(str.capitalize, name.split("-"))) + "Config"
    config = {"HttpRequestMethodConfig": "HttpRequestMethodConfig"}.get(config, config)
    return {"Field": name, config: {"Values": values}}


RULES = (
    Rule(1, "fixed", {"path-pattern": ["/fixed"]}, answer=(418, "an answer of the balancer's own")),
    Rule(2, "fixed_again", {"path-pattern": ["/fixed*"]}, answer=(200, "the second rule")),
    Rule(3, "moved", {"path-pattern": ["/moved/*"]}, redirect={"path": "/new/#{path}", "status_code": "HTTP_301"}),
    Rule(
        4,
        "found",
        {"path-pattern": ["/found"]},
        redirect={"host": "other.example", "protocol": "HTTPS", "port": "443", "status_code": "HTTP_302"},
    ),
    Rule(5, "empty", {"path-pattern": ["/nobody"]}, forward="empty"),
    Rule(6, "sticky", {"path-pattern": ["/sticky"]}, forward="sticky"),
    Rule(7, "method", {"path-pattern": ["/method"], "http-request-method": ["DELETE"]}, answer=(200, "by its method")),
    Rule(8, "query", {"path-pattern": ["/query"], "query-string": [("version", "v*")]}, answer=(200, "by its query")),
    Rule(
        9, "header", {"path-pattern": ["/header"], "http-header": ("X-Kind", ["b?ta"])}, answer=(200, "by its header")
    ),
    Rule(10, "letters", {"path-pattern": ["/Upper"]}, answer=(200, "in capital letters")),
)
