"""What the tests of formats share: a file parsed, and its elements as they are compared."""

import io
import zipfile
from collections.abc import Mapping

from ingestion.canonical import clean
from ingestion.parse import FileParser
from ingestion.types import Kind, Parsed


def parse(content: bytes | str, path: str) -> Parsed:
    """The file parsed; every element with places must be clean, or its offsets would be wrong."""
    parsed = FileParser().parse(content.encode() if isinstance(content, str) else content, path)
    for element in parsed.elements:
        assert not element.places or clean(element) == element.text
        assert all(element.text[place.start : place.end].strip() for place in element.places)
    return parsed


def pairs(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind.value, element.text) for element in parsed.elements]


def texts(parsed: Parsed, kind: Kind) -> list[str]:
    return [element.text for element in parsed.elements if element.kind is kind]


def cells(parsed: Parsed) -> dict[str, str]:
    """What each named range of cells says."""
    return {
        place.cells: element.text[place.start : place.end]
        for element in parsed.elements
        for place in element.places
    }


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def zipped(parts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def rezipped(content: bytes, parts: Mapping[str, str]) -> bytes:
    """An archive with some of its parts replaced or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = {name: archive.read(name).decode("latin-1") for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in kept.items():
            if name not in parts:
                archive.writestr(name, text.encode("latin-1"))
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()
