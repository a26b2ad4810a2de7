"""The log store: writers never wait or fail, and readers find what was written."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import SystemClock
from terrarium.local.watch.log_records import LogEvent, Position
from terrarium.local.watch.logs import LogStore
from terrarium.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[LogStore]:
    store = LogStore(tmp_path, clock)
    store.start()
    yield store
    store.stop()


def messages(events: list[LogEvent]) -> list[str]:
    return [event.message for event in events]


def test_what_is_written_is_read_at_once(store: LogStore, clock: ManualClock) -> None:
    store.write("g", "s", "hello")
    event = store.read("g", "s")[0]
    now = int(clock.now() * 1000)
    assert (event.group, event.stream, event.message, event.timestamp, event.ingested) == ("g", "s", "hello", now, now)


def test_events_come_in_order_of_their_time(store: LogStore) -> None:
    for time, text in ((30, "c"), (10, "a"), (20, "b"), (20, "b again")):
        store.write("g", "s", text, time)
    assert messages(store.read("g", "s")) == ["a", "b", "b again", "c"]
    assert messages(store.read("g", "s", limit=2, newest=True)) == ["b again", "c"]
    assert messages(store.read("g", "s", after=Position(10, 2**40), before=Position(30, -1))) == ["b", "b again"]


def test_events_survive_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    first = LogStore(tmp_path, clock)
    first.start()
    first.write("g", "s", "kept")
    first.stop()
    second = LogStore(tmp_path, clock)
    assert messages(second.tail(5)) == ["kept"]
    second.write("g", "s", "and more")
    second.stop()


WRITER = """
import sys, time
from pathlib import Path
from terrarium.local.clock import SystemClock
from terrarium.local.watch.logs import LogStore
store = LogStore(Path(sys.argv[1]), SystemClock())
store.start()
store.write("g", "s", "before the end")
while not store.tail(1):
    time.sleep(0.01)
print("there", flush=True)
while True:
    store.write("g", "s", "x" * 1000)
"""


def test_events_survive_kill_9(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "there\n"
        writer.kill()
    store = LogStore(tmp_path, SystemClock())
    assert store.read("g", "s", limit=1)[0].message == "before the end"
    store.stop()


def test_a_search_pages_through_a_group(store: LogStore) -> None:
    for number in range(2_500):
        store.write("g", f"s{number % 3}", f"event {number}", number)
    found: list[str] = []
    after: Position | None = Position(-1, -1)
    while after is not None:
        page, after = store.filter("g", pattern="event", after=after, limit=700)
        found += messages(page)
    assert found == [f"event {number}" for number in range(2_500)]


def test_a_search_may_be_limited_to_streams(store: LogStore) -> None:
    for stream in ("api/1", "api/2", "web/1"):
        store.write("g", stream, stream)
    assert messages(store.filter("g", prefix="api/")[0]) == ["api/1", "api/2"]
    assert messages(store.filter("g", streams=["web/1", "other"])[0]) == ["web/1"]


def test_a_page_holds_a_megabyte(store: LogStore) -> None:
    for number in range(5):
        store.write("g", "s", "x" * 400_000, number)
    assert len(store.read("g", "s")) == 2
    page, after = store.filter("g")
    assert (len(page), after) == (3, page[-1].position)


def test_the_tail_is_what_arrived_last_whatever_its_time(store: LogStore) -> None:
    for time, group in ((50, "a"), (40, "b"), (30, "a")):
        store.write(group, "s", f"{group}{time}", time)
    assert messages(store.tail(2)) == ["b40", "a30"]
    assert messages(store.tail(5, ["a"])) == ["a50", "a30"]


def test_a_subscriber_is_told_at_once_until_it_leaves(store: LogStore) -> None:
    told: list[str] = []
    leave = store.subscribe(lambda event: told.append(event.message))
    store.write("g", "s", "one")
    leave()
    store.write("g", "s", "two")
    assert told == ["one"]


def test_a_failing_subscriber_harms_nobody(tmp_path: Path, clock: ManualClock) -> None:
    reports: list[str] = []
    store = LogStore(tmp_path, clock, reports.append)

    def fail(event: LogEvent) -> None:
        raise ValueError("no")

    store.subscribe(fail)
    store.write("g", "s", "one")
    store.write("g", "s", "two")
    assert messages(store.tail(5)) == ["one", "two"]
    assert reports == ["a reader of the logs failed and is told no more: ValueError: no"]
    store.stop()


def test_an_event_over_a_megabyte_is_cut(store: LogStore) -> None:
    store.write("g", "s", "é" * 1_000_000)
    kept = store.read("g", "s")[0].message
    assert len(kept.encode()) == 1_048_576 - 26
    assert set(kept) == {"é"}


@pytest.mark.parametrize("message", ["", "\0", "\ud800 lone", "line\nline", "😀"])
def test_any_text_can_be_written(store: LogStore, message: str) -> None:
    store.write("g", "s", message)
    assert store.read("g", "s")[0].message == message.replace("\ud800", "?")


def test_a_group_gives_up_its_oldest_events_for_new_ones(tmp_path: Path, clock: ManualClock) -> None:
    store = LogStore(tmp_path, clock, group_limit=10_000)
    for number in range(100):
        store.write("g", "s", f"{number:04}" + "x" * 470, number)
    store.write("other", "s", "untouched", 0)
    kept = store.read("g", "s")
    assert [event.timestamp for event in kept] == list(range(80, 100))
    assert store.group("g").size == 10_000
    assert messages(store.read("other", "s")) == ["untouched"]
    store.stop()


async def test_retention_drops_what_is_older(tmp_path: Path, clock: ManualClock) -> None:
    store = LogStore(tmp_path, clock)
    store.create_group("g", retention=1)
    store.write("g", "s", "old")
    assert messages(store.tail(5)) == ["old"]
    await clock.advance(86_401)
    store.write("g", "s", "new")
    store.tail(1)
    assert messages(store.tail(5)) == ["new"]
    assert store.group("g").size == len("new") + 26
    store.stop()


def test_groups_and_streams_are_made_once_and_removed(store: LogStore) -> None:
    store.create_group("g")
    store.create_stream("g", "s")
    with pytest.raises(AwsError, match="ResourceAlreadyExistsException"):
        store.create_group("g")
    with pytest.raises(AwsError, match="ResourceAlreadyExistsException"):
        store.create_stream("g", "s")
    store.write("g", "s", "gone soon")
    store.write("g", "other", "é")
    store.delete_stream("g", "s")
    assert ([stream.name for stream in store.streams("g")], messages(store.tail(5))) == (["other"], ["é"])
    assert store.group("g").size == 2 + 26
    store.write("g", "s", "made anew")
    assert messages(store.read("g", "s")) == ["made anew"]
    store.delete_group("g")
    for gone in (lambda: store.read("g", "s"), lambda: store.delete_group("g"), lambda: store.streams("g")):
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            gone()


def test_a_stream_knows_when_its_events_happened(store: LogStore, clock: ManualClock) -> None:
    for time in (20, 10, 30):
        store.write("g", "s", "x", time)
    store.tail(1)
    stream = store.streams("g")[0]
    assert (stream.first_event, stream.last_event, stream.last_ingested) == (10, 30, int(clock.now() * 1000))


def test_a_full_disk_is_reported_once_and_costs_no_writer_anything(tmp_path: Path, clock: ManualClock) -> None:
    reports: list[str] = []
    store = LogStore(tmp_path, clock, reports.append)
    store.write("g", "s", "before")
    store.tail(1)
    with contextlib.closing(sqlite3.connect(tmp_path / "logs.sqlite", isolation_level=None)) as limiter:
        pages = limiter.execute("PRAGMA page_count").fetchone()[0]
    limiter.close()
    full = store._database._db  # SQLite itself refuses to grow the file, as it does on a full disk
    full.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(200):
        store.write("g", "s", f"{number}" + "x" * 1_000)
        store.tail(1)
    assert reports == ["log events cannot be written to disk: database or disk is full; the newest are kept in memory"]
    full.execute("PRAGMA max_page_count = 1000000")
    assert len(store.read("g", "s")) == 201
    assert reports[1:] == ["log events are written to disk again; 0 were lost"]
    store.stop()


def test_a_damaged_file_is_the_users_to_know(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "logs.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(UserError, match=r"logs\.sqlite cannot be read"):
        LogStore(tmp_path, clock)


def test_a_file_of_another_version_is_the_users_to_know(tmp_path: Path, clock: ManualClock) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "logs.sqlite")) as other:
        other.execute("CREATE TABLE groups (name TEXT)")
    with pytest.raises(UserError, match="another version of Terrarium wrote it"):
        LogStore(tmp_path, clock)


async def test_writers_of_many_threads_lose_nothing(store: LogStore) -> None:
    def write(name: str) -> None:
        for number in range(500):
            store.write("g", name, str(number))

    threads = [threading.Thread(target=write, args=(f"s{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert all(len(store.read("g", f"s{number}")) == 500 for number in range(4))


def test_what_nobody_makes_a_group_for_is_lost_and_said_once(tmp_path: Path, clock: ManualClock) -> None:
    said: list[str] = []
    store = LogStore(tmp_path, clock, said.append)
    heard: list[LogEvent] = []
    store.subscribe(heard.append)
    store.ask(lambda group: "nobody does" if group == "gone" else "")
    for _ in range(2):
        store.write("gone", "s", "lost")
    store.write("made", "s", "kept")
    assert [group.name for group in store.groups()] == ["made"]
    assert said == ["nothing is written to the log group gone, which does not exist: nobody does"]
    assert messages(heard) == ["kept"]
    store.create_group("gone")
    store.write("gone", "s", "kept too")
    assert messages(store.read("gone", "s")) == ["kept too"]
    store.delete_group("gone")
    store.write("gone", "s", "lost again")
    assert [group.name for group in store.groups()] == ["made"]
    store.ask(lambda _: "")
    store.write("gone", "s", "made again")
    assert messages(store.read("gone", "s")) == ["made again"]
    store.stop()


def test_a_group_that_was_there_is_known_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    first = LogStore(tmp_path, clock)
    first.create_group("g")
    first.stop()
    second = LogStore(tmp_path, clock)
    second.ask(lambda _: "nobody does")
    second.write("g", "s", "kept")
    assert messages(second.read("g", "s")) == ["kept"]
    second.stop()
