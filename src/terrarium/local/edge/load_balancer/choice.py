"""Which target gets a request, among those that run. Pure, but for asking where targets are."""

from __future__ import annotations

from terrarium.local.edge.load_balancer.checks import Resolve
from terrarium.local.edge.load_balancer.health import Failure
from terrarium.local.edge.load_balancer.settings import Target
from terrarium.local.edge.load_balancer.targets import Group


def choose_target(
    group: Group, before: Target | None, resolve: Resolve
) -> tuple[Target, tuple[str, int] | Failure] | None:
    """A target that runs, with where it is: the one before if it is still fit, else the next in turn.

    Args:
        group: The target group.
        before: Whom the client had last, if it is to stay.
        resolve: From a target's id and port to where that is.

    Returns:
        Nothing where nobody runs; a failure for a place where nothing of this machine can reach the target.
    """
    for stopped in group.stopped_targets():
        if resolve(stopped.id, stopped.port):
            group.started(stopped)
    target = before if before in group.routable() else None
    while target := target or group.pick():
        if address := resolve(target.id, target.port):
            return target, address
        group.stopped(target)
        target = None
    return None
