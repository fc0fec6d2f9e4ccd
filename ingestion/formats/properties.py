"""What the core properties of an Office file state of it; owns defusedxml.

The libraries that read these files make such properties up where a file has none.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError as BrokenXML

from defusedxml import DefusedXmlException, ElementTree

from indexes.errors import ParseError
from ingestion.formats.dates import stated
from ingestion.formats.text import one_line

# What zipfile raises for a part that is damaged, or marked as encrypted or packed in another way.
NOT_UNPACKED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(RuntimeError, NotImplementedError),
)
_CORE_PART = re.compile(r"docProps/core\d*\.xml|.*\.psmdcp")  # ECMA-376 part 2, core properties
_PROGRAMS = {"openpyxl", "python-docx", "python-pptx", "Apache POI", "Unknown Creator"}
# What programs and libraries write where nobody stated a title.
_PLACEHOLDER_TITLE = re.compile(
    r"(untitled.*|(powerpoint|word|excel) (presentation|document|workbook)|microsoft \w+ - .*"
    r"|slide 1)?",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"\s*[;\n]\s*")


@dataclass(frozen=True, slots=True)
class CoreProperties:
    """A document's own word of itself; ``written_at`` is ISO 8601 in UTC."""

    title: str = ""
    authors: tuple[str, ...] = ()
    written_at: str | None = None


def core_properties(content: bytes) -> CoreProperties:
    """The properties of an Office file; all empty where it states none, or none can be read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = next((name for name in archive.namelist() if _CORE_PART.fullmatch(name)), None)
        if part is None:
            return CoreProperties()
        try:
            tree = parse_xml(archive.read(part), part)
        except (ParseError, *NOT_UNPACKED):
            return CoreProperties()
    said = {local_name(node): node.text or "" for node in tree}
    return CoreProperties(
        stated_title(said.get("title", "")),
        tuple(authors(said.get("creator", ""))),
        stated(said.get("modified", "")) or stated(said.get("created", "")),
    )


def stated_title(text: str) -> str:
    """The title on one line, or "" where it is one that programs write of their own."""
    title = one_line(text)
    return "" if _PLACEHOLDER_TITLE.fullmatch(title) else title


def authors(creator: str) -> Iterator[str]:
    """The people whom one field names, parted by semicolons; programs are no authors."""
    for name in _AUTHORS.split(creator):
        person = one_line(name)
        if person and person not in _PROGRAMS:
            yield person


def parse_xml(content: bytes, path: str) -> Any:
    """The root of an XML document, as an ElementTree element.

    Raises ParseError where it is not well-formed, or declares entities: those are never expanded.
    """
    try:
        return ElementTree.fromstring(content)
    except DefusedXmlException as exc:
        raise ParseError(
            f"{path} declares XML entities, which are not expanded; save it without them"
        ) from exc
    except BrokenXML as exc:
        line, column = exc.position
        raise ParseError(
            f"{path} is not well-formed XML (from line {line}, column {column} on); save it again"
        ) from exc
    except (ValueError, LookupError) as exc:
        raise ParseError(f"{path} is XML in no known encoding ({exc}); save it as UTF-8") from exc


def local_name(node: Any) -> str:
    """An element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]
