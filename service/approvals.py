"""Answers that people approved of, as examples for the questions of others."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from indexes.errors import SnapshotError, UnknownCollection, UnknownDocument
from indexes.search import LocalIndex
from indexes.types import EVERYONE, Scope
from service.answering.guarding.instructions import find
from service.answering.masked import Hide
from service.answering.writing.approved import Approved
from service.answering.writing.examples import Example
from service.errors import FeedbackError
from service.feedback import FeedbackStore

# An approval counts from then on at the latest. Looking costs a query of SQLite.
_LOOK_SECONDS = 10.0
# The newest of a collection, each read from its documents once for every snapshot.
_MOST = 200

_log = logging.getLogger(__name__)

Served = Callable[[str], LocalIndex]
"""What is served of a collection now."""


@dataclass(slots=True)
class _Seen:
    """The newest feedback when it was last looked for, and when that was."""

    newest: int = -1
    at: float = float("-inf")


@dataclass(slots=True)
class StoredApprovals:
    """Approved answers from the feedback, of which every quote is open to everyone and still holds.

    Left out are those with personal data, by ``hide``, and with words in them that speak to a
    machine: a question is its asker's own, and would be read by the model of others.
    """

    store: FeedbackStore
    served: Served
    hide: Hide
    _seen: _Seen = field(default_factory=_Seen)
    _standing: dict[str, tuple[str, int, tuple[Example, ...]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def version(self) -> str:
        """The number of the newest feedback, which may be an approval or take one back.

        It waits for nobody who reads examples: the event loop asks for it.
        """
        return str(self._newest())

    def standing(self, collection: str) -> Sequence[Example]:
        """The newest first, each question once. None of a collection that is not served."""
        try:
            index = self.served(collection)
        except (UnknownCollection, SnapshotError):
            return ()
        with self._lock:
            newest = self._newest()
            known = self._standing.get(collection)
            if known is None or known[:2] != (index.snapshot_id, newest):
                examples = self._examples(collection, index)
                known = self._standing[collection] = index.snapshot_id, newest, examples
        return known[2]

    def _newest(self) -> int:
        now = monotonic()
        if now - self._seen.at >= _LOOK_SECONDS:
            self._seen.at = now
            with _without_failing():
                self._seen.newest = self.store.newest()
        return self._seen.newest

    def _examples(self, collection: str, index: LocalIndex) -> tuple[Example, ...]:
        everyone = Scope(frozenset({EVERYONE}))

        def text(document_id: str) -> str | None:
            try:
                return index.catalog.document(document_id, everyone).text
            except UnknownDocument:
                return None

        newest: dict[str, Approved] = {}
        for each in self._open(collection):
            newest.setdefault(each.question, each)
        shown = (each.example(text) for each in newest.values())
        return tuple(each for each in shown if each is not None)

    def _open(self, collection: str) -> list[Approved]:
        """Approved answers that a stranger may read, newest first."""
        written: list[str] = []
        with _without_failing():
            written = self.store.approved(collection, _MOST)
        return [each for each in map(Approved.read, written) if not self._private(each)]

    def _private(self, approved: Approved) -> bool:
        said = [approved.question, *(draft.text for draft in approved.answer)]
        return any(find(text) or self.hide(text, approved.language) != text for text in said)


@contextmanager
def _without_failing() -> Iterator[None]:
    """An answer needs no approved examples: where they cannot be read, it is written without."""
    try:
        yield
    except FeedbackError as exc:
        _log.warning("approved answers cannot be read: %s", exc)
