"""Token buckets: how many requests come through.

Time is passed in; a refusal is an answer here, and what a client is told about it is for others to say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
"""

from __future__ import annotations

from collections.abc import Callable

from terrarium.local.edge.websocket_api.selection import CONNECT
from terrarium.local.edge.websocket_api.settings import ApiSettings, Throttle


class TokenBucket:
    """Lets requests through at a steady rate, with room for a burst; full at first.

    Args:
        throttle: Its measures.
        monotonic: Seconds that never run backwards.
    """

    __slots__ = ("_burst", "_filled_at", "_monotonic", "_rate", "_tokens")

    def __init__(self, throttle: Throttle, monotonic: Callable[[], float]) -> None:
        self._rate, self._burst = throttle.rate, float(throttle.burst if throttle.rate > 0 else 0)
        self._monotonic = monotonic
        self._tokens = self._burst
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Whether one more request comes through now."""
        now = self._monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttles:
    """The buckets of one API: each route's own, and the account's above them.

    The stage's default is a default *for each route*: routes do not share its bucket.
    """

    def __init__(self, settings: ApiSettings, monotonic: Callable[[], float]) -> None:
        self._account = TokenBucket(settings.account_throttle, monotonic)
        self._connections = TokenBucket(settings.connection_throttle, monotonic)
        self._routes = {
            key: TokenBucket(throttle, monotonic)
            for key, route in settings.routes.items()
            if (throttle := route.throttle or settings.throttle) is not None
        }

    def admits(self, route_key: str) -> bool:
        """Whether a message may go to this route now."""
        bucket = self._routes.get(route_key)
        return (bucket is None or bucket.take()) and self._account.take()

    def admits_connection(self) -> bool:
        """Whether a client may connect now."""
        return self._connections.take() and self.admits(CONNECT)

    def admits_callback(self) -> bool:
        """Whether a call of ``@connections`` may be made now."""
        return self._account.take()
