"""Brings SQLite's write-ahead log into its file from a thread, so that the event loop never waits for the disk.

https://www.sqlite.org/wal.html#ckpt
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

# The log is then a few megabytes, like SQLite's own threshold of a thousand pages.
EVERY = 250  # commits


class Checkpoints:
    """Counts commits and now and then starts a checkpoint, one at a time.

    Args:
        path: The database's file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commits = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tables-checkpoint")
        self._running: Future[None] | None = None

    def note_commit(self) -> None:
        """Says that there has been a commit."""
        self._commits += 1
        if self._commits >= EVERY and (self._running is None or self._running.done()):
            self._commits = 0
            self._running = self._thread.submit(self._checkpoint)

    def close(self) -> None:
        """Waits for the checkpoint that is running."""
        self._thread.shutdown()

    def _checkpoint(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            # PASSIVE takes what it can without holding anybody up; what is left is taken the next time.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()
