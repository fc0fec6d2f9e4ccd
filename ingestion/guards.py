"""What a run refuses to publish or to begin, and the flag that lets it."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from indexes.errors import RunRefused
from ingestion.limits import MEBIBYTE


@dataclass(frozen=True, slots=True)
class Guards:
    """How much may go wrong before a run is not published.

    One document, deleted or failed, never stops the night, however small the collection is. Shares
    are of the documents that the published snapshot holds of a source (deleted) or of all sources
    of the run (failed). ``free_bytes`` must be left on the disk.
    """

    max_deleted_share: float = 0.3
    max_failed_share: float = 0.05
    allow_deletions: bool = False
    allow_failures: bool = False
    free_bytes: int = 256 * MEBIBYTE


def too_many_deleted(
    guards: Guards, held: Mapping[str, int], deleted: Iterable[str], vanished: Mapping[str, str]
) -> dict[str, str]:
    """Why a source's deletions are not believed, by the source's name.

    ``held`` counts published files by source, ``deleted`` names the source of each that is gone,
    ``vanished`` says of a source why it is taken for gone as a whole.
    """
    if guards.allow_deletions:
        return {}
    refused = {
        name: f"the source {name!r} is gone: {reason}"
        for name, reason in vanished.items()
        if held.get(name)
    }
    for name, count in sorted(Counter(deleted).items()):
        if name not in refused and count > max(1, guards.max_deleted_share * held[name]):
            refused[name] = (
                f"{count} of the {held[name]} documents of the source {name!r} are gone, more than "
                f"{guards.max_deleted_share:.0%}"
            )
    return {
        name: f"{reason}; if that is meant, run again with --allow-deletions"
        for name, reason in refused.items()
    }


def too_many_failed(guards: Guards, held: int, failed: int) -> str | None:
    """Why a run is not published in which ``failed`` of ``held`` documents now fail, or None."""
    if guards.allow_failures or failed <= max(1, guards.max_failed_share * held):
        return None
    return (
        f"{failed} of the {held} published documents can no longer be read, more than "
        f"{guards.max_failed_share:.0%}; if they may be served as they were, run again with "
        "--allow-failures"
    )


def check_disk(guards: Guards, folder: Path, needed: int = 0) -> None:
    """RunRefused where writing ``needed`` bytes would leave less than the reserve."""
    free = shutil.disk_usage(folder).free
    if free < needed + guards.free_bytes:
        raise RunRefused(
            f"the disk of {folder} has {free // MEBIBYTE} MiB free; about {needed // MEBIBYTE} MiB "
            f"are needed and {guards.free_bytes // MEBIBYTE} MiB must stay free. Make room "
            "(`python -m ingestion snapshots prune`), or lower --min-free"
        )


def size(folder: Path) -> int:
    """Bytes in the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
