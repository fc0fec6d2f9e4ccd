"""Pages to elements: paragraphs, headings, list items, code and tables in reading order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from indexes.types import Box, Placement
from ingestion.formats.outline import Outline
from ingestion.layout.aligned_tables import parted
from ingestion.layout.headings import Setting, heading_depths
from ingestion.layout.lines import Joined, Line, compounds_in, from_right, joined, line_of
from ingestion.layout.paragraphs import BULLET, NUMBER, ends_a_sentence, paragraphs_of
from ingestion.layout.reading_order import reading_order, rows_of
from ingestion.layout.ruled_tables import Table, ruled_tables
from ingestion.layout.spans import Area, PageContent, Span
from ingestion.types import Element, Kind

BACKDROP = 0.5  # of a page's area; a larger picture lies behind the text
WIDEST_INDENT = 80  # spaces before a line of program text
MOSTLY = 0.5  # share of a document's letters from which on a fixed font is just its font


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines of a page that are read as one; a ``lone`` one does not run in reading direction."""

    page: int
    lines: tuple[Line, ...]
    opens_block: bool = False
    lone: bool = False


_Piece = _Paragraph | tuple[int, Table]


def elements_of(pages: Sequence[PageContent]) -> tuple[Element, ...]:
    """What the pages say, in reading order.

    The text of every element is clean and has a place for each line, or for each row of a table.
    """
    pieces = [piece for page in pages for piece in _pieces(page)]
    compounds = compounds_in(span.text for page in pages for span in page.spans)
    return tuple(_elements(list(_run_on(pieces)), compounds))


def _pieces(page: PageContent) -> Iterator[_Piece]:
    tables, outside = ruled_tables([*page.spans, *page.turned], page.rules)
    turned = set(map(id, page.turned))
    spans = [span for span in outside if id(span) not in turned]
    items: list[Span | Table] = [*spans, *tables, *_obstacles(page, spans)]
    leftwards = from_right("".join(span.text for span in spans))
    for block in reading_order(items, from_right=leftwards):
        yield from _block_pieces(page.number, block)
    for span in outside:
        if id(span) in turned:
            yield _Paragraph(page.number, (line_of([span]),), lone=True)


def _obstacles(page: PageContent, spans: Sequence[Span]) -> Iterator[Span]:
    """Pictures that text stands around, as spans without words; columns end at them."""
    for picture in page.pictures:
        area = (picture.right - picture.left) * (picture.bottom - picture.top)
        if not 0 < area < BACKDROP * page.width * page.height:
            continue
        if not any(_within(span, picture) for span in spans):
            yield Span((), *picture, size=median(span.size for span in spans) if spans else 1.0)


def _within(span: Span, area: Area) -> bool:
    across = (span.left + span.right) / 2
    return area.left <= across <= area.right and area.top <= span.middle <= area.bottom


def _block_pieces(page: int, block: Sequence[Span | Table]) -> Iterator[_Piece]:
    """Tables, and the paragraphs above, between and below them."""
    tables = sorted((item for item in block if isinstance(item, Table)), key=lambda t: t.top)
    spans = [item for item in block if isinstance(item, Span) and item.words]
    opens = True
    for place in range(len(tables) + 1):
        part = [span for span in spans if sum(table.top < span.middle for table in tables) == place]
        for found in parted(rows_of(part)):
            if isinstance(found, Table):
                yield page, found
                continue
            for lines in paragraphs_of([line_of(row) for row in found]):
                yield _Paragraph(page, tuple(lines), opens)
                opens = False
        if place < len(tables):
            yield page, tables[place]


def _run_on(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Paragraphs that go on at the head of the next column of their page as one."""
    last: _Paragraph | None = None
    for piece in pieces:
        if isinstance(piece, _Paragraph) and last and _goes_on(last, piece):
            last = replace(last, lines=(*last.lines, *piece.lines))
            continue
        if last:
            yield last
        last = piece if isinstance(piece, _Paragraph) else None
        if not isinstance(piece, _Paragraph):
            yield piece
    if last:
        yield last


def _goes_on(last: _Paragraph, piece: _Paragraph) -> bool:
    above, below = last.lines[-1], piece.lines[0]
    return (
        piece.opens_block
        and last.page == piece.page
        and not last.lone
        and above.style == below.style
        and round(above.size) == round(below.size)
        and below.text[:1].islower()
        and not ends_a_sentence(above.text)
    )


def _elements(pieces: Sequence[_Piece], compounds: frozenset[str]) -> Iterator[Element]:
    paragraphs = [piece for piece in pieces if isinstance(piece, _Paragraph) and not piece.lone]
    depths = dict(zip(map(id, paragraphs), heading_depths(_settings(paragraphs)), strict=True))
    code = _has_code(paragraphs)
    outline = Outline()
    for piece in pieces:
        if not isinstance(piece, _Paragraph):
            yield _table_element(*piece, outline.path)
        elif code and _is_code(piece):
            yield _code_element(piece, outline.path)
        else:
            text = joined(piece.lines, compounds)
            yield _text_element(piece, text, depths.get(id(piece)), outline)


def _settings(paragraphs: Sequence[_Paragraph]) -> list[Setting]:
    return [
        Setting(
            text=joined(each.lines).text,
            size=each.lines[0].size,
            bold=all(line.style.bold for line in each.lines),
            lines=len(each.lines),
        )
        for each in paragraphs
    ]


def _has_code(paragraphs: Sequence[_Paragraph]) -> bool:
    """Whether a fixed font means something: not where the whole document is typed in one."""
    letters = fixed = 0
    for each in paragraphs:
        for line in each.lines:
            letters += len(line.text)
            fixed += len(line.text) if line.style.fixed else 0
    return 0 < fixed < MOSTLY * letters


def _is_code(paragraph: _Paragraph) -> bool:
    return len(paragraph.lines) > 1 and all(line.style.fixed for line in paragraph.lines)


def _text_element(
    paragraph: _Paragraph, written: Joined, depth: int | None, outline: Outline
) -> Element:
    text, offsets = written
    kind = Kind.TEXT
    if depth is not None:
        kind = Kind.HEADING
        outline.enter(depth, text)
    elif bullet := BULLET.match(text):
        text, kind = text[bullet.end() :], Kind.LIST_ITEM
        offsets = [
            (max(start - bullet.end(), 0), max(end - bullet.end(), 0)) for start, end in offsets
        ]
    elif NUMBER.match(text):
        kind = Kind.LIST_ITEM
    return _element(kind, text, paragraph, offsets, outline.path)


def _code_element(paragraph: _Paragraph, section: tuple[str, ...]) -> Element:
    """Program text, each line moved in as far as it stands on the page."""
    edge = min(line.area.left for line in paragraph.lines)
    text, offsets = "", []
    for line in paragraph.lines:
        width = (line.area.right - line.area.left) / len(line.text)
        indent = round((line.area.left - edge) / width) if width > 0 else 0
        text += ("\n" if text else "") + " " * min(indent, WIDEST_INDENT)
        offsets.append((len(text), len(text) + len(line.text)))
        text += line.text
    return _element(Kind.CODE, text, paragraph, offsets, section)


def _table_element(page: int, table: Table, section: tuple[str, ...]) -> Element:
    text, places = "", []
    for row in table.rows:
        line = " | ".join(row.cells).rstrip()
        text += "\n" if text else ""
        places.append(_placement(len(text), len(text) + len(line), page, row.area))
        text += line
    return Element(Kind.TABLE, text, page, section, tuple(places))


def _element(
    kind: Kind,
    text: str,
    paragraph: _Paragraph,
    offsets: Sequence[tuple[int, int]],
    section: tuple[str, ...],
) -> Element:
    places = tuple(
        _placement(start, end, paragraph.page, line.area)
        for (start, end), line in zip(offsets, paragraph.lines, strict=True)
    )
    return Element(kind, text, paragraph.page, section, places)


def _placement(start: int, end: int, page: int, area: Area) -> Placement:
    return Placement(start, end, page, Box(page, *area))
