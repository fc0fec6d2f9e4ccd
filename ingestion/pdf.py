"""PDF bytes to elements, through pypdfium2: pages in order, lines grouped into paragraphs."""

import ctypes
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pypdfium2
from pypdfium2 import raw

from indexes.errors import ParseError
from indexes.types import Box
from ingestion.types import Element, Kind, Parsed

HEADING_SCALE = 1.15  # a heading is set at least this much larger than the body
HEADING_LENGTH = 200  # code points; longer text is a paragraph, however large
SAME_SIZE = 0.15  # relative difference up to which two lines are set in one size
LEADING_SLACK = 0.35  # line heights beyond the page's usual gap that end a paragraph
WIDEST_GAP = 1.0  # line heights; a wider gap always ends a paragraph
DEVICE_UNITS = 100  # device units a point, so that boxes are exact to 0.01 point

# pdfium writes U+FFFE for a hyphen that breaks a word at a line's end.
_BROKEN_WORD = "\ufffe"
_LINE = re.compile(rf"[^\r\n{_BROKEN_WORD}]+{_BROKEN_WORD}?")
_BULLET = re.compile(r"[•◦▪▫■□●○‣⁃–\uf0b7]\s*(?=\S)")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_NEEDS_PASSWORD = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}


class Outline:
    """The path of headings above the place that a reader has come to."""

    def __init__(self) -> None:
        self._above: list[tuple[int, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        """The headings from the outermost to the innermost."""
        return tuple(text for _, text in self._above)

    def enter(self, depth: int, text: str) -> tuple[str, ...]:
        """Pass a heading of ``depth`` (0 is the outermost); the path that includes it."""
        while self._above and self._above[-1][0] >= depth:
            self._above.pop()
        self._above.append((depth, text))
        return self.path


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a page; ``size`` is the height of its font's line in points."""

    text: str
    box: Box
    size: float


def read_pdf(content: bytes, path: str) -> Parsed:
    """The text of a PDF, each paragraph with its page and box.

    Raises ParseError for a PDF that is broken, asks for a password or has no text layer.
    """
    with closing(_open(content, path)) as document:
        title = document.get_metadata_value("Title")
        try:
            pages = [_lines(document, number) for number in range(len(document))]
        except pypdfium2.PdfiumError as exc:
            raise ParseError(f"{path} has a page that cannot be read ({exc}); repair it") from exc
    if not any(pages):
        count = len(pages)
        raise ParseError(
            f"{path} has no text layer ({count} scanned {'page' if count == 1 else 'pages'}?); "
            "recognise its text (OCR) first"
        )
    paragraphs = [paragraph for lines in pages for paragraph in _paragraphs(lines)]
    return Parsed(title, tuple(_elements(paragraphs)))


def _open(content: bytes, path: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as exc:
        if exc.err_code in _NEEDS_PASSWORD:
            raise ParseError(
                f"{path} is encrypted (password-protected); save it unprotected"
            ) from exc
        raise ParseError(f"{path} is not a readable PDF (it is damaged); export it again") from exc


def _lines(document: pypdfium2.PdfDocument, index: int) -> list[_Line]:
    with closing(document[index]) as page, closing(page.get_textpage()) as textpage:
        text = textpage.get_text_range()
        # pdfium counts UTF-16 units: one more for each code point beyond the basic plane.
        wide = [place for place, char in enumerate(text) if char > "\uffff"]
        lines = []
        for match in _LINE.finditer(text):
            if not match[0].strip():
                continue
            start = match.end() - len(match[0].lstrip())
            first, last = (
                raw.FPDFText_GetCharIndexFromTextIndex(textpage, place + bisect_left(wide, place))
                for place in (start, match.end() - 1)
            )
            box, size = _place(page, textpage, index + 1, first, last)
            lines.append(_Line(match[0].strip(), box, size))
        return lines


def _place(
    page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, number: int, first: int, last: int
) -> tuple[Box, float]:
    """The box of a line between two character indices, and the height of its font's line."""
    corners = [
        textpage.get_rect(place)
        for place in range(textpage.count_rects(first, max(last - first + 1, 1)))
    ]
    # The loose box spans the font's ascent and descent, whatever letters the line holds.
    loose = textpage.get_charbox(max(first, 0), loose=True)
    box = _box(page, number, [loose, *corners])
    return box, abs(loose[3] - loose[1]) or box.bottom - box.top


def _box(page: pypdfium2.PdfPage, number: int, corners: Sequence[tuple[float, ...]]) -> Box:
    """What encloses ``corners`` (left, bottom, right, top) on the page as it is shown."""
    width, height = page.get_size()
    x, y = ctypes.c_int(), ctypes.c_int()
    across, down = [], []
    for left, bottom, right, top in corners:
        for point in ((left, bottom), (right, top)):
            raw.FPDF_PageToDevice(
                *(page, 0, 0, round(width * DEVICE_UNITS), round(height * DEVICE_UNITS), 0),
                *(*point, x, y),
            )
            across.append(x.value / DEVICE_UNITS)
            down.append(y.value / DEVICE_UNITS)
    return Box(number, min(across), min(down), max(across), max(down))


def _paragraphs(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Lines that follow one another closely, in one size, are one paragraph."""
    gaps = [_gap(above, below) for above, below in pairwise(lines)]
    usual = median([gap for gap in gaps if 0 < gap < WIDEST_GAP] or [0.0])
    paragraph: list[_Line] = []
    for line in lines:
        if paragraph and _starts_anew(paragraph[-1], line, usual):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _gap(above: _Line, below: _Line) -> float:
    """The white between two lines, in heights of the smaller one; negative where they overlap."""
    return (below.box.top - above.box.bottom) / (min(above.size, below.size) or 1.0)


def _starts_anew(above: _Line, below: _Line, usual_gap: float) -> bool:
    gap = _gap(above, below)
    if _side_by_side(above, below):
        return False  # a superscript, or the next cell of a row
    resized = abs(above.size - below.size) > SAME_SIZE * max(above.size, below.size)
    climbed = below.box.bottom < above.box.top  # the top of the next column
    return (
        resized
        or climbed
        or gap > min(usual_gap + LEADING_SLACK, WIDEST_GAP)
        or _BULLET.match(below.text) is not None
    )


def _side_by_side(above: _Line, below: _Line) -> bool:
    shared = min(above.box.bottom, below.box.bottom) - max(above.box.top, below.box.top)
    return shared > 0.5 * min(above.size, below.size)


def _elements(paragraphs: Sequence[list[_Line]]) -> Iterator[Element]:
    body = _body_size(paragraphs)
    sizes = sorted(
        {round(lines[0].size) for lines in paragraphs if _is_heading(lines, body)}, reverse=True
    )
    outline = Outline()
    for lines in paragraphs:
        text, kind = _joined(lines), Kind.TEXT
        if _is_heading(lines, body):
            kind = Kind.HEADING
            outline.enter(sizes.index(round(lines[0].size)), text)
        elif bullet := _BULLET.match(text):
            text, kind = text[bullet.end() :], Kind.LIST_ITEM
        yield Element(kind, text, lines[0].box.page, _around(lines), outline.path)


def _body_size(paragraphs: Sequence[list[_Line]]) -> float:
    """The size in which most of the text is set."""
    letters: Counter[float] = Counter()
    for lines in paragraphs:
        for line in lines:
            letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0]


def _is_heading(lines: Sequence[_Line], body: float) -> bool:
    return (
        lines[0].size >= HEADING_SCALE * body
        and sum(len(line.text) for line in lines) <= HEADING_LENGTH
        and any(char.isalpha() for char in lines[0].text)
    )


def _joined(lines: Sequence[_Line]) -> str:
    """One text: words broken by a hyphen are mended, Chinese runs on without a space."""
    text = ""
    for line in lines:
        if text.endswith(_BROKEN_WORD):
            text = text[:-1] + line.text
        elif text and not (_CJK.match(text[-1]) and _CJK.match(line.text)):
            text += " " + line.text
        else:
            text += line.text
    return text.replace(_BROKEN_WORD, "-")


def _around(lines: Sequence[_Line]) -> Box:
    boxes = [line.box for line in lines]
    return Box(
        boxes[0].page,
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
