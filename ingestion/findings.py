"""What earlier runs found wrong with files, which have moved since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ingestion.outcome import Read
from ingestion.plan import INSIDE
from ingestion.types import Failure


def followed(
    findings: Mapping[str, Sequence[Failure]], reads: Iterable[Read]
) -> dict[str, list[Failure]]:
    """The ``findings`` of each source, by its name, also at the places where files are now.

    A file that is known from another place is not parsed at its new one, so that what could not be
    read of it is known from there too. What was found in another file at the new place is left out.
    """
    now = {source: list(found) for source, found in findings.items()}
    for read in reads:
        if read.same is None or read.same.info.id == read.found.document_id:
            continue
        old, new = read.same.info, read.found.file
        others = [each for each in now.get(new.source, ()) if not _is_of(each, new.path)]
        moved = [
            _at(each, old.path, new.path)
            for each in findings.get(old.source, ())
            if _is_of(each, old.path)
        ]
        now[new.source] = others + moved
    return now


def _is_of(finding: Failure, path: str) -> bool:
    """Whether it was found in this file, or in what is attached to it."""
    return finding.path == path or finding.path.startswith(path + INSIDE)


def _at(finding: Failure, old: str, new: str) -> Failure:
    path = new + finding.path.removeprefix(old)
    return replace(finding, path=path, reason=finding.reason.replace(finding.path, path))
