"""Elements to a document's one canonical text, and where each element stands in it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexes.types import Placement
from ingestion.types import Element, Kind

# Everything Unicode calls a control or a lone surrogate, but tab and line feed.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Span:
    """An element that stands at ``text[start:end]`` of the canonical text."""

    element: Element
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Canonical:
    """The canonical text, its spans in order, and the pages they came from."""

    text: str
    spans: tuple[Span, ...]
    placements: tuple[Placement, ...]


def canonical(elements: Sequence[Element]) -> Canonical:
    """Join elements: a blank line between blocks, a line break between items of one list."""
    parts: list[str] = []
    spans: list[Span] = []
    placements: list[Placement] = []
    length = 0
    for element in elements:
        text = clean(element)
        if not text:
            continue
        if spans:
            both_items = element.kind is spans[-1].element.kind is Kind.LIST_ITEM
            parts.append("\n" if both_items else "\n\n")
            length += len(parts[-1])
        spans.append(Span(element, length, length + len(text)))
        placements.extend(_placements(element, text, length))
        parts.append(text)
        length += len(text)
    return Canonical("".join(parts), tuple(spans), tuple(placements))


def _placements(element: Element, text: str, start: int) -> Iterator[Placement]:
    """Where ``text`` stands in the source, once it stands at ``start`` of the canonical text."""
    if element.places and text == element.text:
        for place in element.places:
            yield replace(place, start=start + place.start, end=start + place.end)
    elif element.places:
        # Cleaning moved the offsets: every place then speaks of the whole element.
        for place in element.places:
            yield replace(place, start=start, end=start + len(text))
    elif element.page is not None:
        yield Placement(start, start + len(text), element.page)


def clean(element: Element) -> str:
    """The element's text in NFC without control characters.

    Line breaks mean something in tables and code; anywhere else they are where a line of the
    source happened to end.
    """
    text = element.text
    if not text.isprintable():  # most are, and are clean already
        text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n"))
    text = unicodedata.normalize("NFC", text)
    if element.kind in {Kind.TABLE, Kind.CODE}:
        return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return " ".join(text.split())
