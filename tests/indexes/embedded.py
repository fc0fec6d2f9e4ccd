"""Snapshots whose vectors the real embedder made, as a run writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from indexes.snapshot import Manifest, SnapshotStore
from indexes.tokens import TokenQuantiser
from tests.indexes.documents import CHUNKER, COLLECTION, Entry


@dataclass(frozen=True)
class Embedded:
    """Vectors of whatever passages a snapshot has, and ``surplus`` more than it has."""

    embedder: Embedder
    surplus: int = 0

    @property
    def fingerprint(self) -> str:
        return self.embedder.fingerprint

    @property
    def dimensions(self) -> int:
        return self.embedder.dimensions

    @property
    def token_dimensions(self) -> int:
        return self.embedder.dimensions

    def encoded(
        self, passages: Sequence[str], languages: Sequence[str]
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        encoded = self.embedder.encode_passages(passages)
        quantiser = TokenQuantiser(self.token_dimensions)
        codes = [
            quantiser.encode(text, tokens) if self.embedder.reads(language) else b""
            for text, tokens, language in zip(passages, encoded.tokens, languages, strict=True)
        ]
        rows = encoded.vectors.values
        return np.resize(rows, (len(rows) + self.surplus, self.dimensions)), codes


def write(
    data_dir: Path, entries: list[Entry], embedder: Embedder, surplus: int = 0
) -> tuple[Path, Manifest]:
    """A snapshot as a run writes it, with the embedder's own vectors."""
    store = SnapshotStore(data_dir, COLLECTION)
    with store.lock(), store.staging() as staged:
        staged_entries = [staged.add(document, chunks) for document, chunks in entries]
        staged.commit()
        manifest = store.write(
            staged_entries,
            Embedded(embedder, surplus),
            embedder=embedder.description,
            chunker=CHUNKER,
        )
    return store.folder(manifest.id), manifest
