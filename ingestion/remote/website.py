"""A website as a source: the pages that its sitemap names."""

import json
import logging
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from indexes.errors import SourceError
from ingestion.acl import Permissions
from ingestion.remote.dates import as_moment, as_utc, in_utc
from ingestion.remote.network import Reply, Web
from ingestion.remote.sitemap import read_sitemap
from ingestion.types import Changes, SourceFile

_SITEMAPS = 1000  # of one site; with 50,000 pages each more than any collection holds
_CURSOR = 1  # the shape of what a cursor remembers
_DEAD_IN_A_ROW = 10  # pages that cannot be had; beyond them it is the site that is down
# A page can change again on the day that a sitemap dates it with, or within the second of its
# Last-Modified (RFC 9110, section 8.8.2.2, asks for a minute). In any time zone, it is over then.
_DAY_IS_OVER = timedelta(days=2)
_SECOND_IS_OVER = timedelta(minutes=1)

# What a server calls the formats that are worth reading, and how a file of each ends.
_SUFFIX = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/msword": ".doc",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_SAME = {".htm": ".html", ".xhtml": ".html", ".markdown": ".md"}
_UNCLEAR = re.compile(r"(^|/)\.{1,2}(/|$)|//|[\\\x00-\x1f\x7f]")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was learnt of a page: what the sitemap dated it, and what the server said of it."""

    modified: str = ""
    suffix: str = ""
    etag: str = ""
    server_date: str = ""

    @property
    def validators(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110, section 13.1)."""
        pairs = (("If-None-Match", self.etag), ("If-Modified-Since", self.server_date))
        return {name: value for name, value in pairs if value}

    @property
    def version(self) -> str:
        return self.modified or self.etag or self.server_date


class WebsiteSource:
    """The pages of a sitemap that lie below it, each under the path of its address."""

    def __init__(
        self,
        name: str,
        sitemap: str,
        *,
        web: Web,
        prefix: str = "",
        permissions: Permissions | None = None,
    ) -> None:
        """``prefix`` is the address below which pages are taken; the sitemap's folder if empty."""
        self.name = name
        self.location = sitemap
        self._web = web
        self._prefix = _normal(prefix or urljoin(sitemap, "."))
        self._permissions = permissions or Permissions()

    def files(self) -> Iterator[SourceFile]:
        """Every page that the sitemap names, in order of path; SourceError if it has none."""
        return iter(self.changes("").files)

    def groups(self, path: str) -> frozenset[str]:
        """Who may see the page at ``path``."""
        return self._permissions.groups(path)

    def changes(self, cursor: str) -> Changes:
        """All pages. The cursor only saves questions: what is dated, or unchanged, is not asked.

        A page without a date in the sitemap is asked for by a conditional request.
        """
        known = _remembered(cursor)
        found: dict[str, tuple[SourceFile, _Seen]] = {}
        dead = 0
        for address, modified in self._entries().items():
            before = known.get(address, _Seen())
            try:
                seen = self._look(address, modified, before)
                dead = 0
            except SourceError as exc:
                dead += 1
                if dead > _DEAD_IN_A_ROW:
                    raise
                # Reading it will fail too, and be listed with the reason.
                _log.info("%s", exc)
                seen = _Seen(suffix=_named_suffix(address) or before.suffix or ".html")
            file = self._describe(address, modified, seen)
            found.setdefault(file.path, (file, seen))
        if not found:
            raise SourceError(
                f"the sitemap {self.location} names no page below {self._prefix}; nothing is taken "
                "for deleted, so check the source's sitemap and prefix"
            )
        pages = [found[path] for path in sorted(found)]
        memory = {
            file.uri: [seen.modified, seen.suffix, seen.etag, seen.server_date]
            for file, seen in pages
        }
        return Changes(
            tuple(file for file, _ in pages),
            frozenset(),
            json.dumps([_CURSOR, memory], ensure_ascii=False, separators=(",", ":")),
            complete=True,
        )

    def read(self, file: SourceFile) -> bytes:
        """The bytes of one page. SourceError where there are none or they are of another type."""
        reply = self._web.get(file.uri)
        self._check_place(reply, file.uri)
        suffix, claimed = _suffix(reply), PurePosixPath(file.path).suffix.lower()
        if suffix and suffix != _SAME.get(claimed, claimed) and suffix in {".html", ".pdf"}:
            raise SourceError(f"its address was listed as {claimed}, and the server sends {suffix}")
        return reply.content

    def _entries(self) -> dict[str, str]:
        """The date of each page below the prefix, in the sitemap and those that it names."""
        waiting, asked = [self.location], {self.location}
        pages: dict[str, str] = {}
        outside = 0
        while waiting:
            address = waiting.pop()
            sitemap = read_sitemap(self._web.get(address).content, address)
            for entry in sitemap.entries:
                place = _normal(entry.address)
                if not sitemap.index:
                    inside = place.startswith(self._prefix) and _path(place) is not None
                    outside += not inside
                    if inside:
                        pages[place] = entry.modified
                elif place not in asked:
                    self._check_sitemap(place)
                    asked.add(place)
                    waiting.append(place)
            if len(asked) > _SITEMAPS:
                raise SourceError(f"{self.location} leads to more than {_SITEMAPS} sitemaps")
        if outside:
            _log.warning(
                "%s: %d addresses are not below %s and are left out",
                self.location,
                outside,
                self._prefix,
            )
        return pages

    def _check_sitemap(self, address: str) -> None:
        here, there = urlsplit(self.location), urlsplit(address)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise SourceError(
                f"the sitemap {self.location} leads to {address} on another host; name that one "
                "as a source of its own if it is meant"
            )

    def _look(self, address: str, modified: str, known: _Seen) -> _Seen:
        """What is to be known of a page, asked of the server only where it must be."""
        named = _named_suffix(address)
        dated = _settled(modified)
        if dated and (named or known.modified == modified):
            return _Seen(modified, named or known.suffix)
        reply = self._web.look(address, {} if dated else known.validators)
        if reply.status == HTTPStatus.NOT_MODIFIED:
            return known
        self._check_place(reply, address)
        return _Seen(
            modified if dated else "",
            named or _suffix(reply) or mimetypes.guess_extension(reply.type) or ".html",
            reply.headers.get("etag", ""),
            _server_date(reply),
        )

    def _check_place(self, reply: Reply, address: str) -> None:
        """A page that leads elsewhere, such as to a form to sign in, is not that page."""
        if not _normal(reply.url).startswith(self._prefix):
            raise SourceError(
                f"{address} leads to {reply.url}, which is not below {self._prefix}; "
                "if it asks to sign in, give the source a token"
            )

    def _describe(self, address: str, modified: str, seen: _Seen) -> SourceFile:
        path = _path(address) or ""
        if not _named_suffix(address):
            path += seen.suffix
        return SourceFile(
            source=self.name,
            path=path,
            uri=address,
            updated_at=as_utc(modified) or in_utc(as_moment(seen.server_date)),
            groups=self._permissions.groups(path),
            version=seen.version,
        )


def _normal(address: str) -> str:
    """The same address as every server understands it, without its fragment."""
    parts = urlsplit(address)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    host = parts.netloc.lower().removesuffix(default)
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", parts.query, ""))


def _settled(modified: str) -> bool:
    """Whether a page that changes from now on would be dated otherwise."""
    if not as_utc(modified):
        return False
    if len(modified) > len("YYYY-MM-DD"):
        return True
    day = datetime.fromisoformat(modified).replace(tzinfo=UTC)
    return datetime.now(UTC) - day >= _DAY_IS_OVER


def _server_date(reply: Reply) -> str:
    """Last-Modified, unless the page may change again within the second that it names."""
    written = reply.headers.get("last-modified", "")
    sent, modified = (as_moment(reply.headers.get("date", "")), as_moment(written))
    settled = sent and modified and sent - modified >= _SECOND_IS_OVER
    return written if settled else ""


def _path(address: str) -> str | None:
    """The path of a page's address, or None where rules could be read two ways of it."""
    parts = urlsplit(address)
    path = unquote(parts.path, errors="replace").removeprefix("/")
    if _UNCLEAR.search(path) or "%2f" in parts.path.lower():
        return None
    if not path or path.endswith("/"):
        path += "index"
    if parts.query:
        path += "?" + unquote(parts.query, errors="replace").replace("/", "%2F")
    return path


def _named_suffix(address: str) -> str:
    """The type that the address itself ends in, if it is one of those."""
    parts = urlsplit(address)
    suffix = PurePosixPath(parts.path).suffix.lower()
    known = _SAME.get(suffix, suffix) in _SUFFIX.values()
    return suffix if known and not parts.query else ""


def _suffix(reply: Reply) -> str:
    return _SUFFIX.get(reply.type, "")


def _remembered(cursor: str) -> Mapping[str, _Seen]:
    """What was learnt last time; nothing where the cursor is of another version."""
    try:
        content: Any = json.loads(cursor) if cursor else None
    except ValueError:
        return {}
    match content:
        case [int(version), dict(pages)] if version == _CURSOR:
            return {address: _Seen(*values) for address, values in pages.items()}
    return {}
