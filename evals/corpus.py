"""The documents of a question set as an ingestion source, each in a bucket that can be taken away.

To ask a question of a corpus that lacks the answer, its gold documents must be out of reach of the
search, not filtered from its result. Every document therefore belongs to one of 64 buckets, by the
hash of its id, and each group that may see it is written as "group|bucket". A caller with all
buckets sees the whole corpus; one without the gold documents' buckets sees a corpus in which they,
and about a 64th of the others for each, do not exist. Nothing is indexed again for it; only the
collection's term statistics, which every caller shares, still count them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Protocol

from evals.jsonl import records
from indexes.errors import SourceError, UsageError
from indexes.types import EVERYONE, Scope
from ingestion.sources import FolderSource
from ingestion.types import Source, SourceFile

CORPUS_FILE = "corpus.jsonl"
DOCUMENTS_FOLDER = "docs"
BUCKETS = 64
# What comes before it names the file that an attachment was found in.
_ATTACHMENT_MARK = "!/"
_TEXT_SUFFIXES = frozenset({".md", ".markdown", ".txt"})


class Corpus(Source, Protocol):
    """A source whose documents are known to a question set by an id of their own."""

    def record_id(self, path: str) -> str:
        """The id that judgements use for the document at ``path``."""
        ...


def open_corpus(folder: Path, name: str, corpora: Path | None = None) -> Corpus:
    """The corpus of a question set: ``corpus.jsonl`` where there is one, else ``docs/``.

    Of a set that has neither it is the one in the folder of the same name in ``corpora``.
    UsageError when none is there; ConfigurationError when a record is wrong.
    """
    places = [folder] if corpora is None else [folder, corpora / folder.resolve().name]
    for place in places:
        if (place / CORPUS_FILE).is_file():
            return CorpusSource(place / CORPUS_FILE, name)
        if (place / DOCUMENTS_FOLDER).is_dir():
            return BucketedFolder(place / DOCUMENTS_FOLDER, name)
    where = " nor ".join(str(place) for place in places)
    raise UsageError(f"there is neither {CORPUS_FILE} nor {DOCUMENTS_FOLDER}/ in {where}")


def bucket_of(record_id: str) -> str:
    """The bucket of a document; an attachment shares that of the file it was found in."""
    container = record_id.partition(_ATTACHMENT_MARK)[0]
    return f"bucket-{int(sha256(container.encode()).hexdigest(), 16) % BUCKETS:02d}"


def scope_of(groups: Iterable[str], without: Iterable[str] = ()) -> Scope:
    """What a member of ``groups`` sees of an evaluation corpus without some of its records."""
    absent = {bucket_of(record_id) for record_id in without}
    buckets = {f"bucket-{number:02d}" for number in range(BUCKETS)} - absent
    return Scope(frozenset(f"{group}|{bucket}" for group in groups for bucket in buckets))


def _audience(groups: Iterable[str], record_id: str) -> frozenset[str]:
    return frozenset(f"{group}|{bucket_of(record_id)}" for group in groups)


@dataclass(frozen=True, slots=True)
class _Document:
    file: SourceFile
    record_id: str
    text: str


class CorpusSource:
    """A ``corpus.jsonl``, one file per record.

    The path is the record's id, with ".txt" appended unless the id already names Markdown or plain
    text: then a paragraph that begins with "#" or a number is not taken for markup.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self.name = name

    @property
    def location(self) -> str:
        """The same for any folder of this name: what is indexed is a cache, not a collection."""
        return f"evaluation corpus {self.name}"

    @cached_property
    def _documents(self) -> Mapping[str, _Document]:
        documents: dict[str, _Document] = {}
        for record in records(self._path):
            record_id = record.string("id")
            path = _path_of(record_id)
            if path in documents:
                other = documents[path].record_id
                raise record.error(f"the ids {other!r} and {record_id!r} make the same path")
            groups = record.strings("groups", (EVERYONE,))
            file = SourceFile(
                source=self.name,
                path=path,
                uri=f"{self._path.name}#{record_id}",
                updated_at=None,
                groups=_audience(groups, record_id),
                title=record.string("title", ""),
            )
            documents[path] = _Document(file, record_id, record.string("text", ""))
        return documents

    def files(self) -> Iterator[SourceFile]:
        """Every record as a file, in order of path; ConfigurationError when one is wrong."""
        for _, document in sorted(self._documents.items()):
            yield document.file

    def read(self, file: SourceFile) -> bytes:
        """The text of a record in UTF-8; SourceError for a file that is not of this corpus."""
        document = self._documents.get(file.path)
        if document is None:
            raise SourceError(f"{self._path} has no record for the path {file.path!r}")
        return document.text.encode()

    def record_id(self, path: str) -> str:
        """The id of the record at ``path``."""
        document = self._documents.get(path)
        return path if document is None else document.record_id


def _path_of(record_id: str) -> str:
    plain = PurePosixPath(record_id).suffix.lower() in _TEXT_SUFFIXES
    return record_id if plain else f"{record_id}.txt"


class BucketedFolder:
    """A folder of files, with their permissions, each file in its bucket. Judged by path."""

    def __init__(self, root: Path, name: str) -> None:
        self._folder = FolderSource(root, name)
        self.name = name

    @property
    def location(self) -> str:
        """The same for any folder of this name: what is indexed is a cache, not a collection."""
        return f"evaluation corpus {self.name}"

    def files(self) -> Iterator[SourceFile]:
        """Every file of the folder, in order of path."""
        for file in self._folder.files():
            yield replace(file, groups=_audience(file.groups, file.path))

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one file; SourceError if they cannot be read."""
        return self._folder.read(file)

    def record_id(self, path: str) -> str:
        """The path itself."""
        return path
