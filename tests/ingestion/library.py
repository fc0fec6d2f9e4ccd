"""A folder of documents, its ingestion, and what a reader then finds."""

from dataclasses import dataclass, replace
from pathlib import Path

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.embedder import Embedder
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from indexes.types import Chunk, Document, Filters, Mode, Scope, document_id
from ingestion.pipeline import RunSettings, run
from ingestion.sources import FolderSource
from ingestion.types import Parsed, Parser, RunReport, Source

COLLECTION = "wiki"
SOURCE = "docs"

LEAVE = "# Parental leave\n\nEvery parent gets twenty weeks of paid parental leave.\n"
TRAVEL = "# Travel\n\nTrains are booked through the travel desk in Hanoi.\n"
VIETNAMESE = "# Nghỉ phép\n\nNhân viên được nghỉ phép mười hai ngày mỗi năm.\n"
CHINESE = "# 休假\n\n员工每年有二十五天假期。😀\n"
PRICES = "item,price\ntea,2\ncoffee,3\n"

FILES = {
    "hr/leave.md": LEAVE,
    "hr/nghỉ phép.md": VIETNAMESE,
    "prices.csv": PRICES,
    "travel.md": TRAVEL,
    "zh/休假.md": CHINESE,
}


def acl(*rules: tuple[str, str]) -> str:
    """A permissions file: who may see what, as pairs of a glob and a group."""
    return "".join(f'[[rule]]\npath = "{path}"\ngroups = ["{group}"]\n\n' for path, group in rules)


class Unused:
    """A parser for runs that must not parse."""

    def parse(self, content: bytes, path: str) -> Parsed:
        raise AssertionError(f"{path} was parsed ({len(content)} bytes)")


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of documents, and the data directory that it is ingested into."""

    root: Path
    data_dir: Path
    embedder: Embedder
    parser: Parser

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def fill(self) -> None:
        for path, text in FILES.items():
            self.write(path, text)

    def move(self, old: str, new: str) -> None:
        file = self.root / new
        file.parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(file)

    @property
    def source(self) -> FolderSource:
        return FolderSource(self.root, SOURCE)

    def run(self, *sources: Source, settings: RunSettings | None = None) -> RunReport:
        """One run over ``sources``, by default over the folder."""
        return run(
            sources or [self.source],
            COLLECTION,
            self.data_dir,
            embedder=self.embedder,
            parser=self.parser,
            settings=settings,
        )

    @property
    def store(self) -> SnapshotStore:
        return SnapshotStore(self.data_dir, COLLECTION)

    def published(self) -> dict[str, tuple[Document, list[Chunk]]]:
        """Every published document with its chunks, by path, in the snapshot's order."""
        catalog = Catalog(self.store.published() / CATALOG_FILE)
        return {entry[0].info.path: entry for entry in catalog.everything()}

    def texts(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """The ids and texts of all documents and chunks, in the snapshot's order."""
        return [
            (document.info.id, document.text, [(chunk.id, chunk.text) for chunk in chunks])
            for document, chunks in self.published().values()
        ]

    def groups(self) -> dict[str, set[str]]:
        return {path: set(entry[0].info.groups) for path, entry in self.published().items()}

    def index(self) -> LocalIndex:
        return LocalIndex.open(self.store.published(), self.embedder)

    def find(self, query: str, *groups: str) -> list[str]:
        """The paths of what a member of ``groups`` finds by words, best first."""
        result = self.index().search(query, Scope.of(groups), Filters(), 10, Mode.LEXICAL)
        return [hit.document.path for hit in result.hits]


def unparsed(library: Library) -> Library:
    """The same, for a run that must not parse."""
    return replace(library, parser=Unused())


def identity(path: str, source: str = SOURCE) -> str:
    return document_id(COLLECTION, source, path)
