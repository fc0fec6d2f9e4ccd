"""Back to an older snapshot, without what was deleted or withdrawn since."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import Catalog
from indexes.catalog_writer import Entry
from indexes.dense import DenseIndex
from indexes.errors import RunRefused
from indexes.snapshot import CATALOG_FILE, VECTORS_FILE, Manifest, SnapshotStore
from ingestion.acl import common_groups
from ingestion.ledger import Ledger, Sighting
from ingestion.pipeline import LEDGER_FILE


def publish(store: SnapshotStore, snapshot_id: str, *, as_it_was: bool = False) -> Manifest:
    """Publish ``snapshot_id`` as far as its sources still allow; return what was published.

    A document that its source no longer has is left out, and one that fewer may see by now is
    shown to those alone: then a new snapshot is made of the old one's text and vectors. With
    ``as_it_was`` the old snapshot itself is published, whatever has happened since. RunRefused
    when nothing is known of the sources.
    """
    with store.lock(), Ledger.open(store.root / LEDGER_FILE) as ledger:
        store.discard_unfinished()
        manifest = store.verify(snapshot_id)
        if not as_it_was:
            manifest = _restrict(store, manifest, ledger.sightings())
        store.publish(manifest.id)
        return manifest


def _restrict(store: SnapshotStore, manifest: Manifest, sightings: dict[str, Sighting]) -> Manifest:
    folder = store.folder(manifest.id)
    catalog = Catalog(folder / CATALOG_FILE)
    before = catalog.rows()
    if before and not sightings:
        raise RunRefused(
            f"the ledger of {store.collection!r} knows of no document, so what was deleted since "
            f"{manifest.id} cannot be told; run the ingestion first, or pass --as-it-was"
        )
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
        _StoredVectors(DenseIndex(folder / VECTORS_FILE), manifest, _chunk_rows(catalog, kept)),
        embedder=manifest.embedder,
        chunker=manifest.chunker,
    )


def _chunk_rows(catalog: Catalog, kept: Sequence[Entry]) -> Iterator[int]:
    rows = catalog.chunk_rows()
    return (row for entry in kept for row in rows.get(entry.row, ()))


class _StoredVectors:
    """A VectorSource: the vectors of an older snapshot, row after row."""

    def __init__(self, index: DenseIndex, manifest: Manifest, rows: Iterator[int]) -> None:
        self.fingerprint = manifest.embedder["fingerprint"]
        self.dimensions = index.dimensions
        self._index = index
        self._rows = rows

    def vectors(self, passages: Sequence[str]) -> NDArray[np.float32]:
        rows = list(islice(self._rows, len(passages)))
        return self._index.vectors(np.array(rows, dtype=np.int64))
