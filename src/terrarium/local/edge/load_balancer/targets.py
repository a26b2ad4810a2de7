"""Who of a target group gets the next request: health, draining, fail open, balancing. Pure: time is passed in.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from terrarium.local.edge.load_balancer import health
from terrarium.local.edge.load_balancer.health import Failure, TargetHealth
from terrarium.local.edge.load_balancer.settings import Target, TargetGroup


class _Member(Struct):
    target: Target
    health: TargetHealth
    registration: int
    outstanding: int = 0


class Group:
    """A target group with what is known of its targets.

    Args:
        settings: The group.
        in_use: Whether some listener forwards to it; a group that nobody uses is not checked.
        draw: Gives numbers from 0 up to but not including 1, for ``weighted_random``.
    """

    def __init__(self, settings: TargetGroup, *, in_use: bool, draw: Callable[[], float]) -> None:
        self.settings = settings
        self._draw = draw
        self._turn = 0
        self._in_use = in_use
        self._members: dict[Target, _Member] = {}
        self._registrations = 0
        self.update(settings, in_use=in_use)

    def update(self, settings: TargetGroup, *, in_use: bool) -> dict[Target, int]:
        """Takes new settings: targets that are gone drain, targets that are new start from the beginning.

        Args:
            settings: The group as it shall be.
            in_use: Whether some listener forwards to it.

        Returns:
            The targets that begin to drain, each with the number of its registration; `forget` them when they are done.
        """
        self.settings = settings
        self._in_use = in_use
        for target in settings.targets:
            member = self._members.get(target)
            if member is None or member.health == health.DRAINING:
                self._register(target, member.outstanding if member else 0)
            elif not in_use or member.health == health.NOT_IN_USE or self._is_checked_otherwise(member):
                member.health = self._start()
        return {target: self._members[target].registration for target in self._leaving()}

    def _is_checked_otherwise(self, member: _Member) -> bool:
        """Whether checks of a target were switched on or off since."""
        return (member.health == health.UNCHECKED) == self.settings.health_check.enabled

    def _register(self, target: Target, outstanding: int) -> None:
        self._registrations += 1
        self._members[target] = _Member(target, self._start(), self._registrations, outstanding)

    def _leaving(self) -> list[Target]:
        stay = frozenset(self.settings.targets)
        leaving = [one for one in self._members.values() if one.target not in stay and one.health != health.DRAINING]
        for member in leaving:
            member.health = health.DRAINING
        return [member.target for member in leaving]

    def _start(self) -> TargetHealth:
        if not self._in_use:
            return health.NOT_IN_USE
        return health.INITIAL if self.settings.health_check.enabled else health.UNCHECKED

    def forget(self, target: Target, registration: int) -> bool:
        """Drops a target whose deregistration delay is over; False where it was registered again meanwhile."""
        member = self._members.get(target)
        if member is None or member.registration != registration:
            return False
        del self._members[target]
        return True

    def checked(self, target: Target, failure: Failure | None) -> tuple[TargetHealth, TargetHealth]:
        """Takes the result of one health check; returns the health before and after it."""
        member = self._members.get(target)
        if member is None:
            return health.NOT_REGISTERED, health.NOT_REGISTERED
        before = member.health
        self.started(target)
        member.health = health.after_check(member.health, failure, self.settings.health_check)
        return before, member.health

    def unreachable(self, target: Target, failure: Failure) -> tuple[TargetHealth, TargetHealth]:
        """Notes that nothing can reach the target; returns the health before and after."""
        member = self._members.get(target)
        if member is None or member.health == health.DRAINING:
            return health.NOT_REGISTERED, health.NOT_REGISTERED
        before = member.health
        member.health = TargetHealth("unhealthy", failure.reason, failure.description)
        return before, member.health

    def stopped(self, target: Target) -> tuple[TargetHealth, TargetHealth]:
        """Notes that what runs the target does not run; returns the health before and after."""
        member = self._members.get(target)
        if member is None or member.health == health.DRAINING:
            return health.NOT_REGISTERED, health.NOT_REGISTERED
        before, member.health = member.health, health.STOPPED
        return before, member.health

    def started(self, target: Target) -> None:
        """Notes that what runs the target runs, which begins its health anew if it did not."""
        member = self._members.get(target)
        if member is not None and member.health == health.STOPPED:
            member.health = self._start()

    def stopped_targets(self) -> list[Target]:
        """The targets last seen stopped."""
        return [member.target for member in self._members.values() if member.health == health.STOPPED]

    def health_of(self, target: Target) -> TargetHealth:
        """The health of a target, registered or not."""
        member = self._members.get(target)
        return member.health if member else health.NOT_REGISTERED

    def routable(self) -> list[Target]:
        """The targets that may get a request: the healthy ones, or every one when too few are healthy.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html
        """
        used = [member for member in self._members.values() if member.health.state not in ("draining", "unused")]
        healthy = [member for member in used if member.health.state in ("healthy", "unavailable")]
        return [member.target for member in (healthy if self._enough(len(healthy), len(used)) else used)]

    def _enough(self, healthy: int, registered: int) -> bool:
        if healthy < self.settings.minimum_healthy_count:
            return False
        percentage = self.settings.minimum_healthy_percentage
        return percentage is None or healthy * 100 >= percentage * registered

    def pick(self) -> Target | None:
        """The next target by the group's algorithm; None where there is nobody to ask."""
        targets = self.routable()
        if not targets:
            return None
        self._turn += 1
        match self.settings.algorithm:
            case "least_outstanding_requests":
                least = min(self._members[target].outstanding for target in targets)
                targets = [target for target in targets if self._members[target].outstanding == least]
            case "weighted_random":
                return targets[int(self._draw() * len(targets))]
            case "round_robin":
                pass
        return targets[(self._turn - 1) % len(targets)]

    def began(self, target: Target) -> None:
        """A request went out to the target."""
        self._members[target].outstanding += 1

    def ended(self, target: Target) -> None:
        """A request to the target is over; the target may be gone by now."""
        if member := self._members.get(target):
            member.outstanding -= 1

    # The shape of TargetHealthDescription: text and nested mappings of text.
    def describe(self) -> list[dict[str, Any]]:
        """As the ``TargetHealthDescriptions`` of ``DescribeTargetHealth``."""
        return [self._described(member) for member in self._members.values()]

    def _described(self, member: _Member) -> dict[str, Any]:
        told = {"TargetHealth": health.describe(member.health)}
        if self.settings.type == "lambda":  # it has no port
            return {"Target": {"Id": member.target.id}, **told}
        port = str(self.settings.health_check.port or member.target.port)
        return {"Target": {"Id": member.target.id, "Port": member.target.port}, "HealthCheckPort": port, **told}
