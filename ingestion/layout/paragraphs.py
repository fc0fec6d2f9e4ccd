"""Where paragraphs begin among the lines of a block: by white, size, indent, marks of lists."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.layout.lines import Line

RESIZED = 0.15  # relative difference from which on two lines are set in different sizes
SLACK = 0.35  # font sizes beyond a block's usual gap that end a paragraph
WIDEST = 1.0  # font sizes; a wider gap always ends a paragraph
CODE_GAP = 3.0  # font sizes; program text goes on over a blank line or two
INDENT = 0.7  # font sizes that a line is moved in to begin a paragraph
SHORT = 0.2  # of a block's width that the last line of a paragraph leaves free

BULLET = re.compile(r"[•◦▪▫■□●○‣⁃–∙➢➤►✓✔❖\uf0b7\uf0a7\uf0d8]\s*(?=\S)")
NUMBER = re.compile(
    r"(?:(?:\d{1,3}|[a-z]|[ivx]{2,5})[.)]|\([\da-zA-Z]{1,4}\)|\[\d{1,3}\]|[-*]|\d{1,2}[、)])\s+(?=\S)"
)
_SENTENCE_END = re.compile(r"[.!?:;…。!?:;][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class _Block:
    """What is usual in a block: font size and edges in points, the gap in font sizes."""

    size: float
    gap: float
    left: float
    right: float


def paragraphs_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of one block, from the top, as paragraphs."""
    if not lines:
        return
    gaps = [_gap(above, below) for above, below in pairwise(lines)]
    block = _Block(
        size=median(line.size for line in lines),
        gap=median([gap for gap in gaps if gap < WIDEST] or [0.0]),
        left=median(line.area.left for line in lines),
        right=max(line.area.right for line in lines),
    )
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins(paragraph, line, block):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def ends_a_sentence(text: str) -> bool:
    """Whether ``text`` ends as a sentence or a clause does."""
    return bool(_SENTENCE_END.search(text))


def _begins(paragraph: Sequence[Line], line: Line, block: _Block) -> bool:
    above = paragraph[-1]
    gap = _gap(above, line)
    if above.style.fixed and line.style.fixed:
        return gap > CODE_GAP
    if above.style != line.style or _resized(above, line) or BULLET.match(line.text):
        return True
    large = line.size > (1 + RESIZED) * block.size  # a title's lines stand further apart
    if gap > (WIDEST if large else min(block.gap + SLACK, WIDEST)):
        return True
    return _numbered(paragraph, line) or _moved_in(paragraph, line, block)


def _numbered(paragraph: Sequence[Line], line: Line) -> bool:
    """Whether ``line`` is the next item of a list that numbers, letters or dashes mark."""
    if not NUMBER.match(line.text):
        return False
    first = paragraph[0]
    listed = NUMBER.match(first.text) or BULLET.match(first.text)
    return (listed is not None and _near(first, line)) or ends_a_sentence(paragraph[-1].text)


def _moved_in(paragraph: Sequence[Line], line: Line, block: _Block) -> bool:
    """Whether an indent, or a short line above, shows a new paragraph where a sentence ended."""
    above = paragraph[-1]
    if not ends_a_sentence(above.text):
        return False
    step = INDENT * line.size
    indented = line.area.left > block.left + step and abs(above.area.left - block.left) < step
    outdented = line.area.left < block.left - step and above.area.left > line.area.left + step
    short = above.area.right < block.right - SHORT * (block.right - block.left)
    return indented or (outdented and len(paragraph) > 1) or short


def _gap(above: Line, below: Line) -> float:
    """The white between two lines, in sizes of the smaller font; negative where they overlap."""
    return (below.area.top - above.area.bottom) / (min(above.size, below.size) or 1.0)


def _resized(above: Line, below: Line) -> bool:
    return abs(above.size - below.size) > RESIZED * max(above.size, below.size)


def _near(first: Line, line: Line) -> bool:
    return abs(first.area.left - line.area.left) < INDENT * line.size
