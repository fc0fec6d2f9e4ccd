"""Pictures of pages to text, through the Tesseract program; the one file that runs it."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Self

from indexes.errors import ParseError
from indexes.types import Box, PageImage, Placement
from ingestion.canonical import clean
from ingestion.limits import ProgramLimits
from ingestion.programs import run_limited
from ingestion.types import Element, Kind

# Their order matters: Tesseract stays with the first that reads a line well enough. The Chinese
# model does not take Latin letters for Chinese, nor the Vietnamese one English for Vietnamese; the
# other way round Chinese characters became letters and tone marks were lost.
LANGUAGES = ("chi_sim", "vie", "eng")
PACKAGES = "tesseract-ocr tesseract-ocr-eng tesseract-ocr-vie tesseract-ocr-chi-sim"  # in Debian
LIMITS = ProgramLimits(
    memory_bytes=2 << 30,
    file_bytes=32 << 20,  # of words and their places
    processes=0,  # it needs no other process or thread
)
# Tesseract rates each word from 0 to 100. What it makes of a picture's texture or a speck is rated
# low as a whole line; a low word within a good line is mostly right, or near it, and stays.
LINE_FLOOR = 40
SPECK_FLOOR = 60  # for a word without a letter or digit
_CJK = re.compile(r"[\u3000-\u3098\u309b-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_POINTS = 72  # a PDF point is 1/72 inch
_WORD_ROW = "5"  # the level of a word in Tesseract's TSV output
_COLUMNS = 12
_BROKEN_WORD = re.compile(r"[^\W\d_]{2,}-$")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as Tesseract sees it: in which paragraph and line, its edges in pixels."""

    paragraph: tuple[int, int]
    line: int
    edges: tuple[int, int, int, int]
    confidence: float
    text: str


class Tesseract:
    """The program, and the languages to read for as Tesseract names them."""

    def __init__(self, program: str, languages: Sequence[str] = LANGUAGES) -> None:
        self._program = program
        self._wanted = tuple(languages)

    @classmethod
    def find(cls, languages: Sequence[str] = LANGUAGES) -> Self | None:
        """The program on the search path, or None where it is not installed."""
        program = shutil.which("tesseract")
        return None if program is None else cls(program, languages)

    @cached_property
    def installed(self) -> frozenset[str]:
        """The languages whose models are installed, and ``osd``, which finds a page's rotation."""
        listed = run_limited([self._program, "--list-langs"], b"", LIMITS).decode(errors="replace")
        return frozenset(listed.split("\n")[1:]) - {""}  # the first line is a heading

    @property
    def missing(self) -> tuple[str, ...]:
        """The languages that it was asked to read for and cannot."""
        return tuple(each for each in self._wanted if each not in self.installed)

    def recognise(self, page: PageImage) -> tuple[Element, ...]:
        """The page's paragraphs in reading order, each line with its box.

        Raises ParseError, which begins with the program's name, where it fails or takes too much.
        """
        languages = [each for each in self._wanted if each in self.installed]
        if not languages:
            raise ParseError(
                f"tesseract reads none of {', '.join(self._wanted)}; install their models "
                f"(Debian: {PACKAGES})"
            )
        if page.pixels.count(page.pixels[:1]) == len(page.pixels):
            return ()  # a blank page, which would take as long as any other
        picture = b"P6 %d %d 255\n" % (page.width, page.height) + page.pixels  # Netpbm, binary RGB
        segmentation = "1" if "osd" in self.installed else "3"  # with and without rotation
        arguments = ["stdin", "stdout", "-l", "+".join(languages), "--psm", segmentation]
        printed = run_limited(
            [self._program, *arguments, "--dpi", str(page.dpi), "tsv"], picture, LIMITS
        )
        words = _words(printed.decode(errors="replace"))
        paragraphs = groupby(words, lambda each: each.paragraph)
        found = (_paragraph(list(group), page) for _, group in paragraphs)
        return tuple(element for element in found if element.text)


def _words(table: str) -> Iterator[_Word]:
    """The words of Tesseract's TSV output, whose columns its manual page lists.

    They are level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
    """
    for row in table.split("\n"):
        columns = row.split("\t")
        if len(columns) != _COLUMNS or columns[0] != _WORD_ROW:
            continue
        block, paragraph, line = (int(each) for each in columns[2:5])
        left, top, width, height = (int(each) for each in columns[6:10])
        text = clean(Element(Kind.TEXT, columns[11]))
        if text:
            edges = (left, top, left + width, top + height)
            yield _Word((block, paragraph), line, edges, float(columns[10]), text)


def _paragraph(words: Sequence[_Word], page: PageImage) -> Element:
    """One element of the lines that can be read; its text is empty where none can."""
    text, places = "", list[Placement]()
    for _, group in groupby(words, lambda each: each.line):
        line = _legible(list(group))
        if not line:
            continue
        told = _joined(line)
        if _BROKEN_WORD.search(text) and told[0].islower():
            text = text[:-1]
            places[-1] = Placement(places[-1].start, len(text), page.number, places[-1].box)
        elif text and _spaced(text, told):
            text += " "
        places.append(Placement(len(text), len(text) + len(told), page.number, _around(line, page)))
        text += told
    return Element(Kind.TEXT, text, page.number, places=tuple(places))


def _legible(line: Sequence[_Word]) -> list[_Word]:
    letters = sum(len(each.text) for each in line)
    if sum(each.confidence * len(each.text) for each in line) < LINE_FLOOR * letters:
        return []
    return [
        each
        for each in line
        if each.confidence >= SPECK_FLOOR or any(char.isalnum() for char in each.text)
    ]


def _joined(line: Sequence[_Word]) -> str:
    text = ""
    for word in line:
        text += f" {word.text}" if text and _spaced(text, word.text) else word.text
    return text


def _spaced(left: str, right: str) -> bool:
    """Whether a space belongs between: not within Chinese, where Tesseract puts many."""
    return not (_CJK.match(left[-1]) and _CJK.match(right[0]))


def _around(line: Sequence[_Word], page: PageImage) -> Box:
    """What encloses a line, in points."""
    left, top, right, bottom = zip(*(each.edges for each in line), strict=True)
    edges = (min(left), min(top), max(right), max(bottom))
    return Box(page.number, *(edge * _POINTS / page.dpi for edge in edges))
