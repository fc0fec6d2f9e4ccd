"""Running headers, footers and page numbers: what stands at a page's edge on page after page."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

from ingestion.layout.reading_order import rows_of
from ingestion.layout.spans import PageContent, Span

EDGE = 0.2  # of the page's height, at the top and at the bottom
DEEPEST = 5  # lines that are looked at from the edge inwards
REPEATS = 3  # pages on end that carry a line at one place before it is furniture
COUNTED = 2  # the same for a number alone that counts the pages
DRIFT = 6.0  # points by which its place may differ between pages
SMALL = 1.02  # of the text's font size; a larger line may be the heading of each chapter
MOST_LINES = 2  # with no white between them; more are a paragraph
GAP = 0.8  # font sizes of white that part furniture from the text

_NUMBER = re.compile(r"\d{1,4}|(?<!\w)[ivxlc]{1,7}(?!\w)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_PAGE_WORD = re.compile(r"[\W#]*(?:page|p|trang|seite|第)?[\W#]*(?:of|von|sur|页|頁)?[\W#]*")

_ANY_TITLE = "title"

Key = tuple[bool, str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _EdgeLine:
    """A line near a page's edge, ``at`` points away from it.

    ``parted`` is whether white stands between it and the next, ``small`` whether it is set no
    larger than the text.
    """

    page: int
    spans: tuple[Span, ...]
    foot: bool
    at: float
    parted: bool
    small: bool


def without_furniture(pages: Sequence[PageContent]) -> list[PageContent]:
    """The pages without the lines that run through them; a page alone keeps all it has.

    So does one that shows nothing else. Of a scan with a stamp on it nothing is left.
    """
    lines = [line for page in pages for line in _edge_lines(page)]
    running = _running(lines)
    dropped: set[int] = set()
    for _, edge in groupby(lines, key=lambda line: (line.page, line.foot)):
        dropped.update(map(id, _outside(edge, running)))
    return [_without(page, dropped) for page in pages]


def _outside(edge: Iterable[_EdgeLine], running: set[int]) -> Iterator[Span]:
    """The spans of running lines from the edge inwards, up to the first line of the text."""
    block: list[_EdgeLine] = []
    for line in edge:
        block.append(line)
        if id(line) not in running or len(block) > MOST_LINES:
            return
        if line.parted:
            for each in block:
                yield from each.spans
            block = []


def _without(page: PageContent, dropped: set[int]) -> PageContent:
    left = tuple(span for span in page.spans if id(span) not in dropped)
    return replace(page, spans=left) if left or page.turned or page.pictures else page


def _edge_lines(page: PageContent) -> Iterator[_EdgeLine]:
    """The lines near the top, then those near the bottom, each from the edge inwards."""
    if not page.spans:
        return
    body = median(span.size for span in page.spans)
    reach = EDGE * page.height
    head = rows_of([span for span in page.spans if span.middle < reach])
    foot = rows_of([span for span in page.spans if span.middle > page.height - reach])
    for is_foot, rows in ((False, head), (True, foot[::-1])):
        for place, row in enumerate(rows[:DEEPEST]):
            inner = rows[place + 1][0] if place + 1 < len(rows) else None
            outer = row[0]
            first, second = (inner, outer) if is_foot else (outer, inner)
            parted = not (first and second) or second.top - first.bottom > GAP * outer.size
            at = page.height - outer.middle if is_foot else outer.middle
            small = outer.size <= SMALL * body
            yield _EdgeLine(page.number, tuple(row), is_foot, at, parted, small)


def _running(lines: Sequence[_EdgeLine]) -> set[int]:
    """The lines, by identity, that several pages have at about one height."""
    alike: defaultdict[Key, list[_EdgeLine]] = defaultdict(list)
    for line in lines:
        for key in _keys(line):
            alike[key].append(line)
    running: set[int] = set()
    for (_, words, _), group in alike.items():
        least = COUNTED if _PAGE_WORD.fullmatch(words) else REPEATS
        running.update(map(id, _at_one_place(group, least)))
    return running


def _keys(line: _EdgeLine) -> Iterator[Key]:
    """What may be the same of a line on other pages.

    Either all of it, numbers aside if it is no heading, or all but one number that counts the
    pages, or, beside any title, its first or last word if that counts the pages.
    """
    text = " ".join(span.text for span in line.spans).lower()
    words = _NUMBER.sub("#", text)
    found = list(_NUMBER.finditer(text))
    numbers = [_value(each[0]) for each in found]
    if any(char.isalpha() for char in words):
        yield line.foot, words, () if line.small else tuple(numbers)
    for place, number in enumerate(numbers):
        others = (*numbers[:place], *numbers[place + 1 :])
        yield line.foot, words, (number - line.page, place, *others)
    for place in {0, len(found) - 1} if found else ():
        if found[place].start() == 0 or found[place].end() == len(text):
            yield line.foot, _ANY_TITLE, (numbers[place] - line.page, place)


def _at_one_place(group: Sequence[_EdgeLine], least: int) -> Iterator[_EdgeLine]:
    """Those of ``group`` that ``least`` pages on end, or every other one, have at one height."""
    steps: defaultdict[int, set[int]] = defaultdict(set)
    for line in group:
        steps[round(line.at / DRIFT)].add(line.page)
    for line in group:
        step = round(line.at / DRIFT)
        near = (steps.get(beside, set()) for beside in (step - 1, step, step + 1))
        if _run_length(set().union(*near), line.page) >= least:
            yield line


def _run_length(pages: Collection[int], page: int) -> int:
    """How many of ``pages`` follow on ``page`` or lead to it, leaving out one at most each time.

    It stops counting where no more are asked for.
    """
    count = 1
    for way in (-1, 1):
        at = page
        while count < REPEATS and (after := _next(pages, at, way)):
            count, at = count + 1, after
    return count


def _next(pages: Collection[int], page: int, way: int) -> int | None:
    return next((after for after in (page + way, page + 2 * way) if after in pages), None)


def _value(number: str) -> int:
    """What a number says; in a Roman one a lesser sign before a greater counts off."""
    if number.isdigit():
        return int(number)
    signs = [_ROMAN[sign] for sign in number]
    following = [*signs[1:], 0]
    return sum(-one if one < after else one for one, after in zip(signs, following, strict=True))
