"""A parser with help from outside: LibreOffice for old Word files, Tesseract for scanned pages."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from indexes.errors import ParseError
from indexes.types import PageImage
from ingestion.ocr import PACKAGES, Tesseract
from ingestion.office import PACKAGE, LibreOffice
from ingestion.types import Element, Parsed, Parser, Renderer

DPI = 300  # what Tesseract's models are made for
# What recognising one file may take; the pages beyond stay unread, and a remark says so.
MOST_SCANNED = 500  # pages; at 3 s each, 25 minutes
MOST_SECONDS = 3600.0
MOST_FAILURES = 3  # pages; each may have taken all the time that a page may
_TOO_MUCH = "not read, for the file has too many scanned or broken pages; split it"
_EMPTY = "no text was found in the picture"
_UNAIDED = f"a picture without text; to read them, install Tesseract (Debian: {PACKAGES})"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what a Word 97 to 2003 file starts with, MS-CFB 2.2


class DrawingParser(Parser, Renderer, Protocol):
    """What reads a file and also draws its pages."""


class AssistedParser:
    """A Parser and a Renderer that lets ``inner`` read all that it can read by itself."""

    def __init__(
        self,
        inner: DrawingParser,
        *,
        ocr: Tesseract | None,
        office: LibreOffice | None,
        dpi: int = DPI,
    ) -> None:
        """``ocr`` and ``office`` are None where the programs are not installed."""
        self._inner = inner
        self._ocr = ocr
        self._office = office
        self._dpi = dpi

    def parse(self, content: bytes, path: str) -> Parsed:
        """Read one file. ParseError says why it cannot be read, or what to install."""
        if PurePosixPath(path).suffix.lower() == ".doc":
            return self._parse_word(content, path)
        parsed = self._inner.parse(content, path)
        return self._recognised(parsed, content, path) if parsed.scanned else parsed

    def render(
        self, content: bytes, path: str, pages: Sequence[int], dpi: int
    ) -> Iterator[PageImage]:
        """The pages (from 1) of a PDF, drawn in their order; ParseError if one cannot be."""
        return self._inner.render(content, path, pages, dpi)

    def _parse_word(self, content: bytes, path: str) -> Parsed:
        if not content:
            raise ParseError(f"{path} is empty (0 bytes)")
        if not content.startswith(_OLE):
            raise ParseError(f"{path} is named .doc but is no Word 97 to 2003 file; rename it")
        if self._office is None:
            raise ParseError(
                f"{path} is read through LibreOffice, which is not installed; install it (Debian: "
                f"{PACKAGE}) or save the file as .docx"
            )
        try:
            converted = self._office.to_docx(content)
        except ParseError as exc:
            raise ParseError(f"{path} could not be converted: {exc}") from exc
        try:
            return self._inner.parse(converted, str(PurePosixPath(path).with_suffix(".docx")))
        except ParseError as exc:
            raise ParseError(f"{path} was converted by LibreOffice, but {exc}") from exc

    def _recognised(self, parsed: Parsed, content: bytes, path: str) -> Parsed:
        """With the text of scanned pages among that of the others, and remarks on those without."""
        if self._ocr is None:
            read, unread = dict[int, tuple[Element, ...]](), dict.fromkeys(parsed.scanned, _UNAIDED)
        else:
            read, unread = self._read(self._ocr, parsed.scanned, content, path)
        remarks = [
            f"{_named([number for number in unread if unread[number] == reason])}: {reason}"
            for reason in dict.fromkeys(unread.values())
        ]
        if read and self._ocr is not None and (missing := self._ocr.missing):
            lacking = ", ".join(missing)
            remarks.append(f"scanned pages were read without Tesseract's models for {lacking}")
        elements = tuple(_merged(parsed.elements, read))
        if not elements:
            raise ParseError(f"{path} holds no text ({'; '.join(remarks)})")
        return replace(
            parsed,
            elements=elements,
            scanned=tuple(unread),
            remarks=(*parsed.remarks, *remarks),
        )

    def _read(
        self, tesseract: Tesseract, scanned: Sequence[int], content: bytes, path: str
    ) -> tuple[dict[int, tuple[Element, ...]], dict[int, str]]:
        """The elements of each page that has some, and why each of the others has none."""
        read: dict[int, tuple[Element, ...]] = {}
        unread = dict.fromkeys(scanned, _TOO_MUCH)
        rest, failures = list(scanned[:MOST_SCANNED]), 0
        deadline = time.monotonic() + MOST_SECONDS
        while rest and failures < MOST_FAILURES and time.monotonic() < deadline:
            try:
                for image in self._inner.render(content, path, tuple(rest), self._dpi):
                    if elements := tesseract.recognise(image):
                        read[image.number] = elements
                    unread[rest.pop(0)] = _EMPTY
                    if time.monotonic() > deadline:
                        break
            except ParseError as exc:
                failures += 1
                unread[rest.pop(0)] = str(exc)
        return read, {each: why for each, why in unread.items() if each not in read}


def _named(pages: Sequence[int]) -> str:
    """Pages in words: "page 3", "pages 3-5, 8"."""
    runs: list[list[int]] = []
    for number in pages:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    listed = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"page {listed}" if len(pages) == 1 else f"pages {listed}"


def _merged(
    elements: Sequence[Element], recognised: Mapping[int, Sequence[Element]]
) -> Iterator[Element]:
    """Recognised pages put before the first element of a later page, under the same headings."""
    waiting = sorted(recognised)
    section: tuple[str, ...] = ()
    for element in elements:
        while waiting and element.page is not None and waiting[0] < element.page:
            yield from (replace(each, section=section) for each in recognised[waiting.pop(0)])
        yield element
        section = element.section
    for number in waiting:
        yield from (replace(each, section=section) for each in recognised[number])
