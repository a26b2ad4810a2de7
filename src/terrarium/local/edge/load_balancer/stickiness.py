"""Which target a client's cookies ask for, and which cookies its answer carries. Pure: time is passed in.

Duration-based: ``AWSALB``, and ``AWSALBCORS`` for cross-origin requests. Application-based: ``AWSALBAPP``, alive only
beside the application's own cookie. Among weighted groups: ``AWSALBTG`` and ``AWSALBTGCORS``.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
"""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.local.edge.load_balancer.cookies import LONGEST, Seal, read, sets, write
from terrarium.local.edge.load_balancer.settings import Forward, Stickiness, Target

LB = "AWSALB"
APP = "AWSALBAPP"
GROUP = "AWSALBTG"


class Sessions:
    """Reads and writes the balancer's cookies.

    Args:
        seal: Keeps them opaque.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def group(self, action: Forward, cookies: Sequence[str], now: float) -> str | None:
        """The target group a client was given before, if the action keeps clients and still has that group."""
        if action.stickiness is None:
            return None
        known = {arn for arn, weight in action.groups if weight > 0}
        said = self._said((GROUP, f"{GROUP}CORS"), cookies, action.stickiness, now)
        return said[0] if said and said[0] in known else None

    def target(self, arn: str, sticky: Stickiness, cookies: Sequence[str], now: float) -> Target | None:
        """The target a client's cookies name within a group; whether it is fit to be asked is for others to say."""
        if sticky.type == "app_cookie":
            if read(cookies, sticky.cookie_name) is None:
                return None
            names: tuple[str, ...] = (APP,)
        else:
            names = (LB, f"{LB}CORS")
        said = self._said(names, cookies, sticky.duration, now)
        if said is None or said[0] != arn:
            return None
        return Target(said[1], int(said[2]))

    def _said(
        self, names: tuple[str, ...], cookies: Sequence[str], lifetime: float, now: float
    ) -> tuple[str, ...] | None:
        for name in names:
            value = read(cookies, name)
            if value is not None and (said := self._seal.open(value, lifetime, now)):
                return said
        return None

    def renew_group(self, action: Forward, arn: str, now: float) -> list[str]:
        """``Set-Cookie`` headers that keep a client with a target group."""
        if action.stickiness is None:
            return []
        return self._pair(GROUP, (arn,), action.stickiness, now)

    def renew_target(
        self, arn: str, sticky: Stickiness, target: Target, now: float, *, was_sticky: bool, set_cookies: Sequence[str]
    ) -> list[str]:
        """``Set-Cookie`` headers that keep a client with a target, its expiry counted from now.

        Args:
            arn: The target group.
            sticky: Its stickiness.
            target: Who answered.
            now: Seconds since the epoch.
            was_sticky: Whether the client came with the application's cookie and a valid one of ours.
            set_cookies: The ``Set-Cookie`` headers of the target's answer.
        """
        words = (arn, target.id, str(target.port))
        if sticky.type == "lb_cookie":
            return self._pair(LB, words, sticky.duration, now)
        if was_sticky or sets(set_cookies, sticky.cookie_name):
            return [write(APP, self._seal.close(words, now), LONGEST, now)]
        return []

    def _pair(self, name: str, words: tuple[str, ...], lifetime: float, now: float) -> list[str]:
        value = self._seal.close(words, now)
        return [write(name, value, lifetime, now), write(f"{name}CORS", value, lifetime, now, cross_site=True)]
