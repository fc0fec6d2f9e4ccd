"""Which documents of the next snapshot say nearly the same."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from indexes.ages import newest_first
from indexes.catalog import Catalog
from indexes.catalog_writer import Entry
from indexes.editions import Edition, are_versions, edition
from indexes.types import DocumentInfo
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
    found = families(signatures, _versions(entries))
    return [
        replace(entry, info=replace(entry.info, family=found.get(entry.info.id, "")))
        for entry in entries
    ]


def _versions(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """The ids of every two documents next to each other among the versions of a name."""
    named: dict[tuple[str, ...], list[tuple[Edition, str]]] = {}
    for entry in entries:
        found = edition(entry.info)
        for name in found.names:
            named.setdefault((entry.info.source, *name), []).append((found, entry.info.id))
    for members in named.values():
        members.sort(key=lambda member: (member[0].order, member[1]))
        for (one, first), (other, second) in pairwise(members):
            if are_versions(one, other):
                yield first, second


def duplicates(entries: Iterable[Entry]) -> tuple[tuple[str, ...], ...]:
    """The paths of near-duplicates, family by family, the newest of each first."""
    members: dict[str, list[DocumentInfo]] = {}
    for entry in entries:
        if entry.info.family:
            members.setdefault(entry.info.family, []).append(entry.info)
    return tuple(
        sorted(tuple(info.path for info in newest_first(family)) for family in members.values())
    )
