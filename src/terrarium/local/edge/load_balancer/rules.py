"""Which action a request meets: conditions, priorities, redirects. Pure: a request is a handful of facts here.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from terrarium.local.edge.load_balancer.settings import Action, Condition, Forward, Listener, Redirect

DEFAULT_RULE = 0
"""The priority that access log entries give to a listener's default action."""


class Facts(Struct, frozen=True):
    """What rules may look at.

    Attributes:
        method: As sent.
        host: The Host header without its port.
        path: Percent-encoded, as sent.
        query: Percent-encoded, as sent, without the question mark.
        source_ip: Of whoever holds the connection; X-Forwarded-For does not count.
        headers: Names and values in the order sent.
    """

    method: str
    host: str
    path: str
    query: str = ""
    source_ip: str = "127.0.0.1"
    headers: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=4096)
def wildcard(pattern: str, *, ignore_case: bool, escapes: bool = False) -> re.Pattern[str]:
    r"""A pattern with ``*`` (any run) and ``?`` (one character) as a regular expression.

    Args:
        pattern: As in the rule.
        ignore_case: Paths are compared with regard to case, everything else is not.
        escapes: Whether ``\*`` and ``\?`` stand for themselves, as in query strings.
    """
    parts = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL) if escapes else list(pattern)
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(text, (re.IGNORECASE if ignore_case else 0) | re.DOTALL)


def _any(values: tuple[str, ...], text: str, *, ignore_case: bool) -> bool:
    return any(wildcard(value, ignore_case=ignore_case).fullmatch(text) for value in values)


def _header(condition: Condition, facts: Facts) -> bool:
    name = condition.header.lower()
    return any(_any(condition.values, text, ignore_case=True) for key, text in facts.headers if key.lower() == name)


def _query_string(condition: Condition, facts: Facts) -> bool:
    asked = [part.partition("=")[::2] for part in facts.query.split("&") if part]
    return any(_pair(key, value, *one) for key, value in condition.pairs for one in asked)


def _pair(key: str | None, value: str, asked_key: str, asked_value: str) -> bool:
    if key is not None and not wildcard(key, ignore_case=True, escapes=True).fullmatch(asked_key):
        return False
    return wildcard(value, ignore_case=True, escapes=True).fullmatch(asked_value) is not None


def _source_ip(condition: Condition, facts: Facts) -> bool:
    source = ipaddress.ip_address(facts.source_ip)
    return any(source in ipaddress.ip_network(block, strict=False) for block in condition.values)


CONDITIONS: dict[str, Callable[[Condition, Facts], bool]] = {
    "host-header": lambda condition, facts: _any(condition.values, facts.host, ignore_case=True),
    "path-pattern": lambda condition, facts: _any(condition.values, facts.path, ignore_case=False),
    "http-header": _header,
    "http-request-method": lambda condition, facts: facts.method in condition.values,
    "query-string": _query_string,
    "source-ip": _source_ip,
}


def choose(listener: Listener, facts: Facts) -> tuple[int, Action]:
    """The first rule by priority whose conditions all hold.

    Returns:
        Its priority (0 for the default action) and its action.
    """
    for rule in sorted(listener.rules, key=lambda rule: rule.priority):
        if all(CONDITIONS[condition.field](condition, facts) for condition in rule.conditions):
            return rule.priority, rule.action
    return DEFAULT_RULE, listener.default


def draw_group(action: Forward, draw: Callable[[], float]) -> str | None:
    """One of the action's target groups by weight.

    Args:
        action: Its weights need not add up to anything.
        draw: Gives numbers from 0 up to but not including 1.

    Returns:
        A target group's ARN; None where every weight is zero.
    """
    if len(action.groups) == 1:
        return action.groups[0][0]
    mark = draw() * sum(weight for _, weight in action.groups)
    for arn, weight in action.groups:
        if mark < weight:
            return arn
        mark -= weight
    return None


class Location(Struct, frozen=True):
    """Where a redirect leads; `protocol` in lower case, `path` with its slash, `query` without its question mark."""

    protocol: str
    host: str
    port: str
    path: str
    query: str

    def url(self, base: str | None = None) -> str:
        """The whole URL; AWS always writes the port.

        Args:
            base: Stands in for protocol, host and port, where the same listener answers at another address.
        """
        origin = base.rstrip("/") if base is not None else f"{self.protocol}://{self.host}:{self.port}"
        return f"{origin}{self.path}" + (f"?{self.query}" if self.query else "")


def redirect(action: Redirect, listener: Listener, facts: Facts) -> Location:
    """Fills in the parts of the original URL; ``#{path}`` comes without its leading slash.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """
    known = {
        "#{protocol}": listener.protocol.lower(),
        "#{host}": facts.host,
        "#{port}": str(listener.port),
        "#{path}": facts.path.removeprefix("/"),
        "#{query}": facts.query,
    }

    def fill(text: str) -> str:
        return re.sub(r"#\{(?:protocol|host|port|path|query)\}", lambda found: known[found[0]], text)

    return Location(
        fill(action.protocol).lower(), fill(action.host), fill(action.port), fill(action.path), fill(action.query)
    )
