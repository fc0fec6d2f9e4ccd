"""Which documents of the next snapshot say nearly the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from indexes.catalog import Catalog
from indexes.catalog_writer import Entry
from ingestion.families import families


def with_families(entries: Sequence[Entry]) -> list[Entry]:
    """The same documents, each with the family it belongs to among all of them."""
    wanted: dict[Path, dict[int, list[str]]] = {}
    for entry in entries:
        wanted.setdefault(entry.catalog, {}).setdefault(entry.row, []).append(entry.info.id)
    signatures = {
        identity: signature
        for path, ids in wanted.items()
        for row, signature in Catalog(path).signatures()
        for identity in ids.get(row, ())
    }
    found = families(signatures)
    return [
        replace(entry, info=replace(entry.info, family=found.get(entry.info.id, "")))
        for entry in entries
    ]


def duplicates(entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """The paths of near-duplicates, family by family, the newest of each first."""
    members: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.info.path):
        if entry.info.family:
            members.setdefault(entry.info.family, []).append(entry)
    for family in members.values():
        family.sort(key=lambda entry: entry.info.dated, reverse=True)
    return tuple(sorted(tuple(entry.info.path for entry in family) for family in members.values()))
