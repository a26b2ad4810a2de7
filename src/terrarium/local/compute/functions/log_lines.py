"""A worker's output as log events: bytes in, messages out, with bounds. It knows no pipes and no log groups.

Plain output is cut at line ends. A message that the worker framed (its mark, eight hexadecimal digits of length, the
text) is one event whatever lines it has; `lambda_runtime/output.py` writes those.
"""

from __future__ import annotations

# CloudWatch Logs takes events of up to 256 KB in every region, so that a longer line is several events:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
LONGEST = 256 * 1024
# What one invocation may log here; AWS has no such limit, a laptop's memory has.
ALLOWANCE = 1024 * 1024
_DIGITS = 8


class LogLines:
    """Cuts one worker's output.

    Args:
        mark: What begins a framed message; secret, so that no output can hold it by chance.
        allowance: Bytes that one invocation may log; what is beyond is counted and dropped.
    """

    def __init__(self, mark: bytes, allowance: int = ALLOWANCE) -> None:
        self._mark = mark
        self._buffer = bytearray()
        self._allowance = allowance
        self._left = allowance
        self._dropped = 0

    def feed(self, data: bytes) -> list[str]:
        """The events that are complete once `data` has arrived."""
        self._buffer += data
        events: list[str] = []
        while (event := self._take()) is not None:
            events += self._allow(event)
        return events

    @property
    def fresh(self) -> bool:
        """Whether nothing came since the last end."""
        return self._left == self._allowance and not self._buffer and not self._dropped

    def end(self) -> list[str]:
        """The events left at the end of an invocation, and a note of what was dropped; the allowance is whole again."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        events = self._allow(rest) if rest else []
        if self._dropped:
            events.append(
                f"[WARNING]\tTerrarium kept the first {self._allowance} bytes of this invocation's log "
                f"and dropped {self._dropped} more"
            )
        self._left, self._dropped = self._allowance, 0
        return events

    def _take(self) -> bytes | None:
        """The next event's bytes, or nothing while it is incomplete."""
        end = self._buffer.find(b"\n")
        marked = self._buffer.find(self._mark, 0, end if end >= 0 else len(self._buffer))
        if marked == 0:
            return self._take_frame()
        if marked > 0:
            return self._cut(marked, 0)
        if end >= 0:
            return self._cut(end, 1)
        if len(self._buffer) >= LONGEST + len(self._mark):
            return self._cut(LONGEST, 0)
        return None

    def _take_frame(self) -> bytes | None:
        start = len(self._mark) + _DIGITS
        if len(self._buffer) < start:
            return None
        size = int(self._buffer[len(self._mark) : start], 16)
        if size > LONGEST:  # a huge message is read as plain lines, so that it need not be held whole
            del self._buffer[:start]
            return self._take()
        if len(self._buffer) < start + size:
            return None
        del self._buffer[:start]
        return self._cut(size, 0)

    def _cut(self, size: int, separator: int) -> bytes:
        event = bytes(self._buffer[:size])
        del self._buffer[: size + separator]
        return event

    def _allow(self, event: bytes) -> list[str]:
        if len(event) > self._left:
            self._dropped += len(event) + 1
            self._left = 0  # once something is missing, nothing after it is shown as if it followed
            return []
        self._left -= len(event)
        starts = range(0, len(event), LONGEST) or (0,)
        return [event[start : start + LONGEST].decode(errors="replace") for start in starts]
