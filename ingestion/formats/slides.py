"""Presentations (PPTX) to elements; owns pptx.

unstructured leaves out charts, diagrams and merged cells, and reads a slide's foot as its text.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingestion.formats.charts import drawn
from ingestion.formats.properties import core_properties, local_name
from ingestion.formats.text import one_line
from ingestion.table import Row, table
from ingestion.types import Element, Kind, Parsed

_TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
_FEET = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}
_FEET |= {PP_PLACEHOLDER.HEADER}
_BULLETED = {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY}
_BANDS = 24  # of a slide's height; shapes in one band are read from left to right


def read_slides(content: bytes, _path: str) -> Parsed:
    """Slide by slide, each on its page: title, then the rest from its top, then the notes.

    Hidden slides are left out.
    """
    deck = pptx.Presentation(io.BytesIO(content))
    slides = list(deck.slides)
    hidden = [n for n, slide in enumerate(slides, 1) if slide.element.get("show") in {"0", "false"}]
    band = max((deck.slide_height or 0) // _BANDS, 1)
    elements = [
        replace(element, page=number)
        for number, slide in enumerate(slides, 1)
        if number not in hidden
        for element in _slide(slide, band)
    ]
    said = core_properties(content)
    return Parsed(
        said.title or next((e.text for e in elements if e.kind is Kind.HEADING), ""),
        tuple(elements),
        authors=said.authors,
        written_at=said.written_at,
        remarks=tuple(f"the hidden slide {number} was left out" for number in hidden),
    )


def _slide(slide: Any, band: int) -> Iterator[Element]:
    shapes = [shape for shape in _in_order(slide.shapes, band) if _role(shape) not in _FEET]
    titles = [shape for shape in shapes if _role(shape) in _TITLES]
    title = one_line(" ".join(shape.text_frame.text for shape in titles))
    section = (title,) if title else ()
    if title:
        yield Element(Kind.HEADING, title, section=section)
    for shape in shapes:
        if shape not in titles:
            for element in _shape(shape, slide, band):
                yield replace(element, section=section)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in frame.paragraphs:
            if text := one_line(_text(paragraph)):
                yield Element(Kind.TEXT, text, section=section)


def _in_order(shapes: Iterable[Any], band: int) -> list[Any]:
    """From the top, and from left to right in one band; the rest stays as it was drawn."""
    return sorted(shapes, key=lambda shape: ((shape.top or 0) // band, shape.left or 0))


def _role(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _shape(shape: Any, slide: Any, band: int) -> Iterator[Element]:
    if hasattr(shape, "shapes"):  # a group
        for inner in _in_order(shape.shapes, band):
            yield from _shape(inner, slide, band)
    elif getattr(shape, "has_table", False):
        yield table(_rows(shape.table))
    elif getattr(shape, "has_text_frame", False):
        yield from _paragraphs(shape)
    else:
        yield from _graphic(shape, slide)


def _paragraphs(shape: Any) -> Iterator[Element]:
    bulleted = _role(shape) in _BULLETED
    counts: dict[int, int] = {}
    for paragraph in shape.text_frame.paragraphs:
        text = one_line(_text(paragraph))
        if not text:
            continue
        properties = paragraph._p.pPr  # noqa: SLF001 - python-pptx shows no bullets otherwise
        marks = set() if properties is None else {local_name(node) for node in properties}
        level = paragraph.level
        counts = {depth: count for depth, count in counts.items() if depth <= level}
        if "buAutoNum" in marks:
            counts[level] = counts.get(level, 0) + 1
            text = f"{counts[level]}. {text}"
        else:
            counts.pop(level, None)
        listed = marks & {"buChar", "buAutoNum", "buBlip"} or (bulleted and "buNone" not in marks)
        yield Element(Kind.LIST_ITEM if listed else Kind.TEXT, text)


def _text(paragraph: Any) -> str:
    """A paragraph's text, its fields but the slide's number included."""
    parts: list[str] = []
    for node in paragraph._p:  # noqa: SLF001 - python-pptx leaves fields out
        name = local_name(node)
        if name == "r" or (name == "fld" and node.get("type") != "slidenum"):
            parts.extend(text.text or "" for text in node.iter(qn("a:t")))
        elif name == "br":
            parts.append(" ")
        elif name in {"AlternateContent", "m"}:
            parts.extend(text.text or "" for text in node.iter() if local_name(text) == "t")
    return "".join(parts)


def _rows(grid: Any) -> Iterator[Row]:
    """The cells' texts, that of a merged cell in each that it covers."""
    texts: dict[tuple[int, int], str] = {}
    for y, row in enumerate(grid.rows):
        for x, cell in enumerate(row.cells):
            if cell.is_spanned:
                continue
            text = " ".join(_text(paragraph) for paragraph in cell.text_frame.paragraphs)
            height, width = (cell.span_height, cell.span_width) if cell.is_merge_origin else (1, 1)
            if width == len(grid.columns):
                width = 1  # over the whole row: it is said once
            texts |= {(y + dy, x + dx): text for dy in range(height) for dx in range(width)}
    for y in range(len(grid.rows)):
        yield Row([texts.get((y, x), "") for x in range(len(grid.columns))])


def _graphic(shape: Any, slide: Any) -> Iterator[Element]:
    """What the charts and diagrams (SmartArt) of a shape say."""
    for node in shape.element.iter():
        relation = {"relIds": "r:dm", "chart": "r:id"}.get(local_name(node))
        number = relation and node.get(qn(relation))
        if number and number in slide.part.rels:
            part = slide.part.related_part(number)
            yield from drawn(part.blob, str(part.partname))
