"""Which trace of X-Ray an invocation belongs to, and whether it is sampled. No clock, no chance of its own.

See https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader for the header, and
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html for the two modes of a function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from terrarium.local.compute.functions.request_ids import new_trace_id

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_PARENT = re.compile(r"[0-9a-f]{16}")
_LONGEST = 512  # characters of a header that are looked at; X-Ray's own are below a hundred
_SHARE = 0.05


class Sampler:
    """X-Ray's default rule: the first request of each second, and one of twenty beyond that.

    See https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html.

    Args:
        chance: A number between 0 and 1.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._second = -1

    def samples(self, now: float) -> bool:
        """Whether a request is sampled that arrives now.

        Args:
            now: Seconds since the epoch.
        """
        if int(now) != self._second:
            self._second = int(now)
            return True
        return self._chance() < _SHARE


def trace(upstream: str, *, active: bool, sampler: Sampler, now: float) -> str:
    """The header of an invocation.

    Args:
        upstream: ``X-Amzn-Trace-Id`` as the caller sent it; empty for none.
        active: Whether the function samples by itself where nobody before it has decided.
        sampler: Decides then.
        now: Seconds since the epoch.
    """
    own, sent = _members(new_trace_id(now)), _members(upstream[:_LONGEST])
    root = sent.get("Root", "")
    if not _ROOT.fullmatch(root):
        root, sent = own["Root"], {}
    parent = sent.get("Parent", "")
    if active or not _PARENT.fullmatch(parent):
        parent = own["Parent"]  # of the function's own segment
    sampled = sent.get("Sampled", "")
    if sampled not in {"0", "1"}:
        sampled = "1" if active and sampler.samples(now) else "0"
    return f"Root={root};Parent={parent};Sampled={sampled}"


def _members(header: str) -> Mapping[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}
