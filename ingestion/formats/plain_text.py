"""Plain text to elements: wrapped lines put together as the paragraphs and items they were."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from ingestion.formats.page import listing, paragraphs
from ingestion.formats.wrapping import (
    Line,
    Wrapping,
    columns,
    ends_a_sentence,
    goes_on,
    joined,
    usual,
)
from ingestion.types import Element, Kind

_TAB = 8  # columns
_QUOTE = re.compile(r"(?:>[ \t]?)+")
_BULLET = re.compile(r"(?:[-*+–—]|[•◦▪▫■□●○‣⁃∙·➢➤►✓✔❖\uf0b7\uf0a7\uf0d8])(?:\s+|$)|[•●■➢►]")
_NUMBER = re.compile(
    r"(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)]\s+|[A-Z]\)\s+|[(（](?:\d{1,3}|[a-zA-Z]|[ivx]{2,5}|"
    r"[一二三四五六七八九十]{1,3})[)）]\s*|(?:\d{1,3}|[一二三四五六七八九十]{1,3})、\s*|[①-⑳]\s*"
)
_FIRST = re.compile(r"\W*(?:1|a|A|i|一|①)(?:\W|$)")
_HEADING = re.compile(
    r"#{1,6}\s|={1,6}\s.*\s=+$|\d{1,3}(?:\.\d{1,3})+\.?\s|§\s?\d|第[\d一二三四五六七八九十百]+[条章节款]"
    r"|(?:Article|Section|Chapter|Điều|Chương|Mục)\s+[\dIVX]+\b"
)
_RULE = re.compile(r"([-=_*~#+.])\1{2,}|[-=_*~#+|: ]{3,}")
_COLUMNS = re.compile(r"\S(?:\t+| {3,})\S|\|.*\|")
_KEY = re.compile(r"[^\W_][^:：]{0,30}(?::(?:\s|$)|：)")
_KEY_WORDS = 4
_CODE = re.compile(
    r"[{};]$|^(?:[$%]\s|>>>|//|#!|#include\b|</?\w+[^<]*>|def \w+\(|import \w+$|from \w+ import\b"
    r"|return\b.*[;)]$)|^[\w.]+\(.*\)$|^\w+ ?[:+-]?= ?\S+$"
)


def elements_of(text: str) -> Iterator[Element]:
    """Paragraphs and list items, without headings, which plain text does not mark.

    Blank lines part blocks. Within one, a line that was wrapped is joined to the next; other lines
    (of an address, a table, a list) stay elements of their own.
    """
    blocks = [*_blocks(text)]
    shown = [Wrapping.of(block) for block in blocks]
    document = usual(shown)
    for block, wrapping in zip(blocks, shown, strict=True):
        for paragraph in _paragraphs(block, wrapping.doubtful_in(document)):
            element = _element(paragraph)
            if element.text:
                yield element


def markup_of(text: str) -> str:
    """The same as simple HTML, to stand in a page."""
    found = groupby(elements_of(text), key=lambda element: element.kind)
    parts = ((kind, [element.text for element in group]) for kind, group in found)
    return "".join(
        listing(texts) if kind is Kind.LIST_ITEM else "".join(map(paragraphs, texts))
        for kind, texts in parts
    )


def _blocks(text: str) -> Iterator[list[Line]]:
    lines = map(_line, text.split("\n"))
    for blank, block in groupby(lines, key=lambda line: not line.text):
        if not blank:
            yield [*block]


def _line(text: str) -> Line:
    text = text.expandtabs(_TAB) if text[:1] in {"\t", " "} else text
    body = text.strip()
    quote = found[0] if (found := _QUOTE.match(body)) else ""
    indent = columns(text) - columns(text.lstrip())
    said = body.removeprefix(quote).lstrip()
    mark = _BULLET.match(said) or _NUMBER.match(said) or _HEADING.match(said)
    return Line(said, indent, indent + columns(body), mark[0] if mark else "", quote)


def _paragraphs(block: Sequence[Line], wrapping: Wrapping) -> Iterator[list[Line]]:
    apart = _apart(block)
    numbered = sum(bool(_NUMBER.match(line.text)) for line in block)
    paragraph = [block[0]]
    for place, (above, line) in enumerate(pairwise(block), 1):
        alone = apart[place] or (apart[place - 1] and not _is_key(above))
        if alone or line.quote.count(">") != above.quote.count(">"):
            begins = True
        elif line.mark:
            # A number that no other follows may be one within a sentence.
            lone = numbered == 1 and not _BULLET.match(line.text) and not _FIRST.match(line.mark)
            begins = not (lone and goes_on(above, line, wrapping))
        elif _leads(block, place) and ends_a_sentence(above):
            begins = True
        else:
            begins = _begins(paragraph, line, wrapping)
        if begins:
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def _begins(paragraph: Sequence[Line], line: Line, wrapping: Wrapping) -> bool:
    """Whether an unmarked line begins a paragraph, by where it and the lines above it stand."""
    first, above = paragraph[0], paragraph[-1]
    on = goes_on(above, line, wrapping)
    if _is_item(first) or _is_key(first):
        if line.indent > first.indent:
            return not on and not ends_a_sentence(above) and line.text[:1].isupper()
        if above.indent > first.indent:
            return True  # the lines of the item are moved in, and this one is not
    if line.indent > above.indent:
        return not (on and not ends_a_sentence(above) and line.text[:1].islower())
    return not on


def _apart(block: Sequence[Line]) -> list[bool]:
    """Of each line whether it stands alone: a row of columns, a key and its value, code, a rule."""
    code = sum(bool(_CODE.search(line.text)) for line in block)
    if len(block) > 1 and 2 * code >= len(block):
        return [True] * len(block)
    keys = [_is_key(line) for line in block]
    beside = [False, *keys], [*keys[1:], False]
    keyed = [key and (above or below) for key, above, below in zip(keys, *beside, strict=False)]
    rows = [bool(_COLUMNS.search(line.text)) for line in block]
    if sum(rows) < 2:  # noqa: PLR2004 - a gap in one line is a slip
        rows = [False] * len(block)
    ruled = [bool(_RULE.fullmatch(line.text)) for line in block]
    return [any(reasons) for reasons in zip(keyed, rows, ruled, strict=True)]


def _leads(block: Sequence[Line], place: int) -> bool:
    """Whether the line leads to a list that begins below it."""
    below = block[place + 1 : place + 2]
    return block[place].text.endswith((":", "：")) and bool(below and below[0].mark)


def _is_item(line: Line) -> bool:
    return bool(_BULLET.match(line.text) or _NUMBER.match(line.text))


def _is_key(line: Line) -> bool:
    key = _KEY.match(line.text)
    return not line.mark and key is not None and len(key[0].split()) <= _KEY_WORDS


def _element(paragraph: Sequence[Line]) -> Element:
    """A paragraph, or an item: without its bullet, but with its number, which readers refer to."""
    first = paragraph[0]
    text = joined(line.text for line in paragraph)
    if bullet := _BULLET.match(text):
        return Element(Kind.LIST_ITEM, text[bullet.end() :])
    if _NUMBER.match(text):
        return Element(Kind.LIST_ITEM, first.quote + text)
    return Element(Kind.TEXT, first.quote + text)
