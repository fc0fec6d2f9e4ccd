"""Electronic books (EPUB) to a Page: the chapters in the order of their spine."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from indexes.errors import ParseError
from ingestion.formats.dates import stated
from ingestion.formats.page import Page
from ingestion.formats.properties import NOT_UNPACKED, local_name, parse_xml
from ingestion.formats.text import decode, one_line
from ingestion.formats.web import part_of

_CONTAINER = "META-INF/container.xml"  # EPUB 3.3, 4.2.6.3
_ENCRYPTION = "META-INF/encryption.xml"  # EPUB 3.3, 4.2.6.3.3; also lists obfuscated fonts
_CHAPTERS = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}


def read_book(content: bytes, path: str) -> Page:
    """A book without its table of contents.

    Raises ParseError where the package is broken or its chapters are encrypted.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        package = _package_path(archive, names, path)
        root = parse_xml(archive.read(package), path)
        chapters = [*_spine(root, posixpath.dirname(package))]
        _check_readable(archive, names, chapters, path)
        remarks: list[str] = []
        markup = "".join(_chapter(archive, name, remarks) for name in chapters)
    said = _metadata(root)
    dates = (stated(text) for text in [*said.get("modified", []), *said.get("date", [])])
    return Page(
        markup,
        next(iter(said.get("title", [])), ""),
        tuple(dict.fromkeys(said.get("creator", []))),
        next(filter(None, dates), None),
        remarks=tuple(remarks),
    )


def _chapter(archive: zipfile.ZipFile, name: str, remarks: list[str]) -> str:
    """A chapter's markup, or none and a remark where it is missing or damaged."""
    try:
        text = decode(archive.read(name), name)
    except KeyError:
        remarks.append(f"the chapter {one_line(name)!r} is not in the book")
        return ""
    except (ParseError, *NOT_UNPACKED):
        remarks.append(f"the chapter {one_line(name)!r} is damaged and was not read")
        return ""
    return part_of(text)


def _package_path(archive: zipfile.ZipFile, names: set[str], path: str) -> str:
    if _CONTAINER in names:
        for node in parse_xml(archive.read(_CONTAINER), path).iter():
            if local_name(node) == "rootfile" and node.get("full-path") in names:
                return str(node.get("full-path"))
    raise ParseError(f"{path} is no readable EPUB (it names no package); save it again")


def _spine(root: Any, folder: str) -> Iterator[str]:
    """The paths of the chapters within the archive, in reading order."""
    items = {node.get("id"): node for node in root.iter() if local_name(node) == "item"}
    for node in root.iter():
        item = items.get(node.get("idref")) if local_name(node) == "itemref" else None
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        if item.get("media-type") in _CHAPTERS and item.get("href"):
            href = unquote(item.get("href").partition("#")[0])
            yield posixpath.normpath(posixpath.join(folder, href))


def _check_readable(
    archive: zipfile.ZipFile, names: set[str], chapters: list[str], path: str
) -> None:
    if _ENCRYPTION not in names:
        return
    locked = {
        unquote(node.get("URI") or "")
        for node in parse_xml(archive.read(_ENCRYPTION), path).iter()
        if local_name(node) == "CipherReference"
    }
    if not locked.isdisjoint(chapters):
        raise ParseError(f"{path} is encrypted (its publisher's DRM); it cannot be read")


def _metadata(root: Any) -> dict[str, list[str]]:
    """Dublin Core and ``dcterms:modified`` by local name, in order."""
    said: dict[str, list[str]] = {}
    parts = (part for part in root if local_name(part) == "metadata")
    for node in (node for part in parts for node in part):
        name = local_name(node)
        if name == "meta":
            name = (node.get("property") or "").removeprefix("dcterms:")
        if text := one_line(node.text or ""):
            said.setdefault(name, []).append(text)
    return said
