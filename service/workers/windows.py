"""When callers asked, in SQLite, so that a rate limit holds over all worker processes."""

import sqlite3
from pathlib import Path
from time import time

from limits.storage import MemoryStorage, MovingWindowSupport, Storage

_FILE = "rates.sqlite"
_LOCK_SECONDS = 1.0
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS hits (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS hits_of_one ON hits (key, at);
CREATE INDEX IF NOT EXISTS hits_in_time ON hits (at);
"""
_NO_COUNTER = "only moving windows are kept here"


def windows(folder: Path | None) -> Storage:
    """Of all processes that share ``folder``, or of this one alone. To be made after a fork."""
    return SharedWindows(folder / _FILE) if folder else MemoryStorage()


class SharedWindows(Storage, MovingWindowSupport):
    """Moving windows of the library ``limits``, exact over the processes that open one file.

    What SQLite raises comes out as StorageError of ``limits``. The file need not outlive the
    machine's next start, so nothing waits for the disk.
    """

    STORAGE_SCHEME = None

    def __init__(self, path: Path) -> None:
        super().__init__(wrap_exceptions=True)
        self._connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
        self._connection.executescript(_SCHEMA)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What is wrapped."""
        return sqlite3.Error

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count hits of ``key``, unless that makes over ``limit`` of them in ``expiry`` seconds."""
        now = time()
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM hits WHERE at < ?", (now - expiry,))
            _, hits = self.get_moving_window(key, limit, expiry)
            if hits + amount > limit:
                return False
            self._connection.executemany("INSERT INTO hits VALUES (?, ?)", [(key, now)] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        """The time of the first hit of ``key`` in the last ``expiry`` seconds, and how many."""
        now = time()
        first, hits = self._connection.execute(
            "SELECT MIN(at), COUNT(*) FROM hits WHERE key = ? AND at >= ?", (key, now - expiry)
        ).fetchone()
        return (now if first is None else first, hits)

    def check(self) -> bool:
        """Whether the file answers."""
        return bool(self._connection.execute("SELECT 1").fetchone())

    def clear(self, key: str) -> None:
        """Forget the hits of ``key``."""
        self._connection.execute("DELETE FROM hits WHERE key = ?", (key,))

    def reset(self) -> int:
        """Forget all hits; how many there were."""
        return self._connection.execute("DELETE FROM hits").rowcount

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Of another strategy."""
        raise NotImplementedError(_NO_COUNTER)

    def get(self, key: str) -> int:
        """Of another strategy."""
        raise NotImplementedError(_NO_COUNTER)

    def get_expiry(self, key: str) -> float:
        """Of another strategy."""
        raise NotImplementedError(_NO_COUNTER)
