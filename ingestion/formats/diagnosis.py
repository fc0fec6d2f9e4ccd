"""What is wrong with a package that could not be read: the first of its parts that is broken."""

import io
import zipfile

from indexes.errors import ParseError
from ingestion.formats.properties import NOT_UNPACKED, parse_xml

_MARKUP = (".xml", ".rels", ".opf", ".xhtml")
_CONTENT_TYPES = "[Content_Types].xml"  # ECMA-376 part 2, 7.2.3
_ENCRYPTED = 1  # general purpose bit 0, APPNOTE.TXT 4.4.4
_OFFICE = ("docx", "pptx", "xlsx")


def damage(content: bytes, extension: str) -> str | None:
    """The broken part of a ZIP package in words, or None where each part is whole by itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if extension in _OFFICE and _CONTENT_TYPES not in names:
                return f"its part {_CONTENT_TYPES!r} is missing"
            found = (check(archive, name) for check in (_packing, _markup) for name in names)
            return next(filter(None, found), None)
    except NOT_UNPACKED:
        return "its directory cannot be read"


def _packing(archive: zipfile.ZipFile, name: str) -> str | None:
    if archive.getinfo(name).flag_bits & _ENCRYPTED:
        return f"its part {name!r} is marked as encrypted"
    try:
        archive.read(name)
    except NOT_UNPACKED:
        return f"its part {name!r} cannot be unpacked"
    return None


def _markup(archive: zipfile.ZipFile, name: str) -> str | None:
    content = archive.read(name) if name.endswith(_MARKUP) else b""
    if not content.strip():  # some programs leave parts that they have no use for empty
        return None
    try:
        parse_xml(content, name)
    except ParseError as exc:
        return f"its part {exc}".partition(";")[0]
    return None
