"""Passages to vectors, each distinct passage computed once and remembered in the ledger."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from indexes.passage import passage
from indexes.types import Vectors
from ingestion.ledger import Ledger, PassageKey, passage_key
from ingestion.plan import Entry
from ingestion.progress import Progress
from ingestion.types import ChunkCounts

# Passages between two commits: what a killed run has to do again.
_BATCH = 128


def embed(
    entries: Sequence[Entry], embedder: Embedder, ledger: Ledger, progress: Progress
) -> tuple[Vectors, ChunkCounts]:
    """A vector per chunk, in order, and how many of them were computed now.

    Vectors of passages that no entry holds any more are left in the ledger; see ``forget``.
    """
    passages = _passages(entries)
    keys = [passage_key(text) for text in passages]
    known = ledger.embeddings(embedder.fingerprint, sorted(set(keys)))
    missing = {key: text for key, text in zip(keys, passages, strict=True) if key not in known}
    known |= _compute(missing, embedder, ledger, progress)
    values = (
        np.stack([known[key] for key in keys])
        if keys
        else np.empty((0, embedder.dimensions), np.float32)
    )
    counts = ChunkCounts(len(keys), embedded=len(missing), reused=len(keys) - len(missing))
    return Vectors(values, embedder.fingerprint), counts


def forget(entries: Sequence[Entry], ledger: Ledger) -> None:
    """Drop every stored vector that no chunk of ``entries`` needs."""
    ledger.forget_embeddings({passage_key(text) for text in _passages(entries)})


def _passages(entries: Sequence[Entry]) -> list[str]:
    return [
        passage(document.info, chunk.section, chunk.text)
        for document, chunks in entries
        for chunk in chunks
    ]


def _compute(
    missing: Mapping[PassageKey, str], embedder: Embedder, ledger: Ledger, progress: Progress
) -> dict[PassageKey, NDArray[np.float32]]:
    # Passages of one length share a batch without padding. The longest come first, so that the
    # memory a run needs is seen at its beginning.
    keys = sorted(missing, key=lambda key: (-len(missing[key]), key))
    computed: dict[PassageKey, NDArray[np.float32]] = {}
    with progress.stage("embed", len(keys), "chunks") as bar:
        for i in range(0, len(keys), _BATCH):
            batch = keys[i : i + _BATCH]
            vectors = embedder.embed_passages([missing[key] for key in batch]).values
            ledger.record_embeddings(embedder.fingerprint, batch, vectors)
            computed.update(zip(batch, vectors, strict=True))
            bar.update(len(batch))
    return computed
