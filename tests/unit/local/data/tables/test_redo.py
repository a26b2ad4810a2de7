"""What is acknowledged before SQLite has it: carried out at the next start, seen by reads, and never half of it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.data.tables.storage.database import PATIENCE
from terrarium.local.data.tables.storage.redo import LARGEST, Redo, Statement, packed
from terrarium.local.data.tables.storage.rows import LARGEST_RECENT
from terrarium.local.json_text import read_texts
from tests.unit.local.data.tables.desk import Desk, wire

VALUES = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary())
STATEMENTS = st.lists(st.tuples(st.text(), st.lists(VALUES)), min_size=1, max_size=5)

SETUP = """
    import asyncio, os, resource, signal, sys
    from pathlib import Path
    from terrarium.local.aws_error import AwsError
    from terrarium.local.data.tables.storage.database import PATIENCE, Database
    from tests.unit.local.data.tables.desk import Desk, wire
"""


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, which may die or limit itself."""
    command = [sys.executable, "-c", textwrap.dedent(SETUP) + textwrap.dedent(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_a_write_that_was_acknowledged_and_not_committed_is_made_at_the_next_start(tmp_path: Path) -> None:
    died = run(
        """
        async def main():
            desk = Desk(Path(sys.argv[1]))
            await desk.tables.start()
            await desk.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
            await desk.put(id="a", n=1)
            Database._pay = lambda self: self._owed and os.kill(os.getpid(), signal.SIGKILL)
            desk.tables.run("PutItem", {"TableName": "Games", "Item": wire(id="a", n=2)})
            desk.tables.run("PutItem", {"TableName": "Games", "Item": wire(id="a", n=3)})
            desk.tables.when_settled(lambda error: os.write(1, b"refused" if error else b"acknowledged"))
            await asyncio.sleep(10)

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert (died.stdout, died.returncode) == ("acknowledged", -9), died.stderr
    for _ in range(2):  # the second start has nothing left to do
        async with Desk(tmp_path) as desk:
            assert await desk.get(id="a") == {"id": "a", "n": 3}
            arn = (await desk.call("DescribeTable", TableName="Games"))["Table"]["LatestStreamArn"]
            changed = [record["dynamodb"]["NewImage"]["n"]["N"] for record in await desk.records(arn)]
            assert changed == ["1", "2", "3"]


def test_on_a_full_disk_what_was_acknowledged_is_seen_and_no_more_is_taken(tmp_path: Path) -> None:
    full = run(
        """
        async def main():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
            desk = Desk(Path(sys.argv[1]))
            await desk.tables.start()
            await desk.create()
            await desk.put(id="before")
            log = os.stat(Path(sys.argv[1]) / "tables.sqlite3-wal").st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))
            await desk.put(id="acknowledged")
            await asyncio.sleep(4 * PATIENCE)
            assert desk.tables.engine.database._owed, "the redo log has room where SQLite's has none"
            for number in range(3):
                error = await desk.refused("PutItem", TableName="Games", Item=wire(id=f"refused {number}"))
                assert (error.code, error.status) == ("InternalServerError", 500)
                assert await desk.get(id=f"refused {number}") is None
                assert (await desk.call("Scan", TableName="Games"))["Count"] == 2
            assert await desk.get(id="acknowledged") == {"id": "acknowledged"}
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await desk.put(id="after")
            assert (await desk.call("Scan", TableName="Games"))["Count"] == 3
            await desk.tables.stop()

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert full.returncode == 0, full.stderr

    async def there() -> list[dict[str, str] | None]:
        async with Desk(tmp_path) as desk:
            return [await desk.get(id=name) for name in ("before", "acknowledged", "after")]

    assert asyncio.run(there()) == [{"id": "before"}, {"id": "acknowledged"}, {"id": "after"}]


async def test_a_stop_with_a_full_disk_leaves_the_record_for_the_next_start(tmp_path: Path) -> None:
    full = run(
        """
        async def main():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            desk = Desk(Path(sys.argv[1]))
            await desk.tables.start()
            await desk.create()
            log = os.stat(Path(sys.argv[1]) / "tables.sqlite3-wal").st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (log, log))
            await desk.put(id="a")
            await desk.tables.stop()

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert full.returncode == 0, full.stderr
    async with Desk(tmp_path) as desk:
        assert await desk.get(id="a") == {"id": "a"}


def test_a_log_that_began_anew_has_nothing_of_the_old_one(tmp_path: Path) -> None:
    redo = Redo(tmp_path / "redo")
    redo.open()
    for number in range(1, 9):
        redo.append(number, [packed(("old", [number]))])
    redo.begin_anew()
    redo.append(9, [packed(("new", [9]))])
    assert redo.read(9) == ([("new", [9])], 1)
    assert redo.read(2) == ([], 0)
    redo.close()


async def test_many_turns_are_one_commit(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a")
    database = desk.tables.engine.database
    for number in range(20):
        await desk.put(id="a", n=number)
    assert len(database._owed) == 21
    await asyncio.sleep(4 * PATIENCE)
    assert not database._owed
    assert (await desk.call("Scan", TableName="Games"))["Items"] == [wire(id="a", n=19)]


async def test_a_log_that_is_full_goes_to_sqlite(desk: Desk) -> None:
    await desk.create()
    for number in range(12):
        await desk.put(id="a", n=number, filler="x" * (LARGEST // 5))
    assert (await desk.get(id="a") or {})["n"] == 11


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["put", "large", "delete", "get", "scan", "turn"]))))
def test_reads_see_what_was_written_wherever_it_is(steps: list[tuple[str, str]]) -> None:
    async def carry_out(folder: Path) -> None:
        async with Desk(folder) as desk:
            await desk.create()
            there: dict[str, int] = {}
            for number, (key, step) in enumerate(steps):
                if step in ("put", "large"):  # what is large is not held in memory
                    item = wire(id=key, n=number, filler="x" * (2 * LARGEST_RECENT if step == "large" else 1))
                    desk.tables.run("PutItem", {"TableName": "Games", "Item": item})
                    there[key] = number
                elif step == "delete":
                    desk.tables.run("DeleteItem", {"TableName": "Games", "Key": wire(id=key)})
                    there.pop(key, None)
                elif step == "get":
                    answer = read_texts(desk.tables.run("GetItem", {"TableName": "Games", "Key": wire(id=key)}))
                    assert numbers([answer["Item"]] if answer else []) == {k: n for k, n in there.items() if k == key}
                elif step == "scan":
                    answer = read_texts(desk.tables.run("Scan", {"TableName": "Games"}))
                    assert numbers(answer["Items"]) == there
                else:
                    await asyncio.sleep(PATIENCE if number % 5 == 0 else 0)
        async with Desk(folder) as again:
            assert numbers((await again.call("Scan", TableName="Games"))["Items"]) == there

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(carry_out(Path(folder)))


def numbers(items: list[dict[str, dict[str, str]]]) -> dict[str, int]:
    return {item["id"]["S"]: int(item["n"]["N"]) for item in items}


async def test_a_large_change_and_one_of_tables_go_to_sqlite_at_once(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="large", filler="x" * LARGEST)
    assert not desk.tables.engine.database._owed
    await desk.put(id="small")
    assert desk.tables.engine.database._owed
    await desk.create("More")
    assert not desk.tables.engine.database._owed
    assert (await desk.call("Scan", TableName="Games", Select="COUNT"))["Count"] == 2


async def test_a_turn_reads_what_it_has_written(desk: Desk) -> None:
    await desk.create()
    body = {"TableName": "Games", "Item": wire(id="a", n=1)}
    desk.tables.run("PutItem", body)
    assert desk.tables.run("Scan", {"TableName": "Games"})["Count"] == 1
    desk.tables.run("PutItem", {"TableName": "Games", "Item": wire(id="b")})
    assert desk.tables.run("Scan", {"TableName": "Games"})["Count"] == 2
    await desk.tables.call("DeleteItem", {"TableName": "Games", "Key": wire(id="a")})
    assert (await desk.call("Scan", TableName="Games"))["Count"] == 1


@given(STATEMENTS, st.integers(1, 2**63), st.data())
def test_a_record_is_read_whole_or_not_at_all(statements: list[Statement], number: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "redo")
        redo = Redo(file)
        redo.open()
        for count, one in enumerate(statements):
            redo.append(number + count, [packed(one)])
        assert redo.read(number) == (statements, len(statements))
        assert redo.read(number + 1) == redo.read(number - 1) == ([], 0)
        whole = file.read_bytes()
        written = data.draw(st.integers(0, len(whole.rstrip(b"\0")) - 1), label="bytes that were written")
        redo.close()
        file.write_bytes(whole[:written])
        redo.open()
        rest, count = redo.read(number)
        assert count < len(statements)
        assert rest == statements[:count]
        redo.close()


def test_without_room_for_a_log_sqlite_has_everything_at_once(tmp_path: Path) -> None:
    done = run(
        """
        async def main():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            desk = Desk(Path(sys.argv[1]))
            await desk.tables.start()
            await desk.create()
            await desk.tables.stop()
            (Path(sys.argv[1]) / "tables.redo").unlink()
            resource.setrlimit(resource.RLIMIT_FSIZE, (48 * 1024, resource.RLIM_INFINITY))
            await desk.tables.start()
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await desk.put(id="a")
            assert not desk.tables.engine.database._owed
            assert await desk.get(id="a") == {"id": "a"}
            await desk.tables.stop()

        asyncio.run(main())
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
