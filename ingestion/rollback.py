"""Back to an older snapshot, without what was deleted or withdrawn since."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.catalog_writer import Entry
from indexes.dense import DenseIndex
from indexes.errors import RunRefused
from indexes.indexing import TOKENS_FOLDER, VECTORS_FOLDER
from indexes.snapshot import Manifest, SnapshotStore
from indexes.tokens import TokenIndex
from ingestion.acl import common_groups
from ingestion.ledger import Ledger
from ingestion.pipeline import LEDGER_FILE


def publish(store: SnapshotStore, snapshot_id: str, *, as_it_was: bool = False) -> Manifest:
    """Publish ``snapshot_id`` as far as its sources still allow; return what was published.

    A document that its source no longer has is left out, and one that fewer may see by now is
    shown to those alone: then a new snapshot is made of the old one's text and vectors. With
    ``as_it_was`` the old snapshot itself is published, whatever has happened since. RunRefused
    when nothing is known of one of the sources.

    To publish what was built without documents that were missing, and refused for it, is to say
    that they are deleted.
    """
    with store.lock(), Ledger.open(store.root / LEDGER_FILE) as ledger:
        store.discard_unfinished()
        manifest = store.verify(snapshot_id)
        catalog = Catalog(store.folder(snapshot_id) / CATALOG_FILE)
        published = manifest if as_it_was else _restrict(store, manifest, catalog, ledger)
        # Before it is published, what is gone is written down.
        documents = {info.id for info in catalog.rows().values()}
        ledger.settle_doubts(documents, datetime.fromisoformat(manifest.created_at))
        store.publish(published.id)
        return published


def _restrict(
    store: SnapshotStore, manifest: Manifest, catalog: Catalog, ledger: Ledger
) -> Manifest:
    folder = store.folder(manifest.id)
    before = catalog.rows()
    sources = {info.source for info in before.values()}
    unknown = sorted(source for source in sources if ledger.ran_at(source) is None)
    if unknown:
        raise RunRefused(
            f"the ledger of {store.collection!r} knows nothing of the sources {unknown}, so what "
            f"was deleted there since {manifest.id} cannot be told; run the ingestion over them "
            "first, or pass --as-it-was"
        )
    sightings = ledger.sightings()
    kept = []
    for row, info in before.items():
        sighting = sightings.get(info.id)
        if sighting is not None:
            groups = common_groups(info.groups, sighting.groups)
            kept.append(Entry(replace(info, groups=groups), folder / CATALOG_FILE, row))
    if [entry.info for entry in kept] == list(before.values()):
        return manifest
    return store.write(
        kept,
        _StoredVectors(folder, manifest, _chunk_rows(catalog, kept)),
        embedder=manifest.embedder,
        chunker=manifest.chunker,
    )


def _chunk_rows(catalog: Catalog, kept: Sequence[Entry]) -> Iterator[int]:
    rows = catalog.chunk_rows()
    return (row for entry in kept for row in rows.get(entry.row, ()))


class _StoredVectors:
    """A VectorSource: the vectors and token codes of an older snapshot, row after row."""

    def __init__(self, folder: Path, manifest: Manifest, rows: Iterator[int]) -> None:
        tokens = folder / TOKENS_FOLDER
        self._index = DenseIndex(folder / VECTORS_FOLDER)
        self._tokens = TokenIndex(tokens) if tokens.is_dir() else None
        self._rows = rows
        self.fingerprint = manifest.embedder["fingerprint"]
        self.dimensions = self._index.dimensions
        self.token_dimensions = self._tokens.dimensions if self._tokens else 0

    def encoded(
        self,
        passages: Sequence[str],
        languages: Sequence[str],  # noqa: ARG002 (what has no codes is known by its row)
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        rows = np.array(list(islice(self._rows, len(passages))), dtype=np.int64)
        codes = self._tokens.codes(rows) if self._tokens else [b""] * len(rows)
        return self._index.vectors(rows), codes
