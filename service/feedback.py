"""What people thought of an answer, in SQLite, and what was answered lately to whom."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from service.auth import Caller
from service.errors import FeedbackError
from service.workers.ring import KEY_BYTES, Ring

FILE = "feedback.sqlite"
_LOCK_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, caller TEXT NOT NULL,
    request_id TEXT NOT NULL, verdict TEXT NOT NULL, correction TEXT, document_id TEXT,
    comment TEXT, question TEXT, snapshot TEXT, cited TEXT)
"""
# What files of earlier versions lack.
_ADDED = ("collection", "example")
# Of each caller the last word on each answer: who said "up" may have said "down" since.
_APPROVED = """
SELECT example FROM feedback AS given
WHERE collection = ? AND verdict = 'up' AND example IS NOT NULL AND id = (
    SELECT max(id) FROM feedback WHERE caller = given.caller AND request_id = given.request_id)
ORDER BY id DESC LIMIT ?
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
    """A question, the snapshot that answered it and the ids of the documents it cited.

    ``example`` is the answer for other questions to learn from, where it may be kept for that.
    """

    question: str
    snapshot: str
    cited: tuple[str, ...]
    collection: str = ""
    example: str | None = None


class RecentExchanges:
    """The last exchanges of all workers, each for the caller that had it and nobody else."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def remember(self, caller: Caller, request_id: str, exchange: Exchange) -> None:
        """Keep an exchange; the oldest go when there are too many."""
        content = json.dumps(
            [
                exchange.question,
                exchange.snapshot,
                exchange.cited,
                exchange.collection,
                exchange.example,
            ]
        )
        self._ring.append(_key(caller, request_id), content.encode())

    def find(self, caller: Caller, request_id: str) -> Exchange | None:
        """The exchange that this caller had under this id, if it is still remembered."""
        content = self._ring.find(_key(caller, request_id))
        if content is None:
            return None
        question, snapshot, cited, *rest = json.loads(content)
        return Exchange(question, snapshot, tuple(cited), *rest)


def _key(caller: Caller, request_id: str) -> bytes:
    """Of the caller with all that it may see: with other permissions it is another."""
    parts = [caller.name, sorted(caller.scope.groups), request_id]
    return blake2b(json.dumps(parts).encode(), digest_size=KEY_BYTES).digest()


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
                "document_id, comment, question, snapshot, cited, collection, example) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    exchange.collection if exchange else None,
                    exchange.example if exchange else None,
                ),
            )

    def newest(self) -> int:
        """The number of the last feedback; 0 before the first. FeedbackError as ``add``."""
        with self._connection() as connection:
            (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM feedback").fetchone()
        return int(newest)

    def approved(self, collection: str, most: int) -> list[str]:
        """The examples in the answers that were approved of and not since disapproved of.

        The newest first, at most so many. FeedbackError as ``add``.
        """
        with self._connection() as connection:
            rows = connection.execute(_APPROVED, (collection, most)).fetchall()
        return [example for (example,) in rows]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_LOCK_SECONDS)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_SCHEMA)
                _complete(connection)
                with connection:
                    yield connection
        except sqlite3.Error as exc:
            raise FeedbackError(
                f"the feedback cannot be stored ({exc}); the operator must make the data "
                "directory writable for the service, then it can be sent again"
            ) from exc


def _complete(connection: sqlite3.Connection) -> None:
    held = {row[1] for row in connection.execute("PRAGMA table_info(feedback)")}
    for column in _ADDED:
        if column not in held:
            connection.execute(f"ALTER TABLE feedback ADD COLUMN {column} TEXT")
