"""Passages to vectors, each distinct passage computed once and remembered in the ledger."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from ingestion.ledger import Ledger, PassageKey, passage_key
from ingestion.progress import Progress

# Passages between two commits: what a killed run has to do again.
BATCH = 128


class LedgerVectors:
    """A VectorSource: what the ledger does not hold is computed, and held from then on.

    Vectors of passages that no snapshot holds any more are left in the ledger; see ``forget``.
    """

    def __init__(self, embedder: Embedder, ledger: Ledger, progress: Progress) -> None:
        self._embedder = embedder
        self._ledger = ledger
        self._progress = progress
        self._used: set[PassageKey] = set()
        self.total = 0
        self.embedded = 0

    @property
    def fingerprint(self) -> str:
        """What makes the vectors."""
        return self._embedder.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    def vectors(self, passages: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(passages), dimensions)."""
        self.prepare(passages)
        keys = [passage_key(text) for text in passages]
        self.total += len(keys)
        self._used.update(keys)
        known = self._ledger.embeddings(self.fingerprint, sorted(set(keys)))
        return np.stack([known[key] for key in keys])

    def prepare(self, passages: Iterable[str]) -> None:
        """Compute now what will be asked for later."""
        texts = {passage_key(text): text for text in passages}
        missing = self._ledger.missing(self.fingerprint, list(texts))
        if not missing:
            return
        # Passages of one length share a batch without padding. The longest come first, so that the
        # memory a run needs is seen at its beginning.
        keys = sorted(missing, key=lambda key: (-len(texts[key]), key))
        with self._progress.stage("embed", len(keys), "chunks") as bar:
            for i in range(0, len(keys), BATCH):
                batch = keys[i : i + BATCH]
                vectors = self._embedder.embed_passages([texts[key] for key in batch]).values
                self._ledger.record_embeddings(self.fingerprint, batch, vectors)
                self.embedded += len(batch)
                bar.update(len(batch))

    def forget(self) -> None:
        """Drop every stored vector that was not asked for."""
        self._ledger.forget_embeddings(self._used)
