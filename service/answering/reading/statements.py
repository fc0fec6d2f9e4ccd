"""A passage as statements: sentences, items, table rows and lists, with what stands over each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexes.language import sentences
from service.answering.reading.steps import runs_of_steps

Span = tuple[int, int]

_CELL = " | "
_BLOCK = re.compile(r"(?:.+\n?)+")
_LINE = re.compile(r"\S(?:.*\S)?")
_ENDED = re.compile(r"[.!。！；;…][\"'”’」』）)\]]*$")
# A question, or the line before a list: what they are about comes after them.
_LEAD = re.compile(r"[?？:：][\"'”’」』）)\]]*$")
_COLON = re.compile(r"[:：][\"'”’」』）)\]]*$")
# A line longer than this is no heading, whatever it ends in. Han characters carry more each.
_HEADING_CHARS = 90
_HEADING_HAN = 30
# A list longer than this is no answer by itself, only its items are; about 100 words.
_LIST_CHARS = 600
_LIST_HAN = 200
# Fewer lines that stand together are a line break, or a label and its value.
_LIST_ITEMS = 2
# Passages whose statements are remembered, about 5 kB each.
_REMEMBERED = 2048
_HAN = re.compile(r"[\u3400-\u9fff]")
# Steps are of no use in part, hence the more room.
_STEPS_CHARS = 1200
_STEPS_HAN = 400
# A row that names its columns itself: "Model: WD7-4 | List price: 745".
_DENIAL = re.compile(
    r"(?i)\b(?:not|no|never|none|without|except(?:ions?)?|exclu(?:ded|sions?)|forbidden|prohibited|"
    r"không|chưa|cấm|ngoại trừ|loại trừ)\b|n['’]t\b|不|[未无禁](?!来|论|锡)|除外|例外|免责"
)
_LABELLED = re.compile(r"[^|:：]{1,60}[:：] [^|]*(?: \| [^|:：]{1,60}[:：] [^|]*)+")
# A cell that holds a number or a date, with at most a unit.
_VALUE = re.compile(r"[^\w]*\d[\d\W]*(?:[^\W\d_]{1,4}\W*)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """``text[start:end]`` can be an answer; ``above`` are spans that say what it is about.

    Above the first sentence of a section stands its heading, above an item what leads to its list,
    above a ``row`` its table's first row. A ``whole`` statement is a list with its lead, or steps
    with what stands between them, whose items are statements too.
    """

    start: int
    end: int
    above: tuple[Span, ...] = ()
    whole: bool = False
    row: bool = False


@lru_cache(_REMEMBERED)
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a passage in order; a whole list comes after its items.

    Headings, questions, lines that end in a colon and the first rows of tables answer nothing
    themselves; where there is nothing else, each counts as a statement after all.
    """
    found: list[Statement] = []
    heading: list[Span] = []
    runs = runs_of_steps(text)
    for block in _BLOCK.finditer(text):
        lines = [line.span() for line in _LINE.finditer(text, *block.span())]
        if not lines:
            continue
        is_step = any(start <= lines[0][0] < end for start, end in runs)
        if not is_step and _is_heading(text, lines, heading, block.end()):
            heading = [*heading[-1:], lines[0]]
        elif _CELL in block.group():
            # By lines, not sentences: a full stop inside a cell does not end its row.
            found.extend(_rows(text, lines, heading))
            heading = []
        else:
            state = _items if len(lines) > 1 else _line
            stated, heading = state(text, lines, heading)
            found.extend(stated)
    return tuple(_with_steps(text, found, runs)) or tuple(
        Statement(start, end) for start, end in sentences(text)
    )


def leads(line: str) -> bool:
    """Whether ``line`` announces what comes after it by a colon."""
    return _COLON.search(line) is not None


def denies(heading: str) -> bool:
    """Whether what stands under it reads as its opposite alone, as under "What is not covered"."""
    return _DENIAL.search(heading) is not None and heading[-1:] not in "?？"


def names_columns(line: str, row: str) -> bool:
    """Whether ``line``, over ``row``, says what its cells are and the row itself does not."""
    return _CELL in line and not _LABELLED.fullmatch(row)


def _is_heading(text: str, lines: list[Span], heading: list[Span], end: int) -> bool:
    """A short line of its own that ends like none.

    One that nothing follows heads nothing, and what a line announces is what it announces.
    """
    block = text[slice(*lines[0])]
    if end >= len(text.rstrip()) or len(lines) > 1 or _CELL in block:
        return False
    if heading and leads(text[slice(*heading[-1])]) and not leads(block):
        return False
    limit = _HEADING_HAN if _HAN.search(block) else _HEADING_CHARS
    return len(block) <= limit and not _ENDED.search(block)


def _rows(text: str, rows: list[Span], heading: list[Span]) -> list[Statement]:
    if len(rows) == 1 or not _heads(text, rows[0]):
        return [Statement(*row, above=tuple(heading), row=True) for row in rows]
    return [Statement(*row, above=(*heading, rows[0]), row=True) for row in rows[1:]]


def _heads(text: str, first: Span) -> bool:
    """Whether a table's first row says what its columns are.

    A table that the passage begins with may have begun in the one before: a cell with nothing but
    a number gives that away.
    """
    row = text[slice(*first)]
    if _LABELLED.fullmatch(row):
        return False
    return bool(text[: first[0]].strip()) or not any(map(_VALUE.fullmatch, row.split(_CELL)))


def _line(text: str, lines: list[Span], above: list[Span]) -> tuple[list[Statement], list[Span]]:
    return _sentences(text, lines[0], above)


def _items(text: str, lines: list[Span], above: list[Span]) -> tuple[list[Statement], list[Span]]:
    """The sentences of lines that stand together, each list of them; and a lead left over.

    What leads to a list stands above each of its items.
    """
    found: list[Statement] = []
    items: list[Span] = []
    lead: list[Span] = []
    for line in lines:
        stated, lead = _sentences(text, line, above)
        found.extend(stated)
        if stated:
            items.append((stated[0].start, stated[-1].end))
        if lead:
            found.extend(_whole(text, items, above))
            items, above = [], lead
    return found + _whole(text, items, above), lead


def _whole(text: str, items: list[Span], above: list[Span]) -> list[Statement]:
    """The list of these items with its lead, where it is short enough to be an answer."""
    if len(items) < _LIST_ITEMS:
        return []
    start, end = items[0][0], items[-1][1]
    if above and leads(text[slice(*above[-1])]):
        start, above = above[-1][0], above[:-1]
    limit = _LIST_HAN if _HAN.search(text, start, end) else _LIST_CHARS
    return [Statement(start, end, tuple(above), whole=True)] if end - start <= limit else []


def _with_steps(text: str, found: list[Statement], runs: list[Span]) -> Iterator[Statement]:
    """All that was found; of steps the run with its lead, behind them, in place of its parts."""
    for start, end in runs:
        inside = [each for each in found if start <= each.start and each.end <= end]
        before, after = _parted(found, inside)
        yield from before
        yield from (each for each in inside if not each.whole)
        limit = _STEPS_HAN if _HAN.search(text, start, end) else _STEPS_CHARS
        if inside and end - start <= limit:
            yield _run(text, (inside[0].start, end), inside[0].above)
        found = after
    yield from found


def _parted(
    found: list[Statement], inside: list[Statement]
) -> tuple[list[Statement], list[Statement]]:
    """What stands before those inside and after them; a list that goes over their edge is gone."""
    if not inside:
        return [], found
    first, last = inside[0].start, inside[-1].end
    before = [each for each in found if each.end <= first]
    return before, [each for each in found if each.start >= last]


def _run(text: str, span: Span, above: tuple[Span, ...]) -> Statement:
    if above and leads(text[slice(*above[-1])]):
        return Statement(above[-1][0], span[1], above[:-1], whole=True)
    return Statement(*span, above=above, whole=True)


def _sentences(text: str, line: Span, above: list[Span]) -> tuple[list[Statement], list[Span]]:
    """The sentences that state something, each with what leads to it; and a lead left over."""
    found: list[Statement] = []
    start = line[0]
    for a, b in sentences(text[slice(*line)]):
        if _LEAD.search(text, start + a, start + b):
            above = [(start + a, start + b)]
        else:
            found.append(Statement(start + a, start + b, tuple(above)))
            above = []
    return found, above
