"""From what a program prints to log events: lines, bounded, whatever bytes they are made of. Pure but for `pump`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

LONGEST = 262_144 - 26
"""Bytes of one log event; a longer line becomes several.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""


class Lines:
    """Cuts a stream of bytes into lines.

    Args:
        longest: Bytes at which a line is cut off.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that are complete with this block."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._cut(line)
        while len(self._rest) > self._longest:
            piece, self._rest = self._rest[: self._longest], self._rest[self._longest :]
            yield piece.decode(errors="replace")

    def end(self) -> Iterator[str]:
        """What was left without an end of line."""
        if self._rest:
            yield from self._cut(self._rest)
        self._rest = b""

    def _cut(self, line: bytes) -> Iterator[str]:
        line = line.removesuffix(b"\r")
        for start in range(0, max(len(line), 1), self._longest):
            yield line[start : start + self._longest].decode(errors="replace")


async def pump(stream: asyncio.StreamReader, take: Callable[[str], None]) -> None:
    """Hands over line after line until the stream ends."""
    lines = Lines()
    while data := await stream.read(65_536):
        for line in lines.feed(data):
            take(line)
    for line in lines.end():
        take(line)
