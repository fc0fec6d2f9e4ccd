"""What people thought of an answer, in SQLite, and what was answered lately to whom."""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from service.auth import Caller
from service.errors import FeedbackError

FILE = "feedback.sqlite"
# Answers remembered at a time, each with its question: a few megabytes at the most.
_REMEMBERED = 1024
_LOCK_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, caller TEXT NOT NULL,
    request_id TEXT NOT NULL, verdict TEXT NOT NULL, correction TEXT, document_id TEXT,
    comment TEXT, question TEXT, snapshot TEXT, cited TEXT)
"""


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict, "up" or "down", on the answer to a request."""

    request_id: str
    verdict: str
    correction: str | None = None
    document_id: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, the snapshot that answered it and the ids of the documents it cited."""

    question: str
    snapshot: str
    cited: tuple[str, ...]


class RecentExchanges:
    """The last exchanges of this process, each for the caller that had it and nobody else."""

    def __init__(self, capacity: int = _REMEMBERED) -> None:
        self._capacity = capacity
        self._exchanges: OrderedDict[tuple[Caller, str], Exchange] = OrderedDict()
        self._lock = Lock()

    def remember(self, caller: Caller, request_id: str, exchange: Exchange) -> None:
        """Keep an exchange; the oldest goes when there are too many."""
        with self._lock:
            self._exchanges[caller, request_id] = exchange
            self._exchanges.move_to_end((caller, request_id))
            while len(self._exchanges) > self._capacity:
                self._exchanges.popitem(last=False)

    def find(self, caller: Caller, request_id: str) -> Exchange | None:
        """The exchange that this caller had under this id, if it is still remembered."""
        with self._lock:
            return self._exchanges.get((caller, request_id))


class FeedbackStore:
    """Feedback on disk, in the data directory. Created when the first arrives."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, feedback: Feedback, caller: Caller, exchange: Exchange | None) -> None:
        """Store one piece of feedback, with what is known of the exchange it is about.

        FeedbackError when the disk does not take it.
        """
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO feedback (received_at, caller, request_id, verdict, correction, "
                "document_id, comment, question, snapshot, cited) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    caller.name,
                    feedback.request_id,
                    feedback.verdict,
                    feedback.correction,
                    feedback.document_id,
                    feedback.comment,
                    exchange.question if exchange else None,
                    exchange.snapshot if exchange else None,
                    json.dumps(exchange.cited) if exchange else None,
                ),
            )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_LOCK_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_SCHEMA)
                with connection:
                    yield connection
        except sqlite3.Error as exc:
            raise FeedbackError(
                f"the feedback cannot be stored ({exc}); the operator must make the data "
                "directory writable for the service, then it can be sent again"
            ) from exc
