"""Word documents (DOCX) to elements; owns docx.

unstructured leaves out text boxes, merged cells, footnotes, list numbers and content controls.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as RELATION
from docx.oxml.ns import qn

from ingestion.formats.charts import drawn
from ingestion.formats.numbering import Numbering
from ingestion.formats.outline import Outline
from ingestion.formats.properties import core_properties, local_name, parse_xml
from ingestion.formats.text import comments_left_out, one_line
from ingestion.formats.wordtables import WordTable, is_on
from ingestion.table import table
from ingestion.types import Element, Kind, Parsed

_VALUE = qn("w:val")
_INSIDE = {"hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent", "customXml"}
_INSIDE |= {"bdo", "dir", "ruby", "rubyBase", "r", "AlternateContent", "Choice", "object"}
_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_CODE_STYLES = ("code", "source", "preformatted", "macro text", "verbatim")


def read_word(content: bytes, _path: str) -> Parsed:
    """Headings, paragraphs, lists and tables, text boxes and footnotes below where they are set.

    Headers, footers, comments, hidden and deleted text are left out. Pages are those that the
    program which saved the file saw, if it said so.
    """
    document = docx.Document(io.BytesIO(content))
    reader = _Reader(document)
    elements = tuple(_merged_code(reader.blocks(document.element.body)))
    said = core_properties(content)
    return Parsed(
        said.title or reader.title,
        elements,
        authors=said.authors,
        written_at=said.written_at,
        remarks=tuple(_remarks(document)),
    )


def _remarks(document: Any) -> Iterator[str]:
    if comments := len(list(document.comments)):
        yield comments_left_out(comments)


def _merged_code(elements: Iterator[Element]) -> Iterator[Element]:
    """Consecutive lines of code as one block."""
    block: list[Element] = []
    for element in elements:
        if element.kind is Kind.CODE:
            block.append(element)
            continue
        yield from _joined(block)
        block = []
        yield element
    yield from _joined(block)


def _joined(block: Sequence[Element]) -> Iterator[Element]:
    if block:
        text = "\n".join(line.text for line in block)
        yield Element(Kind.CODE, text, block[0].page, block[0].section)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style makes of a paragraph: a heading of ``depth`` (0 is a title), code, or text."""

    depth: int | None = None
    code: bool = False


@dataclass(slots=True)
class _Found:
    """What a paragraph holds: text from ``page`` on, boxes of text, diagrams, footnotes' ids."""

    page: int | None
    texts: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    graphics: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Reader:
    """Walks the parts of one document, knowing the headings above and the page."""

    def __init__(self, document: Any) -> None:
        self._part = document.part
        self._outline = Outline()
        self._numbering = Numbering(_related(self._part, RELATION.NUMBERING))
        self._styles = {style.style_id: _style(style) for style in document.styles}
        self._style_lists = _style_lists(document.styles)
        rendered = document.element.body.iterdescendants(qn("w:lastRenderedPageBreak"))
        self._page = 1 if next(rendered, None) is not None else None
        starts = document.element.body.iter(qn("w:sectPr"))
        self._starts = [_attribute(section, "w:type") for section in starts][1:]
        self._due = ""  # how the section that begins on the next page starts
        self.title = ""

    def blocks(self, parent: Any) -> Iterator[Element]:
        """The elements of a body, a cell or a text box."""
        for node in parent.iterchildren():
            match local_name(node):
                case "p":
                    yield from self._paragraph(node)
                case "tbl":
                    yield from self._table(node)
                case "sdt":
                    if not _is_contents(node):
                        yield from self.blocks(node)
                case "sdtContent" | "customXml" | "ins" | "moveTo":
                    yield from self.blocks(node)

    def _paragraph(self, node: Any) -> Iterator[Element]:
        found = _Found(self._page)
        self._gather(node, found)
        yield from self._said(node, "".join(found.texts), found.page)
        if self._starts and node.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
            self._due = self._starts.pop(0)
        for box in found.boxes:
            yield from self.blocks(box)
        for graphic in found.graphics:
            yield from self._graphic(graphic)
        for note in found.notes:
            said = one_line(self._notes.get(note, ""))
            if said:
                yield Element(Kind.TEXT, f"[{note}] {said}", found.page, self._outline.path)

    def _said(self, node: Any, text: str, page: int | None) -> Iterator[Element]:
        properties = node.find(qn("w:pPr"))
        style_id = _attribute(properties, "w:pStyle")
        style = self._styles.get(style_id, _Style())
        if style.code and text.strip():
            yield Element(Kind.CODE, text, page, self._outline.path)
            return
        line = one_line(text)
        if not line or style_id.upper().startswith("TOC"):
            return
        marker = self._numbering.marker(*self._list_of(properties, style_id))
        depth = _outline_level(properties)
        depth = style.depth if depth is None else depth
        numbered = f"{marker} {line}" if marker else line
        if depth is None:
            kind = Kind.TEXT if marker is None else Kind.LIST_ITEM
            yield Element(kind, numbered, page, self._outline.path)
            return
        if depth <= 1 and not self.title:
            self.title = line
        yield Element(Kind.HEADING, numbered, page, self._outline.enter(depth, numbered))

    def _list_of(self, properties: Any, style_id: str) -> tuple[str, int]:
        """The list that a paragraph is an item of ("" for none), and its level."""
        numbered = None if properties is None else properties.find(qn("w:numPr"))
        own, level = self._style_lists.get(style_id, ("", 0))
        if numbered is None:
            return own, level
        number = _attribute(numbered, "w:numId") or own
        stated = _attribute(numbered, "w:ilvl")
        return ("" if number == "0" else number), int(stated) if stated.isdigit() else level

    def _gather(self, node: Any, found: _Found) -> None:
        """Collect what a paragraph, or a part of one, holds in order."""
        for child in node.iterchildren():
            name = local_name(child)
            if name in _INSIDE:
                if name != "r" or not is_on(child.find(f"{qn('w:rPr')}/{qn('w:vanish')}")):
                    self._gather(child, found)
            elif name == "lastRenderedPageBreak":
                self._turn_page(found)
            elif name in {"footnoteReference", "endnoteReference"}:
                self._refer(child, found)
            elif name in {"drawing", "pict"}:
                found.boxes.extend(_outermost(child, "txbxContent"))
                found.graphics.extend(_outermost(child, "relIds", "chart"))
            else:
                found.texts.append(_written(child, name))

    def _turn_page(self, found: _Found) -> None:
        self._page = (self._page or 0) + 1
        if self._due == ("evenPage" if self._page % 2 else "oddPage"):
            self._page += 1  # a blank page stands between
        self._due = ""
        if not "".join(found.texts).strip():
            found.page = self._page

    def _refer(self, reference: Any, found: _Found) -> None:
        note = f"{reference.get(qn('w:id'))}{'e' * local_name(reference).startswith('end')}"
        if note in self._notes:
            found.notes.append(note)
            found.texts.append(f"[{note}]")

    def _table(self, node: Any) -> Iterator[Element]:
        grid = WordTable(node, self._plain)
        if grid.is_layout:
            for cell in grid.cells():
                yield from self.blocks(cell)
            return
        page = self._page
        yield table(grid.rows(), header=grid.header, section=self._outline.path, page=page)

    def _plain(self, cell: Any) -> str:
        """The text of all that a cell holds; its headings are not above what follows the table."""
        outline, self._outline = self._outline, Outline()
        try:
            return one_line(" ".join(element.text for element in self.blocks(cell)))
        finally:
            self._outline = outline

    def _graphic(self, node: Any) -> Iterator[Element]:
        """The texts of a diagram (SmartArt), or the title and data of a chart."""
        relation = node.get(qn("r:dm")) or node.get(qn("r:id"))
        part = self._part.related_parts.get(relation)
        if part is None:
            return
        for element in drawn(part.blob, str(part.partname)):
            yield replace(element, page=self._page, section=self._outline.path)

    @cached_property
    def _notes(self) -> dict[str, str]:
        """Footnotes by id, and endnotes by id with an "e"."""
        notes: dict[str, str] = {}
        for relation, mark in ((RELATION.FOOTNOTES, ""), (RELATION.ENDNOTES, "e")):
            root = _related(self._part, relation)
            for note in () if root is None else root:
                if note.get(qn("w:type")) in {None, "normal"}:
                    texts = (
                        "".join(text.text or "" for text in paragraph.iter(qn("w:t")))
                        for paragraph in note.iter(qn("w:p"))
                    )
                    notes[f"{note.get(qn('w:id'))}{mark}"] = " ".join(texts)
        return notes


def _written(node: Any, name: str) -> str:
    """What a node that holds no other text stands for."""
    if name == "t":
        return node.text or ""
    if name in {"oMath", "oMathPara"}:
        return "".join(text.text or "" for text in node.iter(qn("m:t")))
    return _CHARACTERS.get(name, "")


def _related(part: Any, relation: str) -> Any:
    """The root of the one part that ``part`` has such a relation to, or None."""
    for each in part.rels.values():
        if each.reltype == relation and not each.is_external:
            return parse_xml(each.target_part.blob, str(each.target_part.partname))
    return None


def _outermost(node: Any, *names: str) -> Iterator[Any]:
    """The nodes of these names below ``node``, none of them within another or a fallback."""
    for child in node.iterchildren():
        name = local_name(child)
        if name in names:
            yield child
        elif name != "Fallback":
            yield from _outermost(child, *names)


def _attribute(parent: Any, name: str) -> str:
    """The value of a property below ``parent``, or ""."""
    node = None if parent is None else parent.find(qn(name))
    return "" if node is None else node.get(_VALUE) or ""


def _outline_level(properties: Any) -> int | None:
    """The depth of a heading that a paragraph or a style states; level 9 is body text."""
    stated = _attribute(properties, "w:outlineLvl")
    return int(stated) + 1 if stated.isdigit() and int(stated) < 9 else None  # noqa: PLR2004


def _style(style: Any) -> _Style:
    """What a style, or the nearest that it is based on, makes of a paragraph."""
    seen: set[str] = set()
    while style is not None and style.style_id not in seen:
        seen.add(style.style_id)
        name = (style.name or "").lower()
        if any(word in name for word in _CODE_STYLES):
            return _Style(code=True)
        if name == "title":
            return _Style(depth=0)
        kind, _, number = name.rpartition(" ")
        if kind == "heading" and number.isdigit():
            return _Style(depth=int(number))
        depth = _outline_level(style.element.find(qn("w:pPr")))
        if depth is not None:
            return _Style(depth=depth)
        style = getattr(style, "base_style", None)
    return _Style()


def _style_lists(styles: Any) -> dict[str, tuple[str, int]]:
    """The list and level that a style puts its paragraphs in, by the style's id."""
    lists = {}
    for style in styles:
        numbered = style.element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if numbered is not None and (number := _attribute(numbered, "w:numId")):
            level = _attribute(numbered, "w:ilvl")
            lists[style.style_id] = (number, int(level) if level.isdigit() else 0)
    return lists


def _is_contents(node: Any) -> bool:
    """Whether a content control is a table of contents, which repeats the headings."""
    gallery = node.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and gallery.get(_VALUE) == "Table of Contents"
