"""Whether the page numbers of a PDF's elements are right, by pdfium's own text of each page."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.bench.peers.pdfium import page_texts
from evals.bench.words import words
from ingestion.types import Element

# What line breaks do to a word differs: pdfium writes U+FFFE for the hyphen of a broken one.
_BETWEEN = re.compile("[\\s\u00ad\u2010-\u2015\ufffe-]+")


@dataclass(frozen=True, slots=True)
class PageCheck:
    """One page: how many words our elements place on it, and those that pdfium does not see there.

    ``misplaced`` are words that stand on another page of the file; ``strangers`` stand on none, as
    pdfium parts or spells them otherwise, so they say nothing of the page's number. ``readable`` is
    whether pdfium has any text of the page; without, nothing can be said.
    """

    number: int
    placed: int
    misplaced: tuple[str, ...]
    strangers: tuple[str, ...]
    readable: bool


def check_pages(content: bytes, path: str, elements: Iterable[Element]) -> list[PageCheck]:
    """Every page of a PDF, in order; ParseError where pdfium cannot read it.

    A word stands on a page if the page's text holds it, both without white space and hyphens.
    """
    placed: dict[int, Counter[str]] = defaultdict(Counter)
    for page, text in _parts(elements):
        placed[page] += words(text)
    pages = [_squeezed(text) for text in page_texts(content, path)]
    numbers = sorted({*placed, *range(1, len(pages) + 1)})
    return [_check(number, placed[number], pages) for number in numbers]


def _squeezed(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def _check(number: int, placed: Counter[str], pages: Sequence[str]) -> PageCheck:
    beyond = number > len(pages)  # nothing stands beyond the last page
    own = "" if beyond else pages[number - 1]
    unseen = [word for word in placed if word not in own]
    misplaced = tuple(word for word in unseen if beyond or any(word in page for page in pages))
    strangers = tuple(word for word in unseen if word not in misplaced)
    return PageCheck(number, placed.total(), misplaced, strangers, beyond or bool(own))


def _parts(elements: Iterable[Element]) -> Iterator[tuple[int, str]]:
    """Text with its page: of each place where an element has some, since it may span two pages."""
    for element in elements:
        places = [place for place in element.places if place.page is not None]
        for place in places:
            if place.page is not None:
                yield place.page, element.text[place.start : place.end]
        if not places and element.page is not None:
            yield element.page, element.text
