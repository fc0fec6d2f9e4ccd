"""What a page shows, free of any library: words gathered into spans, rules and pictures."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SAME_LINE = 0.2  # of the font's height that two words of one line share at least
WORD_GAP = 0.65  # of the font's height; wider than a space in all but the loosest justified line

_WHITE = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)
_HYPHEN = "\ufffe"  # what pdfium writes for a hyphen that breaks a word at the end of a line
_HYPHENS = (_HYPHEN, "\xad")  # the other is the soft hyphen
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class Area(NamedTuple):
    """A rectangle on a page in points from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class Word(NamedTuple):
    """A word, or a run of script without spaces, between two edges of a line."""

    text: str
    left: float
    right: float


class Style(NamedTuple):
    """How a font looks: heavy strokes, every letter of one width."""

    bold: bool
    fixed: bool


class Font(NamedTuple):
    """The font of a span: its size in points as it is shown, and how it looks."""

    size: float
    style: Style


PLAIN = Style(bold=False, fixed=False)


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one line with no wide gap between them, in the order they are read.

    ``size`` is that of the font in points, ``broken`` whether the last word may go on in the
    next line.
    """

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    style: Style = PLAIN
    broken: bool = False

    @property
    def text(self) -> str:
        """The words with a space between each two."""
        return " ".join(word.text for word in self.words)

    @property
    def middle(self) -> float:
        """The height on the page that runs through the span."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class PageContent:
    """One page as it is shown: ``turned`` spans do not run from side to side of it.

    ``rules`` are straight lines, each an area that is thin one way; ``visible`` is whether the
    page shows anything at all, be it text, a drawing or a picture.
    """

    number: int
    width: float
    height: float
    spans: tuple[Span, ...]
    turned: tuple[Span, ...] = ()
    rules: tuple[Area, ...] = ()
    pictures: tuple[Area, ...] = ()
    visible: bool = True


@dataclass(frozen=True, slots=True)
class WordRuns:
    """Where words stand in the text of a page: their first and last characters.

    ``rows`` count the lines that they were written on, from 0.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RawWords:
    """The words of a page as they were found, in the order of the file.

    ``boxes`` has a row (left, top, right, bottom) in points for each; ``heights`` are those of
    their fonts' lines; ``level`` tells whether a word runs from side to side of the page.
    """

    texts: Sequence[str]
    boxes: NDArray[np.float64]
    heights: NDArray[np.float64]
    rows: NDArray[np.int64]
    level: NDArray[np.bool_]

    def cuts(self) -> NDArray[np.int64]:
        """Where spans begin: at a new row, after a wide gap, or where the line is left."""
        before, after = self.boxes[:-1], self.boxes[1:]
        size = np.minimum(self.heights[:-1], self.heights[1:])
        gap = np.maximum(after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
        shared = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1])
        apart = (gap > WORD_GAP * size) | (shared < SAME_LINE * size)
        anew = (np.diff(self.rows) != 0) | (apart & self.level[1:])
        return np.concatenate([[0], np.flatnonzero(anew) + 1])

    def spans(self, cuts: NDArray[np.int64], fonts: Sequence[Font]) -> list[Span | None]:
        """A span from each cut up to the next in its font, or None where nothing is legible."""
        areas = np.hstack(
            [
                np.minimum.reduceat(self.boxes[:, :2], cuts),
                np.maximum.reduceat(self.boxes[:, 2:], cuts),
            ]
        ).tolist()
        texts = [
            text if text.isascii() and text.isprintable() else legible(text) for text in self.texts
        ]
        words = list(map(Word, texts, self.boxes[:, 0].tolist(), self.boxes[:, 2].tolist()))
        found: list[Span | None] = []
        bounds = [*cuts.tolist(), len(words)]
        for (start, end), area, font in zip(pairwise(bounds), areas, fonts, strict=True):
            held = tuple(words[start:end])
            if not all(texts[start:end]):
                held = tuple(word for word in held if word.text)
            broken = texts[end - 1][-2:-1].isalpha() and texts[end - 1].endswith("-")
            left, top, right, bottom = area
            style = font.style
            span = Span(held, left, top, right, bottom, font.size, style, broken) if held else None
            found.append(span)
        return found


def word_runs(text: str) -> WordRuns:
    """The words of a page's text, which white space and hyphens at the ends of lines part."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    white = np.isin(codes, _WHITE)
    hyphen = codes == ord(_HYPHEN)
    opens = ~white & np.concatenate([[True], (white | hyphen)[:-1]])
    closes = ~white & (hyphen | np.concatenate([white[1:], [True]]))
    starts, ends = np.flatnonzero(opens), np.flatnonzero(closes)
    breaks = np.cumsum(hyphen | (codes == ord("\n")))
    before = breaks[starts] - hyphen[starts]
    return WordRuns(starts, ends, np.unique(before, return_inverse=True)[1])


def legible(text: str) -> str:
    """A word in NFC, without what nobody can read; a hyphen that breaks a word is a hyphen."""
    if text.endswith(_HYPHENS):
        text = text[:-1] + "-"
    # Characters beyond the basic plane come as two halves from some fonts.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _UNPRINTABLE.sub("", text.replace("\xad", "").replace("\ufffd", ""))
    return "".join(unicodedata.normalize("NFC", text).split())


def part_of(span: Span, words: Sequence[Word]) -> Span:
    """A span of some of the words of ``span``."""
    left, right = min(word.left for word in words), max(word.right for word in words)
    broken = span.broken and words[-1] is span.words[-1]
    return Span(tuple(words), left, span.top, right, span.bottom, span.size, span.style, broken)
