"""A passage as statements: sentences and table rows, each with the words that stand over it."""

import re
from dataclasses import dataclass

from indexes.language import sentences

Span = tuple[int, int]

_CELL = " | "
_BLOCK = re.compile(r"(?:.+\n?)+")
_ROW = re.compile(r"\S(?:.*\S)?")
_ENDED = re.compile(r"[.!。！；;…][\"'”’」』）)\]]*$")
# A question, or the line before a list: what they are about comes after them.
_LEAD = re.compile(r"[?？:：][\"'”’」』）)\]]*$")
# A line longer than this is no heading, whatever it ends in. Han characters carry more each.
_HEADING_CHARS = 90
_HEADING_HAN = 30
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Statement:
    """``text[start:end]`` can be an answer; ``above`` are spans that say what it is about.

    Above the first sentence of a section stands its heading, above a row its table's first row.
    """

    start: int
    end: int
    above: tuple[Span, ...] = ()


def statements(text: str) -> list[Statement]:
    """The statements of a passage in order.

    Headings, questions, lines that end in a colon and the first rows of tables answer nothing
    themselves; where there is nothing else, each counts as a statement after all.
    """
    found: list[Statement] = []
    heading: list[Span] = []
    for block in _BLOCK.finditer(text):
        spans = [(block.start() + a, block.start() + b) for a, b in sentences(block.group())]
        if not spans:
            continue
        if _is_heading(block.group().strip(), is_last=block.end() >= len(text.rstrip())):
            heading = [*heading[-1:], (spans[0][0], spans[-1][1])]
        elif _CELL in block.group():
            # By lines, not sentences: a full stop inside a cell does not end its row.
            rows = [row.span() for row in _ROW.finditer(text, *block.span())]
            found.extend(_rows(rows, heading))
            heading = []
        else:
            stated, heading = _sentences(text, spans, heading)
            found.extend(stated)
    return found or [Statement(start, end) for start, end in sentences(text)]


def _is_heading(block: str, *, is_last: bool) -> bool:
    """A short line of its own that ends like none; one that nothing follows heads nothing."""
    if is_last or "\n" in block or _CELL in block:
        return False
    limit = _HEADING_HAN if _HAN.search(block) else _HEADING_CHARS
    return len(block) <= limit and not _ENDED.search(block)


def _rows(rows: list[Span], heading: list[Span]) -> list[Statement]:
    if len(rows) == 1:
        return [Statement(*rows[0], above=tuple(heading))]
    return [Statement(*row, above=(*heading, rows[0])) for row in rows[1:]]


def _sentences(
    text: str, spans: list[Span], heading: list[Span]
) -> tuple[list[Statement], list[Span]]:
    """The sentences that state something, each with what leads to it; and a lead left over."""
    found: list[Statement] = []
    above = heading
    for start, end in spans:
        if _LEAD.search(text[start:end]):
            above = [(start, end)]
        else:
            found.append(Statement(start, end, tuple(above)))
            above = []
    return found, above
