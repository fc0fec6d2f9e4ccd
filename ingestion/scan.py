"""What the sources of a run hold today, as far as can be told without reading a file."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from indexes.errors import SourceError, SourceGone
from indexes.types import document_id
from ingestion.acl import audited
from ingestion.ledger import Ledger, Sighting
from ingestion.plan import Found
from ingestion.types import Failure, Feed, Source, SourceFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scan:
    """The files found, and by source: the new cursor, why it is gone, why it was not listed."""

    found: list[Found] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    vanished: dict[str, str] = field(default_factory=dict)
    unlisted: dict[str, Failure] = field(default_factory=dict)


def scan(sources: Sequence[Source], collection: str, ledger: Ledger, *, verify: bool) -> Scan:
    """List every source; with ``verify`` nothing is believed unchanged that was not read.

    A source that is known and cannot be listed now keeps its documents. SourceError where a new
    one cannot be; ConfigurationError where a permission rule names a folder and so no file.
    """
    result = Scan()
    for source in sources:
        known = ledger.location(source.name) is not None
        remembered = ledger.sightings(source.name)
        try:
            with audited() as audit:
                files, cursor = _files(
                    source, remembered, "" if verify else ledger.cursor(source.name)
                )
        except SourceError as exc:
            if not known:
                raise
            _not_listed(result, source, exc)
            continue
        for remark in audit.remarks():
            _log.warning("of the source %s: %s", source.name, remark)
        result.cursors[source.name] = cursor
        for file in files:
            identity = document_id(collection, source.name, file.path)
            before = None if verify else remembered.get(identity)
            result.found.append(Found(source, file, identity, _content_hash(file, before)))
    return result


def _files(
    source: Source, remembered: dict[str, Sighting], cursor: str
) -> tuple[list[SourceFile], str]:
    if not isinstance(source, Feed):
        return list(source.files()), ""
    changes = source.changes(cursor)
    files = {file.path: file for file in changes.files}
    if not changes.complete:
        for sighting in remembered.values():
            path = sighting.file.path
            if path not in files and path not in changes.gone:
                files[path] = replace(sighting.file, groups=source.groups(path))
    return [files[path] for path in sorted(files)], changes.cursor


def _not_listed(result: Scan, source: Source, error: SourceError) -> None:
    if isinstance(error, SourceGone):
        result.vanished[source.name] = str(error)
        result.cursors[source.name] = ""
        return
    _log.warning("the source %s is left as it was: %s", source.name, error)
    reason = f"{error}. Its documents stay as they were"
    result.unlisted[source.name] = Failure(source.name, "scan", reason)


def _content_hash(file: SourceFile, before: Sighting | None) -> str:
    """The hash of the bytes, where this version of them was read before."""
    if before is None or not file.version or before.file.version != file.version:
        return ""
    return before.content_hash
