"""The calls that changed something in moto, kept, and made again where moto begins anew.

It knows the calls and the journal they lie in, and nothing of how moto's process lives.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping

import aiohttp
from msgspec import Struct
from yarl import URL

from terrarium.local.api.journal import Journal
from terrarium.local.api.kept_call import KeptCall, kept_call
from terrarium.local.api.moto_child import Address
from terrarium.local.aws_error import AwsError


class Outcome(Struct):
    """How a call ended: it is kept where moto acknowledged it."""

    acknowledged: bool = False


class MotoCalls:
    """The calls that last.

    Args:
        journal: Where they lie.
        report: Told, in a sentence, of what cannot be made again.
    """

    def __init__(self, journal: Journal, report: Callable[[str], None]) -> None:
        self._journal = journal
        self._report = report
        #: What changes something happens one after another, so that it can be made again in the same order.
        self.one_at_a_time = asyncio.Lock()

    def counts(self) -> Mapping[str, int]:
        """How many calls are kept, by the signing name of their service."""
        return Counter(record["service"] for record in self._journal)

    @contextlib.asynccontextmanager
    async def keeping(self, call: KeptCall) -> AsyncIterator[Outcome]:
        """Within it a call is made; it is kept before, and taken back where it was not acknowledged.

        Raises:
            AwsError: It cannot be kept, and must not be made.
        """
        try:
            self._journal.begin(call.record())
        except OSError as fault:
            reason = fault.strerror or str(fault)
            raise AwsError("InternalFailure", f"{call.name} would not last and was not done: {reason}") from fault
        outcome = Outcome()
        try:
            yield outcome
        finally:
            if outcome.acknowledged:
                self._journal.keep()
            else:
                self._journal.forget()

    async def make_again(self, http: aiohttp.ClientSession, address: Address) -> tuple[list[KeptCall], list[str]]:
        """Makes every call again, in order; what is refused is told, and the rest still made.

        Returns:
            The calls, and what was answered to each.
        """
        calls = [kept_call(record) for record in self._journal]
        answers, refused = await make_all(http, address, calls)
        if refused:
            self._report(f"{len(refused)} of {len(calls)} calls that were kept are refused now, first {refused[0]}")
        return calls, answers

    async def leave_out(self, places: Collection[int]) -> None:
        """Forgets the calls at these places.

        Raises:
            OSError: The others cannot be written; all of them stay.
        """
        async with self.one_at_a_time:
            self._journal.replace(record for place, record in enumerate(self._journal) if place not in places)


async def make_all(
    http: aiohttp.ClientSession, address: Address, calls: Iterable[KeptCall]
) -> tuple[list[str], list[str]]:
    """Makes calls in order: what was answered to each, and the names of those that were refused."""
    answers, refused = [], []
    for call in calls:
        answer, done = await _make(http, address, call)
        answers.append(answer)
        if not done:
            refused.append(call.name)
    return answers, refused


async def _make(http: aiohttp.ClientSession, address: Address, call: KeptCall) -> tuple[str, bool]:
    """What moto answers, and whether it acknowledges it."""
    headers = [*call.headers, ("X-Terrarium-Key", address.key), *call.decided().items()]
    async with http.request(
        call.method,
        URL(f"http://127.0.0.1:{address.port}{call.path}", encoded=True),
        data=call.body or None,
        headers=headers,
        allow_redirects=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    ) as answer:
        return (await answer.read()).decode(errors="replace"), acknowledged(answer)


def acknowledged(answer: aiohttp.ClientResponse) -> bool:
    """Whether moto did what was asked."""
    return answer.status < 400 and "X-Terrarium-Unsupported" not in answer.headers
