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

#: So many removals are worth a second moto for a few seconds.
WORTHWHILE = 100


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
        """Leaves out what was proposed, if the rest comes to the same; whether it did."""
        out = set(proposal.places)
        rest = [call for place, call in enumerate(proposal.calls) if place not in out]
        async with self._another() as address:
            await make_all(self._http(), address, rest)
            digests, _ = await self._held(address, (), sorted(proposal.digests))
        if digests != proposal.digests:
            return False
        await self._calls.leave_out(out)
        return True

    async def _held(
        self, address: Address, names: Sequence[str], regions: Sequence[str]
    ) -> tuple[Mapping[str, str], set[str]]:
        url = f"http://127.0.0.1:{address.port}{STATE_PATH}"
        order = {"names": names, "regions": regions}
        async with self._http().post(url, json=order, headers={"X-Terrarium-Key": address.key}) as answer:
            found = await answer.json(content_type=None)
        return found["digests"], set(found["present"])
