"""Logs: every part of the laptop writes here, without ever waiting or failing; people and the Logs API read.

Writing puts an event into memory and wakes a thread that appends to disk in batches. A full disk costs events, never a
caller; it is reported once. What came to disk survives the process.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.watch.filter_pattern import compile_pattern
from terrarium.local.watch.log_database import EVENT_OVERHEAD, LogDatabase
from terrarium.local.watch.log_records import END, START, LogEvent, LogGroup, LogStream, Position

#: "Each log event can be no larger than 1 MB."
#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
EVENT_LIMIT = 1_048_576
#: A page of events: "up to 1 MB of log events or up to 10,000 log events", API_FilterLogEvents.html
PAGE_BYTES = 1_048_576
PAGE_EVENTS = 10_000

GROUP_LIMIT = 64 * 1024 * 1024  # bytes on disk of one group, beyond which its oldest events go
_SURELY_SHORT = EVENT_LIMIT // 2  # characters; what is longer is looked at closely
_PENDING_LIMIT = 64 * 1024 * 1024  # bytes in memory while the disk does not take them
_BATCH = 5_000
_PAUSE = 0.05  # seconds in which events gather into one transaction
_PAUSE_AFTER_FAILURE = 1.0
_HOUSEKEEPING = 60.0
_SCAN = 500  # events looked at between two chances for the writer
_SCAN_PER_PAGE = 100_000
_DAY_MS = 86_400_000
_LATEST_MS = 2**53

Subscriber = Callable[[LogEvent], None]


class LogStore:
    """All logs of one system.

    Args:
        folder: Where its file lives.
        clock: Stamps events that bring no time.
        report: Told once, in a sentence, when events cannot be kept, and again when they can.
        group_limit: Bytes of one group on disk.
    """

    def __init__(
        self, folder: Path, clock: Clock, report: Callable[[str], None] = lambda _: None, group_limit: int = GROUP_LIMIT
    ) -> None:
        self._clock = clock
        self._report = report
        self._group_limit = group_limit
        self._database = LogDatabase(folder / "logs.sqlite")
        self._lock = threading.Lock()
        self._groups = {group.name for group in self._database.groups()}
        self._refusal: Callable[[str], str] = lambda _: ""
        self._refused: set[str] = set()  # groups that nobody makes, as far as was asked
        self._pending: deque[LogEvent] = deque()
        self._pending_bytes = 0
        self._lost = 0
        self._failing = False
        self._subscribers: tuple[Subscriber, ...] = ()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._cleaned = clock.monotonic()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to append in the background; what is written before waits in memory."""
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Appends what waits, and closes the file."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._flush()
        self._database.close()

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Adds one event; makes its stream where that is missing, and its group if who writes does so.

        Never blocks, never raises.
        """
        if group not in self._groups and not self._comes_to_be(group):
            return
        now = int(self._clock.now() * 1_000)
        moment = now if timestamp_ms is None else min(max(timestamp_ms, 0), _LATEST_MS)
        size = len(group) + len(stream) + len(message)
        if size > _SURELY_SHORT or not (message.isascii() and stream.isascii() and group.isascii()):
            group, stream, message = _cut(group), _cut(stream), _cut(message)
        event = LogEvent(group, stream, moment, message, now)
        if self._pending_bytes > _PENDING_LIMIT:
            self._lost += 1
        else:
            self._pending.append(event)
            self._pending_bytes += len(event.message) + EVENT_OVERHEAD
            if not self._wake.is_set():  # asking costs less than telling, and the writer clears it before it looks
                self._wake.set()
        for subscriber in self._subscribers:
            self._tell(subscriber, event)

    def ask(self, refusal: Callable[[str], str]) -> None:
        """Has somebody decide which groups come to be by being written to; until then all do.

        Args:
            refusal: Says why a group that is not there is not made; nothing where it is.
        """
        self._refusal = refusal
        self.ask_again()

    def ask_again(self) -> None:
        """What was decided may be otherwise now."""
        self._refused = set()

    def _comes_to_be(self, group: str) -> bool:
        if group in self._refused:
            return False
        if reason := self._refusal(group):
            self._refused.add(group)
            self._report(f"nothing is written to the log group {group}, which does not exist: {reason}")
            return False
        self._groups.add(group)
        return True

    def _tell(self, subscriber: Subscriber, event: LogEvent) -> None:
        try:
            subscriber(event)
        except Exception as fault:  # noqa: BLE001  # whoever writes a log must not suffer from who reads it
            self._unsubscribe(subscriber)
            self._report(f"a reader of the logs failed and is told no more: {type(fault).__name__}: {fault}")

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Calls `subscriber` with each event from now on, in the writer's thread; the function returned ends that."""
        self._subscribers = (*self._subscribers, subscriber)
        return lambda: self._unsubscribe(subscriber)

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers = tuple(it for it in self._subscribers if it is not subscriber)

    def create_group(self, name: str, retention: int | None = None) -> None:
        """Makes a group.

        Raises:
            AwsError: ``ResourceAlreadyExistsException``.
        """
        with self._settled():
            self._groups.add(name)
            if not self._database.add_group(name, int(self._clock.now() * 1_000), retention):
                raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")

    def delete_group(self, name: str) -> None:
        """Removes a group with its streams and events.

        Raises:
            AwsError: ``ResourceNotFoundException``.
        """
        with self._settled():
            self._groups.discard(name)
            if not self._database.remove_group(name):
                raise _no_group()

    def groups(self) -> list[LogGroup]:
        """Every group, by name."""
        with self._settled():
            return self._database.groups()

    def group(self, name: str) -> LogGroup:
        """One group.

        Raises:
            AwsError: ``ResourceNotFoundException``.
        """
        found = next((group for group in self.groups() if group.name == name), None)
        if found is None:
            raise _no_group()
        return found

    def set_retention(self, group: str, days: int | None) -> None:
        """How many days a group keeps its events, None for ever."""
        self.group(group)
        with self._lock:
            self._database.set_retention(group, days)

    def set_tags(self, group: str, tags: Mapping[str, str]) -> None:
        """Gives a group these tags in place of those it had."""
        self.group(group)
        with self._lock:
            self._database.set_tags(group, tags)

    def create_stream(self, group: str, name: str) -> None:
        """Makes a stream.

        Raises:
            AwsError: ``ResourceAlreadyExistsException``, ``ResourceNotFoundException``.
        """
        self.group(group)
        with self._lock:
            if not self._database.add_stream(group, name, int(self._clock.now() * 1_000)):
                raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")

    def delete_stream(self, group: str, name: str) -> None:
        """Removes a stream with its events."""
        self.group(group)
        with self._settled():
            if not self._database.remove_stream(group, name):
                raise _no_stream()

    def streams(self, group: str) -> list[LogStream]:
        """Every stream of a group, by name."""
        self.group(group)
        with self._lock:
            return self._database.streams(group)

    def read(
        self, group: str, stream: str, *, after: Position = START, before: Position = END, limit: int = PAGE_EVENTS,
        newest: bool = False,
    ) -> list[LogEvent]:  # fmt: skip
        """A stream's events between two positions, oldest first: the first of them, or the last where `newest`.

        A page holds at most `limit` events and 1 MB.
        """
        if stream not in {it.name for it in self.streams(group)}:
            raise _no_stream()
        with self._settled():
            page = self._database.page(group, stream, after, before, limit, newest=newest)
        kept = _within_page(page)
        return kept[::-1] if newest else kept

    def filter(
        self, group: str, *, pattern: str = "", streams: Sequence[str] | None = None, prefix: str = "",
        after: Position = START, before: Position = END, limit: int = PAGE_EVENTS,
    ) -> tuple[list[LogEvent], Position | None]:  # fmt: skip
        """A group's events that match, oldest first, and where to go on if there may be more.

        Args:
            group: The group's name.
            pattern: As `filter_pattern` describes; empty matches all.
            streams: Only these streams.
            prefix: Only streams whose names begin so.
            after: Only events after this position.
            before: Only events before this position.
            limit: How many events at most.

        Raises:
            AwsError: ``ResourceNotFoundException``, ``InvalidParameterException`` for a malformed pattern.
        """
        self.group(group)
        matches = compile_pattern(pattern)
        found: list[LogEvent] = []
        size = 0
        for event, last in self._scan(group, after, before):
            in_scope = event.stream.startswith(prefix) and (streams is None or event.stream in streams)
            if in_scope and matches(event.message):
                found.append(event)
                size += len(event.message) + EVENT_OVERHEAD
            if len(found) >= limit or size >= PAGE_BYTES or last:
                return found, event.position
        return found, None

    def _scan(self, group: str, after: Position, before: Position) -> Iterator[tuple[LogEvent, bool]]:
        """Events in order, the last that one page looks at marked; the lock is let go between small portions."""
        looked = 0
        while True:
            with self._settled():
                portion = self._database.page(group, None, after, before, _SCAN)
            for event in portion:
                looked += 1
                yield event, looked >= _SCAN_PER_PAGE
            if len(portion) < _SCAN:
                return
            after = portion[-1].position

    def tail(self, count: int, groups: Sequence[str] = ()) -> list[LogEvent]:
        """The last events to arrive in some groups, or in all, oldest first."""
        with self._settled():
            return self._database.newest(groups, count)

    def _settled(self) -> threading.Lock:
        """The lock, after everything written so far has come to disk, so that readers see their own writes."""
        self._flush()
        return self._lock

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self._stopping.wait(_PAUSE_AFTER_FAILURE if self._failing else _PAUSE)
            self._flush()

    def _flush(self) -> None:
        """Appends everything that waits; what the disk does not take goes on waiting."""
        with self._lock:
            try:
                while batch := self._take():
                    self._append(batch)
                self._pending_bytes = 0  # writers in other threads may have let it drift
                self._keep_house()
            except sqlite3.Error as fault:
                self._fail(fault)
            else:
                self._recover()

    def _take(self) -> list[LogEvent]:
        return [self._pending.popleft() for _ in range(min(len(self._pending), _BATCH))]

    def _append(self, batch: list[LogEvent]) -> None:
        try:
            self._database.append(batch)
        except sqlite3.Error:
            self._pending.extendleft(reversed(batch))
            self._wake.set()
            raise
        self._pending_bytes -= sum(len(event.message) + EVENT_OVERHEAD for event in batch)
        for group in {event.group for event in batch}:
            self._database.trim(group, self._group_limit)

    def _keep_house(self) -> None:
        """Drops what is past its group's retention, once a minute."""
        if self._clock.monotonic() - self._cleaned < _HOUSEKEEPING:
            return
        self._cleaned = self._clock.monotonic()
        now = int(self._clock.now() * 1_000)
        for group in self._database.groups():
            if group.retention is not None:
                self._database.expire(group.name, now - group.retention * _DAY_MS)

    def _fail(self, fault: sqlite3.Error) -> None:
        if not self._failing:
            self._failing = True
            self._report(f"log events cannot be written to disk: {fault}; the newest are kept in memory")

    def _recover(self) -> None:
        if self._failing:
            self._failing = False
            lost, self._lost = self._lost, 0
            self._report(f"log events are written to disk again; {lost} were lost")


def _no_group() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified log group does not exist.")


def _no_stream() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


def _cut(message: str) -> str:
    """The message, shortened to what one event may hold; characters that UTF-8 cannot carry are replaced."""
    if message.isascii() and len(message) <= EVENT_LIMIT - EVENT_OVERHEAD:
        return message
    raw = message.encode(errors="replace")[: EVENT_LIMIT - EVENT_OVERHEAD]
    return raw.decode(errors="ignore")


def _within_page(events: Iterable[LogEvent]) -> list[LogEvent]:
    """The first events that one page holds, one at least."""
    kept: list[LogEvent] = []
    size = 0
    for event in events:
        size += len(event.message) + EVENT_OVERHEAD
        if kept and size > PAGE_BYTES:
            break
        kept.append(event)
    return kept
