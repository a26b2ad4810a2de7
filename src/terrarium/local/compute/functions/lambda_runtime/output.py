"""A handler's output: what it prints goes line by line, what it logs message by message, through one pipe in order.

See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html. A message that is one log event although it has
several lines is marked by a secret of this worker and its length; `log_lines.py` reads that.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import time

_current = {"request_id": ""}


class Unbuffered(io.TextIOWrapper):
    """Standard output that leaves the process at each write, so that a killed handler's last words are in the log."""

    def write(self, text: str, /) -> int:
        count = super().write(text)
        self.flush()
        return count


class MessageHandler(logging.Handler):
    """Writes each record as one log event."""

    def __init__(self, mark: bytes) -> None:
        super().__init__()
        self._mark = mark

    def emit(self, record: logging.LogRecord) -> None:
        write_message(self._mark, self.format(record))


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = _current["request_id"]
        return True


def open_streams() -> None:
    """Binds `sys.stdout` and `sys.stderr` to the file descriptors 1 and 2 of this process."""
    for fd, name in ((1, "stdout"), (2, "stderr")):
        raw = os.fdopen(fd, "wb", closefd=False)
        stream = Unbuffered(raw, encoding="utf-8", errors="backslashreplace", newline="\n")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def set_up_logging(mark: bytes) -> None:
    """Gives the root logger the handler and the format that Lambda gives it; its level stays WARNING."""
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = MessageHandler(mark)
    handler.setFormatter(formatter)
    handler.addFilter(_RequestId())
    logging.getLogger().addHandler(handler)


def begin(request_id: str) -> None:
    """From now on, log records carry this invocation's id."""
    _current["request_id"] = request_id


def write_message(mark: bytes, message: str) -> None:
    """Writes one log event of any number of lines."""
    body = message.encode("utf-8", "backslashreplace")
    data = memoryview(mark + b"%08x" % len(body) + body)
    while data:
        data = data[os.write(1, data) :]
