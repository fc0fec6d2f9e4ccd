"""What is kept of the past: how many snapshots, and the pictures of their pages."""

import logging

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.errors import SnapshotCorrupt
from indexes.pages import PageImages
from indexes.snapshot import Manifest, SnapshotStore, Unreadable

_log = logging.getLogger(__name__)


def prune(store: SnapshotStore, keep: int) -> list[str]:
    """Delete all but the ``keep`` newest snapshots and the published one; return their ids.

    Snapshots that cannot be read count and go like the others. Pictures of pages that no snapshot
    speaks of any more go too, once every snapshot that is left can say of which it speaks. The
    caller holds the lock.
    """
    doomed = store.prune(keep)
    shown: set[str] = set()
    for snapshot in store.listing():
        contents = _contents(store, snapshot)
        if contents is None:
            _log.info("pictures of pages stay until %s, which cannot be read, goes", snapshot.id)
            return doomed
        shown |= contents
    PageImages(store.root).keep_only(shown)
    return doomed


def _contents(store: SnapshotStore, snapshot: Manifest | Unreadable) -> set[str] | None:
    """The hashes of the contents that a snapshot speaks of; None where it cannot be asked."""
    if isinstance(snapshot, Unreadable):
        return None
    try:
        return Catalog(store.folder(snapshot.id) / CATALOG_FILE).content_hashes()
    except SnapshotCorrupt:
        return None
