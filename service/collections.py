"""The published snapshot of every collection, open for reading, and the move to a newer one."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from indexes.embedder import Embedder
from indexes.errors import (
    ConfigurationError,
    EmbedderError,
    FootnoteError,
    NoSnapshot,
    SnapshotCorrupt,
    SnapshotError,
    UnknownCollection,
    UnknownDocument,
    UnknownSnapshot,
)
from indexes.fusion import Fusion
from indexes.language import detect
from indexes.pages import PageImages
from indexes.rerank import Reranker
from indexes.search import LocalIndex
from indexes.snapshot import Manifest, SnapshotStore, collections
from indexes.types import Document, Scope

DEFAULT = "default"
_FIRST_QUESTION = "Is anybody there?"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is served of a collection, what CURRENT named when it was last read, what is wrong."""

    current: str | None
    index: LocalIndex | None = None
    problem: SnapshotError | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A new snapshot that was found: opened, or refused and why."""

    collection: str
    snapshot_id: str
    problem: SnapshotError | None


class Collections:
    """Every collection under a data directory, for any thread to read.

    A request keeps the index it was given: a newer snapshot is opened beside it, and the old one
    is let go when its last reader has finished.
    """

    def __init__(
        self,
        data_dir: Path,
        embedder: Embedder,
        reranker: Reranker | None = None,
        *,
        fusion: Fusion = Fusion.CONVEX,
        device: str = "cpu",
    ) -> None:
        """Nothing is opened before the first refresh. ConfigurationError without a directory."""
        if not data_dir.is_dir():
            raise ConfigurationError(
                f"the data directory {data_dir} does not exist; "
                "run `python -m ingestion run SOURCE --collection NAME` first or pass --data-dir"
            )
        self._data_dir = data_dir
        self._embedder = embedder
        self._open = partial(
            LocalIndex.open, embedder=embedder, reranker=reranker, fusion=fusion, device=device
        )
        self._shelves: Mapping[str, _Shelf] | None = None
        self._unready: FootnoteError = NoSnapshot(
            "the collections are still being opened; try again in a moment"
        )
        self._refreshing = Lock()

    def names(self) -> list[str]:
        """The collections, sorted, whether or not a snapshot of theirs can be served."""
        return sorted(self._shelves or {})

    def get(self, name: str | None = None) -> LocalIndex:
        """The index of a collection; without a name, of the only one or of ``default``.

        UnknownCollection when there is none of that name, or none was given and there are several;
        NoSnapshot, SnapshotCorrupt or SnapshotMismatch when it cannot be served.
        """
        shelves = self._opened()
        chosen = name if name is not None else _only(shelves)
        if chosen not in shelves:
            raise UnknownCollection(f"there is no collection {chosen!r}")
        shelf = shelves[chosen]
        if shelf.index is None:
            raise _again(shelf.problem or _unpublished(chosen))
        return shelf.index

    def document(self, document_id: str, scope: Scope) -> tuple[LocalIndex, Document]:
        """A document inside ``scope``, and the index that holds it.

        UnknownDocument when no collection has one; SnapshotCorrupt or SnapshotMismatch when it
        was not found but a collection that may hold it cannot be read.
        """
        shelves = self._opened().values()
        for shelf in shelves:
            if shelf.index is not None:
                try:
                    return shelf.index, shelf.index.catalog.document(document_id, scope)
                except UnknownDocument:
                    continue
        for shelf in shelves:
            if shelf.index is None and shelf.problem is not None:
                raise _again(shelf.problem)
        raise UnknownDocument(f"there is no document {document_id!r}")

    def served(self) -> list[Manifest]:
        """What the snapshots that are served say of themselves, by collection."""
        shelves = sorted((self._shelves or {}).items())
        return [shelf.index.manifest for _, shelf in shelves if shelf.index is not None]

    def pictures(self, collection: str) -> PageImages:
        """The pictures of the pages of a collection's documents, of any snapshot."""
        return PageImages(SnapshotStore(self._data_dir, collection).root)

    def unready(self) -> FootnoteError | None:
        """Why nothing can be answered yet; None once any snapshot is served."""
        try:
            shelves = self._opened()
        except FootnoteError as exc:
            return exc
        if any(shelf.index is not None for shelf in shelves.values()):
            return None
        problems = [str(shelf.problem or _unpublished(name)) for name, shelf in shelves.items()]
        return NoSnapshot(
            "; ".join(problems)
            or "there is no collection yet; run `python -m ingestion run SOURCE --collection NAME`"
        )

    def refresh(self) -> tuple[Move, ...]:
        """Move to what is published now. The first call loads the embedder, before any snapshot.

        A snapshot that cannot be opened is reported once, and the one before it stays.
        EmbedderError when the embedder's weights cannot be loaded.
        """
        with self._refreshing:
            before = self._shelves
            if before is None:
                self._warm()
            after: dict[str, _Shelf] = {}
            moves: list[Move] = []
            for name in collections(self._data_dir):
                after[name] = shelf = self._look(name, (before or {}).get(name))
                if before is None or shelf is not before.get(name):
                    moves.extend(_moves(name, shelf))
            self._shelves = after
        return tuple(moves)

    def _opened(self) -> Mapping[str, _Shelf]:
        shelves = self._shelves
        if shelves is None:
            raise _again(self._unready)
        return shelves

    def _warm(self) -> None:
        # The first question otherwise waits a second for the language models, too.
        detect(_FIRST_QUESTION)
        try:
            self._embedder.embed_queries([_FIRST_QUESTION])
        except EmbedderError as exc:
            self._unready = exc
            raise

    def _look(self, name: str, before: _Shelf | None) -> _Shelf:
        store = SnapshotStore(self._data_dir, name)
        current = store.current()
        if before is not None and before.current == current:
            return before
        if current is None:
            return _Shelf(None)
        try:
            index = self._open(store.folder(current))
        except (SnapshotError, UnknownSnapshot, OSError) as exc:
            return _Shelf(current, before.index if before else None, _refusal(exc, name, current))
        return _Shelf(current, index)


def _only(shelves: Mapping[str, _Shelf]) -> str:
    """The collection meant by whoever names none. One never published cannot be meant."""
    if DEFAULT in shelves:
        return DEFAULT
    published = [name for name, shelf in shelves.items() if shelf.current is not None]
    candidates = published or list(shelves)
    if len(candidates) != 1:
        state = "are several collections" if candidates else "is no collection yet"
        raise UnknownCollection(f"there {state}; name one that you know in `collection`")
    return candidates[0]


def _unpublished(name: str) -> NoSnapshot:
    return NoSnapshot(
        f"the collection {name!r} has no published snapshot; run `python -m ingestion run` first"
    )


def _refusal(error: Exception, name: str, snapshot_id: str) -> SnapshotError:
    if isinstance(error, SnapshotError):
        return error
    return SnapshotCorrupt(
        f"the snapshot {snapshot_id} of {name!r} cannot be opened ({error}); "
        "publish another one or run the ingestion again"
    )


def _moves(name: str, shelf: _Shelf) -> tuple[Move, ...]:
    if shelf.current is None:
        return ()
    if shelf.problem is None:
        _log.info("serving the snapshot %s of %r", shelf.current, name)
    else:
        kept = "the one before stays" if shelf.index else "nothing of it is served"
        _log.error("%s; %s", shelf.problem, kept)
    return (Move(name, shelf.current, shelf.problem),)


def _again(error: FootnoteError) -> FootnoteError:
    """The same error anew: one that is raised twice drags the first traceback along."""
    return type(error)(*error.args)
