"""Files of types that no parser reads: their names say enough."""

from collections.abc import Iterator

import pytest

from ingestion import parse
from ingestion.types import FORMATS, DocumentCounts, SourceFile
from tests.ingestion.library import LEAVE, SOURCE, Library

NAMES = ["film.mp4", "logo.PNG", "Makefile", "notes.md~", "old.pdf/scan"]


class Watched:
    """The folder of a library; what is read of it is written down."""

    name = SOURCE

    def __init__(self, library: Library) -> None:
        self._source = library.source
        self.location = self._source.location
        self.seen: list[str] = []

    def files(self) -> Iterator[SourceFile]:
        return self._source.files()

    def read(self, file: SourceFile) -> bytes:
        self.seen.append(file.path)
        return self._source.read(file)


@pytest.mark.parametrize("name", NAMES)
def test_what_no_parser_reads_fails_unread_every_night(library: Library, name: str) -> None:
    library.write("leave.md", LEAVE)
    library.write(name, b"\0" * 100)
    source = Watched(library)
    first = library.run(source)
    assert (source.seen, first.published) == (["leave.md"], True)
    assert first.documents == DocumentCounts(seen=2, added=1, failed=1)
    (failure,) = first.failures
    assert (failure.path, failure.stage) == (name, "parse")
    assert failure.reason.startswith(f"{name} has no parser; known are csv, doc, ")
    second = library.run(source)
    assert (second.snapshot, second.failures) == (None, first.failures)
    assert second.documents == DocumentCounts(seen=2, unchanged=1, failed=1)
    assert set(source.seen) == {"leave.md"}


def test_the_types_that_are_read_are_those_with_a_parser() -> None:
    assert parse._READERS.keys() | parse._CONVERTED == FORMATS
