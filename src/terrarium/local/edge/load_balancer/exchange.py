"""One request's way through the balancer: refusals, rules, the choice of a target, the relay, the log.

Everything that can be decided without a socket is decided in the modules beside this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web
from msgspec import Struct
from multidict import CIMultiDict

from terrarium.local.clock import Clock
from terrarium.local.edge.load_balancer import access_log, answers, headers, rules
from terrarium.local.edge.load_balancer.access_log import Entry
from terrarium.local.edge.load_balancer.checks import Resolve
from terrarium.local.edge.load_balancer.choice import choose_target
from terrarium.local.edge.load_balancer.flights import Flights
from terrarium.local.edge.load_balancer.functions import Invoke
from terrarium.local.edge.load_balancer.health import Failure as Unhealthy
from terrarium.local.edge.load_balancer.invocation import RefusedError, invoked
from terrarium.local.edge.load_balancer.refusals import judge
from terrarium.local.edge.load_balancer.relay import Failure, Relay, Traffic, path_of
from terrarium.local.edge.load_balancer.settings import (
    Action,
    FixedResponse,
    Forward,
    Listener,
    LoadBalancerSettings,
    Redirect,
    Target,
)
from terrarium.local.edge.load_balancer.stickiness import Sessions
from terrarium.local.edge.load_balancer.targets import Group

PublicUrl = Callable[[str, str, int], str | None]

STATUS_OF: dict[Failure, int] = {
    "refused": 502,
    "closed": 502,
    "malformed": 502,
    "connect timeout": 504,
    "read timeout": 504,
    "client timeout": 408,
}
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""

CLIENT_GONE = 460


class LogSink(Protocol):
    """Where access log entries go."""

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Takes one log event; never blocks, never raises."""
        ...


class Parts(Struct, frozen=True):
    """What every exchange of a balancer shares."""

    groups: Mapping[str, Group]
    flights: Flights
    sessions: Sessions
    relay: Relay
    resolve: Resolve
    invoke: Invoke
    clock: Clock
    publish: Callable[[str, Mapping[str, Any]], None]  # plain JSON values, as Event has them
    logs: LogSink | None
    public_url: PublicUrl
    draw: Callable[[], float]
    random_hex: Callable[[int], str]


class Exchange:
    """A request and its answer.

    Args:
        parts: The balancer's.
        settings: Of the balancer as it is now; a change does not touch a request under way.
        listener: Where the request came in.
        request: The request.
    """

    def __init__(
        self, parts: Parts, settings: LoadBalancerSettings, listener: Listener, request: web.BaseRequest
    ) -> None:
        self._parts = parts
        self._settings = settings
        self._listener = listener
        self._request = request
        self._hop = _hop(request, listener)
        self._cookies = request.headers.getall("Cookie", [])
        self._traffic = Traffic()
        self._close = False
        self._started = parts.clock.monotonic()
        self._trace = headers.trace_id(request.headers.get("X-Amzn-Trace-Id"), parts.clock.now(), parts.random_hex(12))
        self._entry = Entry(
            parts.clock.now(),
            type=listener.protocol.lower(),
            client=f"{self._hop.source_ip}:{self._hop.source_port}",
            request=self._request_line(),
            user_agent=request.headers.get("User-Agent", "-"),
            trace=self._trace,
        )

    def _request_line(self) -> str:
        request, version = self._request, self._request.version
        url = f"{self._listener.protocol.lower()}://{self._host()}:{self._listener.port}{path_of(request)}"
        return f"{request.method} {url} HTTP/{version.major}.{version.minor}"

    def _host(self) -> str:
        return headers.host_name(self._request.headers.get("Host", ""))

    async def run(self) -> web.StreamResponse:
        """Answers the request and writes the log."""
        answer: web.StreamResponse = web.Response(status=CLIENT_GONE)  # for nobody, should the client leave
        try:
            answer = await self._answer()
            if not answer.prepared:
                answers.dress(answer.headers, self._listener)
        except ConnectionError:
            return answer
        finally:
            self._finish(answer)
        return answer

    async def _answer(self) -> web.StreamResponse:
        request = self._request
        verdict = judge(request.method, request.raw_path, request.version, request.headers, self._settings.desync_mode)
        self._close = verdict.close
        self._entry.classification = verdict.classification or "-"
        self._entry.classification_reason = verdict.reason or "-"
        if verdict.status:
            return self._page(verdict.status)
        facts = self._facts()
        self._entry.rule, action = rules.choose(self._listener, facts)
        return await self._act(action, facts)

    async def _act(self, action: Action, facts: rules.Facts) -> web.StreamResponse:
        match action:
            case FixedResponse():
                self._entry.action = "fixed-response"
                return answers.fixed(action)
            case Redirect():
                self._entry.action = "redirect"
                return self._redirect(action, facts)
            case Forward():
                self._entry.action = "forward"
                return await self._forward(action)

    def _facts(self) -> rules.Facts:
        path, _, query = path_of(self._request).partition("?")
        return rules.Facts(
            self._request.method,
            self._host(),
            path,
            query,
            self._hop.source_ip,
            tuple(self._request.headers.items()),
        )

    def _redirect(self, action: Redirect, facts: rules.Facts) -> web.StreamResponse:
        location = rules.redirect(action, self._listener, facts)
        self._entry.redirect_url = location.url()
        base = self._parts.public_url(location.protocol, location.host, int(location.port))
        answer = self._page(action.status)
        answer.headers["Location"] = location.url(base)
        return answer

    async def _forward(self, action: Forward) -> web.StreamResponse:
        sessions, now = self._parts.sessions, self._parts.clock.now()
        arn = sessions.group(action, self._cookies, now) or rules.draw_group(action, self._parts.draw)
        group = self._parts.groups.get(arn) if arn else None
        if arn is None or group is None:
            return self._page(503)
        self._entry.target_group = arn
        if group.settings.type == "lambda":
            return await self._invoke(group)
        sticky = group.settings.stickiness
        before = sessions.target(arn, sticky, self._cookies, now) if sticky else None
        found = choose_target(group, before, self._parts.resolve)
        if found is None:
            return self._page(503)
        target, address = found
        if isinstance(address, Unhealthy):  # AWS waits ten seconds for a connection that nobody takes
            return self._page(STATUS_OF["connect timeout"])
        self._entry.target = f"{address[0]}:{address[1]}"

        def renew(set_cookies: list[str]) -> list[str]:
            cookies = sessions.renew_group(action, arn, now)
            if sticky:
                cookies += sessions.renew_target(
                    arn, sticky, target, now, was_sticky=before is not None, set_cookies=set_cookies
                )
            return cookies

        return await self._ask(group, target, address, renew)

    async def _invoke(self, group: Group) -> web.StreamResponse:
        """The function's answer; stickiness and draining are not for functions."""
        target, entry, settings = group.pick(), self._entry, self._settings
        if target is None:
            return self._page(503)
        given = headers.to_target(self._request.headers, self._hop, settings, self._trace)
        entry.request_time = self._parts.clock.monotonic() - self._started
        try:
            answer = await invoked(
                self._request, given, group.settings, target, self._parts.invoke, self._trace, settings.idle_timeout
            )
        except RefusedError as refused:
            entry.error_reason = refused.reason
            return self._page(refused.status)
        entry.target_status, entry.response_time = answer.status, 0
        entry.target_time = self._parts.clock.monotonic() - self._started - entry.request_time
        if self._close:
            answer.force_close()
        return answer

    async def _ask(
        self, group: Group, target: Target, address: tuple[str, int], renew: Callable[[list[str]], list[str]]
    ) -> web.StreamResponse:
        sent_at = self._parts.clock.monotonic()
        self._entry.request_time = sent_at - self._started

        def adjust(status: int, given: CIMultiDict[str]) -> CIMultiDict[str]:
            self._entry.target_status = status
            self._entry.target_time = self._parts.clock.monotonic() - sent_at
            self._entry.response_time = 0
            if status == 101:
                self._entry.type = "wss" if self._listener.protocol == "HTTPS" else "ws"
            out = headers.to_client(given)
            for cookie in renew(given.getall("Set-Cookie", [])):
                out.add("Set-Cookie", cookie)
            answers.dress(out, self._listener)
            return out

        flight = self._parts.flights.begin(group.settings.arn, target)
        group.began(target)
        try:
            return await self._parts.relay(
                self._request,
                address,
                headers=headers.to_target(self._request.headers, self._hop, self._settings, self._trace),
                adjust=adjust,
                refuse=lambda failure: self._page(STATUS_OF[failure]),
                traffic=self._traffic,
                close=self._close,
            )
        except asyncio.CancelledError:
            if not self._parts.flights.was_cut(flight):
                raise
            flight.uncancel()
            return self._too_late()
        finally:
            group.ended(target)
            self._parts.flights.end(flight)

    def _too_late(self) -> web.StreamResponse:
        """The deregistration delay of the target is over: 502, or the connection where the answer had begun."""
        if self._entry.target_status and self._request.transport is not None:
            self._request.transport.abort()
        return self._page(502)

    def _page(self, status: int) -> web.Response:
        answer = answers.page(status)
        if self._close:
            answer.force_close()
        return answer

    def _finish(self, answer: web.StreamResponse) -> None:
        parts, entry, status = self._parts, self._entry, answer.status
        detail = {
            "method": self._request.method,
            "path": self._request.raw_path,
            "status": status,
            "target": entry.target,
            "target_group": entry.target_group,
            "action": entry.action,
            "milliseconds": round((parts.clock.monotonic() - self._started) * 1000, 3),
        }
        parts.publish("request", detail)
        if parts.logs is not None and self._settings.log_group:
            self._log(parts.logs, answer)

    def _log(self, logs: LogSink, answer: web.StreamResponse) -> None:
        entry, balancer = self._entry, self._settings.id or self._settings.name
        own = len(answer.body) if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else 0
        entry.status = answer.status
        entry.answered_at = self._parts.clock.now()
        entry.received_bytes = (
            headers.size(self._request.headers) + len(self._request.raw_path) + self._traffic.received
        )
        entry.sent_bytes = headers.size(answer.headers) + self._traffic.sent + own
        logs.write(self._settings.log_group, balancer, access_log.line(entry, balancer), int(entry.answered_at * 1000))


def _hop(request: web.BaseRequest, listener: Listener) -> headers.Hop:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    source, port = peer[:2] if isinstance(peer, tuple) else ("127.0.0.1", 0)
    return headers.Hop(source, port, listener.protocol.lower(), listener.port)
