"""What is kept of the past: how many snapshots, and the pictures of their pages."""

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.pages import PageImages
from indexes.snapshot import SnapshotStore


def prune(store: SnapshotStore, keep: int) -> list[str]:
    """Delete all but the ``keep`` newest snapshots and the published one; return their ids.

    Pictures of pages that no snapshot speaks of any more go with them. The caller holds the lock.
    """
    doomed = store.prune(keep)
    shown: set[str] = set()
    for manifest in store.manifests():
        shown |= Catalog(store.folder(manifest.id) / CATALOG_FILE).content_hashes()
    PageImages(store.root).keep_only(shown)
    return doomed
