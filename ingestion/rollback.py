"""Back to an older snapshot, without what was deleted or withdrawn since."""

from dataclasses import replace

import numpy as np

from indexes.catalog import Catalog
from indexes.dense import DenseIndex
from indexes.errors import RunRefused
from indexes.snapshot import CATALOG_FILE, VECTORS_FILE, Manifest, SnapshotStore
from indexes.types import EVERYONE, Vectors
from ingestion.ledger import Ledger, Sighting
from ingestion.pipeline import LEDGER_FILE
from ingestion.plan import Entry


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


def common_groups(then: frozenset[str], now: frozenset[str]) -> frozenset[str]:
    """Whom both audiences let in; everyone (``*``) lets in whomever the other names."""
    if EVERYONE in then:
        return now
    if EVERYONE in now:
        return then
    return then & now


def _restrict(store: SnapshotStore, manifest: Manifest, sightings: dict[str, Sighting]) -> Manifest:
    folder = store.folder(manifest.id)
    before = list(Catalog(folder / CATALOG_FILE).everything())
    if before and not sightings:
        raise RunRefused(
            f"the ledger of {store.collection!r} knows of no document, so what was deleted since "
            f"{manifest.id} cannot be told; run the ingestion first, or pass --as-it-was"
        )
    kept: list[Entry] = []
    rows: list[int] = []
    row = 0
    for document, chunks in before:
        sighting = sightings.get(document.info.id)
        if sighting is not None:
            groups = common_groups(document.info.groups, sighting.groups)
            info = replace(document.info, groups=groups)
            kept.append((replace(document, info=info), chunks))
            rows.extend(range(row, row + len(chunks)))
        row += len(chunks)
    if kept == before:
        return manifest
    vectors = DenseIndex(folder / VECTORS_FILE).vectors(np.array(rows, dtype=np.int64))
    return store.write(
        kept,
        Vectors(vectors, manifest.embedder["fingerprint"]),
        embedder=manifest.embedder,
        chunker=manifest.chunker,
    )
