"""Sitemaps (sitemaps.org, protocol 0.9): the pages that a website says it has."""

import zlib
from dataclasses import dataclass
from xml.parsers import expat

from indexes.errors import SourceError

_INDEX, _PAGES = "sitemapindex", "urlset"
_ENTRIES = frozenset({"sitemap", "url"})
_FIELDS = frozenset({"loc", "lastmod"})
_GZIP = b"\x1f\x8b"
_NAMESPACE = " "  # what expat puts between a namespace and a name; no name holds it
# Of one sitemap, decompressed, and the pages it may name: the protocol's own limits.
MAX_BYTES = 50 * 2**20
MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An address with the date of its last change, as the sitemap writes it, or empty."""

    address: str
    modified: str


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages of a sitemap or, where it is an ``index``, further sitemaps."""

    index: bool
    entries: tuple[Entry, ...]


def read_sitemap(content: bytes, address: str) -> Sitemap:
    """A sitemap, plain or gzipped. SourceError, naming its ``address``, where it is none."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=_NAMESPACE)
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.doctype
    try:
        parser.Parse(_decompressed(content), True)  # noqa: FBT003 (expat takes it by place)
    except (expat.ExpatError, zlib.error, _Unusable) as exc:
        raise SourceError(
            f"the sitemap {address} cannot be read ({exc}); nothing is taken for deleted"
        ) from exc
    return Sitemap(reading.root == _INDEX, tuple(reading.entries))


class _Unusable(Exception):
    """It is too large, or something else than a sitemap."""


class _Reading:
    """What the parser has seen so far."""

    def __init__(self) -> None:
        self.root = ""
        self.entries: list[Entry] = []
        self._path: list[str] = []
        self._fields: dict[str, str] = {}

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(_NAMESPACE)[2]
        if not self._path:
            self.root = local
            if local not in {_INDEX, _PAGES}:
                raise _Unusable(f"it is <{local}>, not <{_PAGES}> or <{_INDEX}>")
        self._path.append(local)
        if local in _ENTRIES:
            self._fields = {}

    def end(self, _name: str) -> None:
        local = self._path.pop()
        if local in _ENTRIES and len(self._path) == 1 and (address := self._field("loc")):
            self.entries.append(Entry(address, self._field("lastmod")))
            if len(self.entries) > MAX_ENTRIES:
                raise _Unusable(f"it names more than {MAX_ENTRIES} addresses")

    def text(self, data: str) -> None:
        # Pictures and videos of a page have <loc> too, one level deeper.
        if len(self._path) == len((_PAGES, "url", "loc")) and self._path[-1] in _FIELDS:
            self._fields[self._path[-1]] = self._fields.get(self._path[-1], "") + data

    def doctype(self, *_declaration: object) -> None:
        raise _Unusable("it declares a document type, which no sitemap has")

    def _field(self, name: str) -> str:
        return self._fields.get(name, "").strip()


def _decompressed(content: bytes) -> bytes:
    if content.startswith(_GZIP):
        content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _Unusable(f"it is larger than {MAX_BYTES} bytes")
    return content
