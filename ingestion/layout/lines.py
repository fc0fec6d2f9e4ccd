"""Lines of a page: spans at one height, and how lines run on into one text."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingestion.layout.reading_order import rows_of
from ingestion.layout.spans import Area, Span, Style

# Scripts that are written without spaces between words.
_UNSPACED = re.compile(
    r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_CONJUNCTIONS = {"and", "or", "und", "oder", "bis", "et", "ou"}
_ANY_FROM_RIGHT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U0001efff]")
_FROM_RIGHT = {"R", "AL"}  # bidirectional classes of Hebrew and Arabic letters


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is read; a ``broken`` one ends within a word."""

    text: str
    area: Area
    size: float
    style: Style
    broken: bool


class Joined(NamedTuple):
    """The text that lines make, and from where to where each of them stands in it."""

    text: str
    places: list[tuple[int, int]]


def lines_of(spans: Sequence[Span]) -> list[Line]:
    """The lines that spans make, from the top."""
    return [line_of(row) for row in rows_of(spans)]


def line_of(row: Sequence[Span]) -> Line:
    """Spans of one height, given from left to right, as one line."""
    if len(row) == 1:
        span = row[0]
        return Line(span.text, area_of(span), span.size, span.style, span.broken)
    if from_right("".join(span.text for span in row)):
        row = row[::-1]
    text = row[0].text
    for span in row[1:]:
        text += span.text if runs_on(text, span.text) else f" {span.text}"
    longest = max(row, key=lambda span: span.right - span.left)
    return Line(
        text,
        around([area_of(span) for span in row]),
        longest.size,
        _shared_style(row),
        row[-1].broken,
    )


def from_right(text: str) -> bool:
    """Whether most of the letters are of a script that is read from the right."""
    if not _ANY_FROM_RIGHT.search(text):
        return False
    letters = [unicodedata.bidirectional(char) for char in text if char.isalpha()]
    return 2 * sum(letter in _FROM_RIGHT for letter in letters) > len(letters)


def runs_on(text: str, after: str) -> bool:
    """Whether no space belongs between the two: both are of a script without spaces."""
    return bool(
        text
        and after
        and _UNSPACED.match(text[-1])
        and _UNSPACED.match(after)
        and not unicodedata.combining(after[0])
    )


def compounds_in(texts: Iterable[str]) -> frozenset[str]:
    """The words of a document that are written with a hyphen within a line, in lower case."""
    hyphened = (text for text in texts if "-" in text)
    return frozenset(word.lower() for text in hyphened for word in _COMPOUND.findall(text))


def joined(lines: Sequence[Line], compounds: frozenset[str] = frozenset()) -> Joined:
    """Lines as one text.

    A word broken by a hyphen is mended; the hyphen of one of ``compounds`` is its own and stays.
    """
    text = ""
    places: list[tuple[int, int]] = []
    for line in lines:
        if text and lines[len(places) - 1].broken and _goes_on(line.text):
            if not _is_compound(text, line.text, compounds):
                text = text[:-1]
                places[-1] = (places[-1][0], len(text))
        elif text and not runs_on(text, line.text):
            text += " "
        places.append((len(text), len(text) + len(line.text)))
        text += line.text
    return Joined(text, places)


def _goes_on(text: str) -> bool:
    """Whether a line may begin with the rest of a word; "pre- and post-war" has none."""
    return text[:1].isalnum() and text.split(maxsplit=1)[0] not in _CONJUNCTIONS


def _is_compound(text: str, after: str, compounds: frozenset[str]) -> bool:
    """Whether the hyphen at the end of ``text`` is one that its word always has."""
    word = (text.rsplit(maxsplit=1)[-1] + after.split(maxsplit=1)[0]).lower()
    found = _COMPOUND.match(word.lstrip("(\"'“‘["))
    return not after[0].islower() or (found is not None and found[0] in compounds)


def area_of(span: Span) -> Area:
    """Where a span stands."""
    return Area(span.left, span.top, span.right, span.bottom)


def around(areas: Sequence[Area]) -> Area:
    """The least area that holds all of ``areas``."""
    return Area(
        min(area.left for area in areas),
        min(area.top for area in areas),
        max(area.right for area in areas),
        max(area.bottom for area in areas),
    )


def _shared_style(row: Sequence[Span]) -> Style:
    """What all spans have in common but marks and numbers, whose font says nothing."""
    telling = [span for span in row if any(map(str.isalpha, span.text))] or row
    return Style(
        bold=all(span.style.bold for span in telling),
        fixed=all(span.style.fixed for span in telling),
    )
