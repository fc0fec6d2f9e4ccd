"""Elements to a document's one canonical text, and where each element stands in it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

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
        parts.append(text)
        length += len(text)
    placements = tuple(
        Placement(span.start, span.end, span.element.page, span.element.box)
        for span in spans
        if span.element.page is not None
    )
    return Canonical("".join(parts), tuple(spans), placements)


def clean(element: Element) -> str:
    """The element's text in NFC without control characters.

    Line breaks mean something in tables and code; anywhere else they are where a line of the
    source happened to end.
    """
    text = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", element.text.replace("\r\n", "\n")))
    if element.kind in {Kind.TABLE, Kind.CODE}:
        return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return " ".join(text.split())
