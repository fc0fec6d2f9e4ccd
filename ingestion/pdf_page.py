"""One open page of a PDF through pypdfium2: its words, form fields, rules and pictures."""

import ctypes
import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from ingestion.layout.spans import (
    PLAIN,
    Area,
    Font,
    PageContent,
    RawWords,
    Span,
    Style,
    Word,
    legible,
    word_runs,
)

MOST_OBJECTS = 20_000  # of a page that are looked at for rules and pictures
MOST_SEGMENTS = 400  # of a path; a longer one is a drawing and no grid of a table
DEEPEST_FORM = 8  # forms within forms that are looked into
THIN = 3.0  # points; a path no thicker than this is a rule
STRAIGHT = 0.5  # points by which the ends of a level or upright line may differ
DIGITS = 2  # of a point, which is as exact as any reader draws
SMALLEST = 1.0  # points; a font is not smaller, whatever its matrix says
HEAVY = 700  # the weight of a bold font (OpenType, OS/2 usWeightClass)
FIELD_SIZE = 12.0  # points; what is written into a high field is not set as large as the field
UPRIGHT = 30  # degrees by which a line may slope and still run from side to side

_BOLD = re.compile(r"bold|black|heavy|demi|cmbx", re.IGNORECASE)
_FIXED = re.compile(r"mono|courier|consol|typewriter|cmtt", re.IGNORECASE)
_ALEF_LAM = re.compile("[\u0622\u0623\u0625\u0627]\u0644")
_FIXED_PITCH, _FORCE_BOLD = 1 << 0, 1 << 18  # font flags (ISO 32000-1, table 123)
_WRITTEN_FIELDS = {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX}

Matrix = tuple[float, float, float, float, float, float]  # a b c d e f (ISO 32000-1, 8.3.3)
Corners = tuple[float, float, float, float]  # of two points in the page's own space

_UNKNOWN = Font(SMALLEST, PLAIN)
_UNMOVED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


# The same function as in pypdfium2, but taking plain addresses: half the time of a call is spent on
# checking pointers, and a page has a thousand calls.
_loose_char_box = ctypes.cast(
    raw.FPDFText_GetLooseCharBox,
    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p),
)


def _char_boxes(textpage: Any, indices: Sequence[int]) -> NDArray[np.float64]:
    """Rows of left, top, right, bottom in the page's own space, from ascent to descent."""
    rects = np.zeros((len(indices), 4), np.float32)  # as FS_RECTF lays them out
    first = rects.ctypes.data
    places = range(first, first + rects.nbytes, rects.strides[0])
    deque(map(_loose_char_box, repeat(ctypes.addressof(textpage.contents)), indices, places), 0)
    return rects.astype(np.float64)


@dataclass(slots=True)
class PageReader:
    """One open page and what is found on it."""

    page: pypdfium2.PdfPage
    textpage: pypdfium2.PdfTextPage
    fonts: dict[int, Font] = field(default_factory=dict)
    styles: dict[int, Style] = field(default_factory=dict)

    def read(self, number: int, *, forms: bool) -> PageContent:
        """What the page shows; values of form fields where ``forms`` are known."""
        width, height = self.page.get_size()
        spans, turned = self._spans()
        if forms:
            spans.extend(self._fields())
        rules, pictures, drawn = self._drawn()
        return PageContent(
            *(number, width, height, tuple(spans), tuple(turned)),
            *(tuple(rules), tuple(pictures), drawn),
        )

    def _shown(self, corners: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of two opposite corners in the page's own space, as areas of the page as shown."""
        left, bottom, right, top = self.page.get_bbox()
        turn = self.page.get_rotation() // 90
        across, down = corners[:, ::2], corners[:, 1::2]
        x, y = {
            0: (across - left, top - down),
            1: (down - bottom, across - left),
            2: (right - across, down - bottom),
            3: (top - down, right - across),
        }[turn]
        shown = np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], axis=1)
        return np.round(shown, DIGITS)

    def _spans(self) -> tuple[list[Span], list[Span]]:
        """The spans that run across the page, and those that are turned."""
        text = self._text()
        runs = word_runs(text)
        if not len(runs.starts):
            return [], []
        starts, ends = runs.starts.tolist(), runs.ends.tolist()
        chars = self._shown(_char_boxes(self.textpage.raw, starts + ends))
        first, last = chars[: len(starts)], chars[len(starts) :]
        edges = np.hstack([np.minimum(first, last)[:, :2], np.maximum(first, last)[:, 2:]])
        heads = runs.starts[np.diff(runs.rows, prepend=-1) > 0].tolist()
        level = np.array([self._is_level(char) for char in heads])[runs.rows]
        texts = [text[start : end + 1] for start, end in zip(starts, ends, strict=True)]
        words = RawWords(texts, edges, first[:, 3] - first[:, 1], runs.rows, level)
        cuts = words.cuts()
        closing = runs.ends[np.append(cuts[1:], len(starts)) - 1]
        fonts = list(map(self._shared_font, runs.starts[cuts].tolist(), closing.tolist()))
        spans = words.spans(cuts, fonts)
        found: tuple[list[Span], list[Span]] = ([], [])
        for span, is_level in zip(spans, level[cuts].tolist(), strict=True):
            if span:
                found[0 if is_level else 1].append(span)
        return found

    def _text(self) -> str:
        """The page's text, one code point for each of pdfium's characters."""
        count = self.textpage.count_chars()
        text: str = self.textpage.get_text_range()
        if len(text) != count:
            # pdfium left some characters out: ask for each, so that indices and text agree.
            units = map(raw.FPDFText_GetUnicode, repeat(self.textpage.raw), range(count))
            text = "".join(map(chr, units)).replace("\x02", "\ufffe")
        return self._unligated(text)

    def _unligated(self, text: str) -> str:
        """With the Arabic ligature of lam and alef in order.

        pdfium writes out its two letters before it turns the line around, which swaps them; they
        are known by sharing one box.
        """
        places = [match.start() for match in _ALEF_LAM.finditer(text)]
        if not places:
            return text
        boxes = _char_boxes(self.textpage.raw, [*places, *(place + 1 for place in places)])
        same = (boxes[: len(places)] == boxes[len(places) :]).all(axis=1)
        letters = list(text)
        for place in np.array(places)[same].tolist():
            letters[place : place + 2] = letters[place + 1], letters[place]
        return "".join(letters)

    def _is_level(self, char: int) -> bool:
        angle: float = math.degrees(raw.FPDFText_GetCharAngle(self.textpage, char))
        slope: float = abs((angle - self.page.get_rotation() + 180) % 360 - 180)
        return slope < UPRIGHT

    def _shared_font(self, first: int, last: int) -> Font:
        """The font between two characters; either may be a small mark above the line."""
        one, other = self._font(first), self._font(last)
        if one is other:
            return one
        shared = Style(*map(min, one.style, other.style))
        return Font(max(one.size, other.size), shared)

    def _font(self, char: int) -> Font:
        text_object = raw.FPDFText_GetTextObject(self.textpage, char)
        if not text_object:
            return _UNKNOWN
        address = ctypes.addressof(text_object.contents)
        if address not in self.fonts:
            self.fonts[address] = Font(self._size(char), self._style(text_object))
        return self.fonts[address]

    def _size(self, char: int) -> float:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.textpage, char, matrix)
        size: float = raw.FPDFText_GetFontSize(self.textpage, char)
        return max(abs(size) * math.hypot(matrix.c, matrix.d), SMALLEST)

    def _style(self, text_object: Any) -> Style:
        font = raw.FPDFTextObj_GetFont(text_object)
        if not font:
            return PLAIN
        address = ctypes.addressof(font.contents)
        if address not in self.styles:
            self.styles[address] = _style_of(font)
        return self.styles[address]

    def _fields(self) -> Iterator[Span]:
        """What is written into the text fields of a form, each value as a span."""
        forms = self.page.formenv
        for index in range(raw.FPDFPage_GetAnnotCount(self.page)):
            annotation = raw.FPDFPage_GetAnnot(self.page, index)
            if not annotation:
                continue
            try:
                if raw.FPDFAnnot_GetFormFieldType(forms, annotation) in _WRITTEN_FIELDS:
                    yield from self._field(forms, annotation)
            finally:
                raw.FPDFPage_CloseAnnot(annotation)

    def _field(self, forms: Any, annotation: Any) -> Iterator[Span]:
        value = _utf16(lambda *into: raw.FPDFAnnot_GetFormFieldValue(forms, annotation, *into))
        area = raw.FS_RECTF()
        raw.FPDFAnnot_GetRect(annotation, area)
        corners = np.array([[area.left, area.bottom, area.right, area.top]])
        left, top, right, bottom = self._shown(corners)[0].tolist()
        lines = [line for line in value.splitlines() if line.strip()]
        height = (bottom - top) / max(len(lines), 1)
        for number, line in enumerate(lines):
            words = tuple(
                Word(text, left, right) for each in line.split() if (text := legible(each))
            )
            if words:
                above = top + number * height
                size = min(height, FIELD_SIZE)
                yield Span(words, left, above, right, above + height, size)

    def _drawn(self) -> tuple[list[Area], list[Area], bool]:
        """Rules, pictures, and whether anything is drawn on the page."""
        rules: list[Corners] = []
        pictures: list[Corners] = []
        drawn = False
        for thing, kind, place in _objects(self.page):
            drawn = True
            if kind == raw.FPDF_PAGEOBJ_PATH:
                rules.extend(_rules(thing, place))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                pictures.append(_bounds(thing, place))
        return self._areas(rules), self._areas(pictures), drawn

    def _areas(self, corners: Sequence[Corners]) -> list[Area]:
        if not corners:
            return []
        return [Area(*row) for row in self._shown(np.array(corners, np.float64)).tolist()]


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, int, Matrix]]:
    """What is drawn on a page, its kind, and the matrix of the form that it stands in."""
    waiting = [
        (raw.FPDFPage_GetObject(page, index), _UNMOVED, 0)
        for index in range(min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS))
    ]
    looked_at = 0
    while waiting and looked_at < MOST_OBJECTS:
        thing, place, depth = waiting.pop()
        looked_at += 1
        kind = raw.FPDFPageObj_GetType(thing)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST_FORM:
            within = _after(_matrix(thing), place)
            count = min(raw.FPDFFormObj_CountObjects(thing), MOST_OBJECTS)
            waiting.extend(
                (raw.FPDFFormObj_GetObject(thing, index), within, depth + 1)
                for index in range(count)
            )
        else:
            yield thing, kind, place


def _rules(path: Any, place: Matrix) -> Iterator[Corners]:
    """The level and upright lines of a path: itself if it is thin, or else its segments."""
    bounds = _bounds(path, place)
    left, bottom, right, top = bounds
    if min(right - left, top - bottom) <= THIN:
        yield bounds
        return
    count = raw.FPDFPath_CountSegments(path)
    if not 1 < count <= MOST_SEGMENTS:
        return
    place = _after(_matrix(path), place)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = here = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        before, here = here, _moved(x.value, y.value, place)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == raw.FPDF_SEGMENT_LINETO and _is_straight(before, here):
            yield *before, *here
        if raw.FPDFPathSegment_GetClose(segment) and _is_straight(here, start):
            yield *here, *start


def _is_straight(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(abs(one[0] - other[0]), abs(one[1] - other[1])) <= STRAIGHT


def _bounds(thing: Any, place: Matrix) -> Corners:
    edges = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(thing, *edges)
    left, bottom, right, top = (edge.value for edge in edges)
    if place is _UNMOVED:
        return left, bottom, right, top
    corners = [_moved(x, y, place) for x in (left, right) for y in (bottom, top)]
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _matrix(thing: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, matrix):
        return _UNMOVED
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _after(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that moves as ``first`` does and then as ``then`` does."""
    a, b, c, d, e, f = first
    origin = _moved(e, f, then)
    return (
        *(a * then[0] + b * then[2], a * then[1] + b * then[3]),
        *(c * then[0] + d * then[2], c * then[1] + d * then[3]),
        *origin,
    )


def _moved(x: float, y: float, place: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = place
    return a * x + c * y + e, b * x + d * y + f


def _utf16(fetch: Callable[..., int]) -> str:
    """The text of a pdfium function that takes a buffer and its size in bytes."""
    size = fetch(None, 0)
    buffer = (raw.FPDF_WCHAR * (size // 2 + 1))()
    fetch(buffer, size)
    return bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace")


def _style_of(font: Any) -> Style:
    name = ctypes.create_string_buffer(128)
    raw.FPDFFont_GetBaseFontName(font, name, len(name))
    flags = raw.FPDFFont_GetFlags(font)
    shown = name.value.decode("latin-1")
    return Style(
        bold=bool(_BOLD.search(shown))
        or bool(flags & _FORCE_BOLD)
        or raw.FPDFFont_GetWeight(font) >= HEAVY,
        fixed=bool(_FIXED.search(shown)) or bool(flags & _FIXED_PITCH),
    )
