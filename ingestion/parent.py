"""The published snapshot that a run builds upon."""

import logging
from collections.abc import Collection

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.catalog_writer import Entry
from indexes.errors import RunRefused, SnapshotCorrupt, SnapshotMismatch, UnknownSnapshot
from indexes.snapshot import Manifest, SnapshotStore
from ingestion.plan import Published

_log = logging.getLogger(__name__)


def read_parent(
    store: SnapshotStore, left_out: Collection[str]
) -> tuple[Manifest | None, Published]:
    """The manifest and the documents of the published snapshot; None and none before the first.

    ``left_out`` are known sources that the run does not name. A snapshot of an older format is
    taken for none, so that all is read again, unless that would lose those. RunRefused then, and
    where the snapshot is damaged.
    """
    current = store.current()
    if current is None:
        return None, Published([])
    try:
        manifest = store.verify(current)
    except SnapshotMismatch as exc:
        if left_out:
            raise RunRefused(
                f"{exc}; to ingest it again, name its other sources in this run too: "
                f"{sorted(left_out)}"
            ) from exc
        _log.warning("everything is read again: %s", exc)
        return None, Published([])
    except (SnapshotCorrupt, UnknownSnapshot) as exc:
        raise RunRefused(
            f"{exc}. If there is no other to publish, delete CURRENT in {store.root} "
            "and run again over all sources"
        ) from exc
    path = store.folder(current) / CATALOG_FILE
    rows = Catalog(path).rows()
    return manifest, Published([Entry(info, path, row) for row, info in rows.items()])
