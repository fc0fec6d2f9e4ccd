"""Any LlamaIndex reader as a source; owns LlamaIndex's readers."""

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from weakref import finalize

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from indexes.errors import ConfigurationError, SourceError
from ingestion.acl import Permissions
from ingestion.remote.addresses import AddressRule
from ingestion.remote.dates import as_moment, as_utc, in_utc
from ingestion.remote.secret import Secret, redact
from ingestion.types import SourceFile

# Where readers write what, most telling first.
_PATH_KEYS = ("file_path", "path", "file_name", "filename", "key", "url", "source", "link")
_DATE_KEYS = ("last_modified_date", "last_modified", "updated_at", "modified_at", "date")
_TITLE_KEYS = ("title", "page_title")
# What LlamaIndex calls a document that nobody named: a random UUID, another one at every run.
_RANDOM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NO_STEPS = frozenset({"", ".", ".."})
_TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".rst"})


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader class by its import path, and what its constructor and its load_data are given.

    A Secret among the arguments, at whatever depth, is handed over as its value. Texts of which
    the path tells no type of text are read as files that end in ``suffix``. ``path_from`` is the
    key of the metadata that holds a document's path, where the usual ones are not meant.
    """

    path: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    load: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ".txt"
    path_from: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All secrets among the arguments."""
        return tuple(_secrets([self.arguments, self.load]))


class ReaderSource:
    """The documents that a LlamaIndex reader returns, all of them at every run."""

    def __init__(
        self,
        name: str,
        reader: Reader,
        *,
        address_rule: AddressRule,
        permissions: Permissions | None = None,
    ) -> None:
        """ConfigurationError where the class cannot be imported or is no reader."""
        self.name = name
        self.location = f"reader:{reader.path}"
        self._reader = reader
        self._address_rule = address_rule
        self._permissions = permissions or Permissions()
        self._class = _reader_class(reader.path)
        self._folder = Path(mkdtemp(prefix="footnote-"))  # where texts wait until they are read
        finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._texts: dict[str, Path] = {}

    def files(self) -> Iterator[SourceFile]:
        """Every document, in order of path; SourceError, naming the reader, if it fails.

        What it returns in parts of one path, as PDF readers do with pages, is one document.
        """
        self._texts = {}
        hashes: dict[str, Any] = {}
        described: dict[str, Mapping[str, Any]] = {}
        for document in self._documents():
            path = self._path(document)
            part = document.text.encode("utf-8", "replace")
            if path in described:
                part = b"\n\n" + part
            else:
                described[path] = document.metadata
                hashes[path] = sha256()
                self._texts[path] = self._folder / str(len(self._texts))
                self._texts[path].write_bytes(b"")
            hashes[path].update(part)
            with self._texts[path].open("ab") as text:
                text.write(part)
        if not described:
            raise SourceError(
                f"the reader {self._reader.path} of the source {self.name!r} returned no document; "
                "nothing is taken for deleted, so check its arguments and what it may read"
            )
        return (
            self._describe(path, described[path], hashes[path].hexdigest())
            for path in sorted(described)
        )

    def read(self, file: SourceFile) -> bytes:
        """The text of one document that ``files`` listed."""
        try:
            return self._texts[file.path].read_bytes()
        except (KeyError, OSError) as exc:
            raise SourceError("was not returned by the reader in this run") from exc

    def _documents(self) -> Iterator[Document]:
        # Readers print; standard output is the report's.
        try:
            with self._address_rule.enforced(self.name), redirect_stdout(sys.stderr):
                reader = self._class(**_revealed(self._reader.arguments))
                documents = list(reader.load_data(**_revealed(self._reader.load)))
        except SourceError:
            raise
        except Exception as exc:
            reason = redact(f"{type(exc).__name__}: {exc}", self._reader.secrets)
            raise SourceError(
                f"the reader {self._reader.path} of the source {self.name!r} failed ({reason}); "
                "correct its arguments, or try again later; nothing is taken for deleted"
            ) from exc
        yield from documents

    def _path(self, document: Document) -> str:
        """A path that is the same at every run, from what the reader says of the document."""
        keys = (self._reader.path_from,) if self._reader.path_from else _PATH_KEYS
        named = _first(document.metadata, keys)
        if not named and not _RANDOM_ID.fullmatch(document.doc_id):
            named = document.doc_id
        if _is_web(named):
            parts = urlsplit(named)
            query = f"?{parts.query}" if parts.query else ""
            named = f"{parts.hostname}{unquote(parts.path).rstrip('/')}{query}"
        steps = (step for step in named.replace("\\", "/").split("/") if step not in _NO_STEPS)
        path = "/".join(steps)
        if not path:
            path = sha256(document.text.encode("utf-8", "replace")).hexdigest()[:32]
        suffix = self._reader.suffix
        known = PurePosixPath(path).suffix.lower()
        return path if known in _TEXT_SUFFIXES | {suffix} else path + suffix

    def _describe(self, path: str, metadata: Mapping[str, Any], version: str) -> SourceFile:
        addresses = (str(metadata[key]) for key in ("url", "link") if _is_web(metadata.get(key)))
        written = _first(metadata, _DATE_KEYS)
        return SourceFile(
            source=self.name,
            path=path,
            uri=next(addresses, "") or quote(f"{self.name}/{path}"),
            updated_at=as_utc(written) or in_utc(as_moment(written)),
            groups=self._permissions.groups(path),
            title=_first(metadata, _TITLE_KEYS),
            version=version,
        )


def _reader_class(path: str) -> type[BaseReader]:
    try:
        found = resolve_name(path)
    except (ImportError, AttributeError, ValueError) as exc:
        raise ConfigurationError(
            f"cannot be imported from {path!r} ({exc}); install its package (as in "
            "pip install llama-index-readers-web), or correct the path"
        ) from exc
    if not (isinstance(found, type) and issubclass(found, BaseReader)):
        raise ConfigurationError(
            f"must name a class that derives from LlamaIndex's BaseReader; {path!r} is none"
        )
    return found


def _first(metadata: Mapping[str, Any], keys: Iterable[str]) -> str:
    """The first of ``keys`` that has a value, as text; empty where none has."""
    return next((str(metadata[key]).strip() for key in keys if metadata.get(key)), "")


def _is_web(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _revealed(value: Any) -> Any:
    match value:
        case Secret():
            return value.value
        case Mapping():
            return {key: _revealed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_revealed(inner) for inner in value]
    return value


def _secrets(value: Any) -> Iterator[Secret]:
    match value:
        case Secret():
            yield value
        case Mapping():
            yield from _secrets(list(value.values()))
        case list() | tuple():
            for inner in value:
                yield from _secrets(inner)
