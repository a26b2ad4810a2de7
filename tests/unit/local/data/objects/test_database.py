"""All or nothing, also where the disk is full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.data.objects.database import Database

PUT = "INSERT INTO settings (bucket, name, value) VALUES (?, ?, ?)"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "objects.sqlite", fsync=False)
    database.open()
    yield database
    database.close()


def names(database: Database) -> list[str]:
    return [name for (name,) in database.rows("SELECT name FROM settings ORDER BY name")]


def test_what_fails_on_the_way_is_undone(database: Database) -> None:
    with pytest.raises(AwsError), database.transaction():
        database.rows(PUT, ("plants", "a", b"")).connection.execute("no statement")
    assert not names(database)


def test_a_full_disk_refuses_a_change_and_keeps_what_was_there(database: Database, tmp_path: Path) -> None:
    with database.transaction():
        database.rows(PUT, ("plants", "a", b""))
    (pages,) = database.rows("PRAGMA page_count").fetchone()
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(AwsError, match="is full"), database.transaction():
        database.rows(PUT, ("plants", "b", b"x" * 100_000))
    assert names(database) == ["a"]
    assert (tmp_path / "reserve").stat().st_size
    with database.transaction():
        database.rows("DELETE FROM settings")
    assert not names(database)


def test_the_reserve_is_free_while_something_is_deleted(database: Database, tmp_path: Path) -> None:
    with database.reserve_released():
        assert not (tmp_path / "reserve").exists()
    assert (tmp_path / "reserve").exists()
