"""Leaves out kept calls whose effect is gone, once a moto of its own has shown that the others come to the same.

It runs beside everything else, after a start; what it cannot prove stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import aiohttp
from msgspec import Struct

from terrarium.local.api.dead_calls import dead, removed, removes
from terrarium.local.api.kept_call import KeptCall
from terrarium.local.api.moto_calls import MotoCalls, make_all
from terrarium.local.api.moto_child import Address
from terrarium.local.api.seeds import STATE_PATH

#: So many removals are worth a second moto for a few seconds: fewer than the smallest system that was here and went.
WORTHWHILE = 20
#: How often what is left is tried with fewer calls left out.
ROUNDS = 3
#: moto's names of services that are signed for under others.
_SIGNED_AS = {
    "cloudwatch": "monitoring",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "ses": "email",
}


class Proposal(Struct, frozen=True):
    """What might be left out.

    Attributes:
        calls: Every call, as moto was told them.
        places: Those that are thought dead.
        digests: What all of them came to.
    """

    calls: Sequence[KeptCall]
    places: Sequence[int]
    digests: Mapping[str, str]


class Pruning:
    """Proposes and proves.

    Args:
        calls: The calls that are kept.
        http: Connections to moto.
        another: A moto of one's own, for a while, which was told its seeds and no calls.
    """

    def __init__(
        self,
        calls: MotoCalls,
        http: Callable[[], aiohttp.ClientSession],
        another: Callable[[], AbstractAsyncContextManager[Address]],
    ) -> None:
        self._calls = calls
        self._http = http
        self._another = another

    async def propose(self, address: Address, calls: Sequence[KeptCall], answers: Sequence[str]) -> Proposal | None:
        """What might be left out, told by a moto that was told every call and nothing since."""
        if sum(map(removes, calls)) < WORTHWHILE:
            return None
        names = removed(calls)
        digests, present = await self._held(address, sorted(names), ())
        places = dead(calls, answers, names - present)
        return Proposal(calls, places, digests) if places else None

    async def carry_out(self, proposal: Proposal) -> bool:
        """Leaves out what was proposed, if the rest comes to the same: else what is of the services in which it does.

        Returns:
            Whether anything was proven.
        """
        out = set(proposal.places)
        for _ in range(ROUNDS):
            rest = [call for place, call in enumerate(proposal.calls) if place not in out]
            others = {_signed_as(where) for where in await self._differing(rest, proposal.digests)}
            if not others:
                await self._calls.leave_out(out)
                return True
            out -= {place for place in out if proposal.calls[place].service in others}
            if not out:
                break
        return False

    async def _differing(self, calls: Sequence[KeptCall], digests: Mapping[str, str]) -> set[str]:
        """Where calls alone come to something else."""
        async with self._another() as address:
            await make_all(self._http(), address, calls)
            found, _ = await self._held(address, (), sorted(digests))
        return {where for where in {*found, *digests} if found.get(where) != digests.get(where)}

    async def _held(
        self, address: Address, names: Sequence[str], regions: Sequence[str]
    ) -> tuple[Mapping[str, str], set[str]]:
        url = f"http://127.0.0.1:{address.port}{STATE_PATH}"
        order = {"names": names, "regions": regions}
        async with self._http().post(url, json=order, headers={"X-Terrarium-Key": address.key}) as answer:
            found = await answer.json(content_type=None)
        return found["digests"], set(found["present"])


def _signed_as(where: str) -> str:
    """The signing name of what a fingerprint is of."""
    service = where.partition(" ")[0]
    return _SIGNED_AS.get(service, service)
