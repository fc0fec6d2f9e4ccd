"""The order in which a page is read: a recursive XY-cut over what stands on it.

Nagy and Seth, "Hierarchical representation of optically scanned documents" (ICPR 1984), over boxes
as in Ha, Haralick and Phillips, "Recursive X-Y cut using bounding boxes of connected components"
(ICDAR 1995). Bands that share a gutter stay together before the page is cut across, so that the
white between two paragraphs does not tear columns apart.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from math import inf
from statistics import fmean, median
from typing import Protocol, TypeVar

GUTTER = 0.7  # font sizes; the least white between two columns
SHORT_GUTTER = 1.8  # the same where there are too few lines to tell a gutter from a gap
FEW_LINES = 4
COLUMN = 10.0  # font sizes, about 20 letters; narrower aligned cells are read row by row
ALIGNED = 0.8  # share of lines with a neighbour at their height, from which on they are rows
BESIDE = 0.5  # share of a column's height that another column stands beside
FULL = 0.75  # share of a line of prose that is not white
FAR = 2.4  # font sizes; what stands further below on one side alone begins anew
CORE = 0.6  # of a line's height; lines set tightly overlap by their ascents and descents
HIGH = 3.0  # font sizes; anything higher is no line of text
DEEPEST = 40  # cuts within cuts

Interval = tuple[float, float]


class Placed(Protocol):
    """Something on a page: a rectangle in points from the top left, with the size of its font."""

    @property
    def left(self) -> float: ...  # noqa: D102
    @property
    def top(self) -> float: ...  # noqa: D102
    @property
    def right(self) -> float: ...  # noqa: D102
    @property
    def bottom(self) -> float: ...  # noqa: D102
    @property
    def size(self) -> float: ...  # noqa: D102


T = TypeVar("T", bound=Placed)


def reading_order(items: Sequence[T], *, from_right: bool = False) -> list[list[T]]:
    """Blocks in the order they are read; within a block one reads line by line.

    ``from_right`` is how Arabic and Hebrew pages are read: the right column first.
    """
    return list(_ordered(items, 0, from_right=from_right)) if items else []


def rows_of(items: Sequence[T]) -> list[list[T]]:
    """Items that stand at one height, each row from left to right, from the top."""
    rows: list[list[T]] = []
    for item in sorted(items, key=_middle):
        if rows and _same_height(rows[-1][-1], item):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda item: item.left) for row in rows]


def free_of(items: Sequence[Placed]) -> list[Interval]:
    """Where nothing stands between the far left and the far right, from left to right."""
    free, edge = [], -inf
    for item in sorted(items, key=lambda item: item.left):
        if item.left > edge:
            free.append((edge, item.left))
        edge = max(edge, item.right)
    return [*free, (edge, inf)]


def meet(some: Sequence[Interval], others: Sequence[Interval], least: float) -> list[Interval]:
    """Where both are free, as far as it is at least ``least`` points wide."""
    shared = []
    for left, right in some:
        for other_left, other_right in others:
            start, end = max(left, other_left), min(right, other_right)
            if end - start >= least:
                shared.append((start, end))
    return shared


def inner(free: Sequence[Interval], left: float, right: float) -> list[Interval]:
    """The intervals of ``free`` between two edges that something stands at."""
    return [(start, end) for start, end in free if start >= left and end <= right]


def extent(items: Sequence[Placed]) -> Interval:
    """The outermost edges to the left and to the right."""
    return min(item.left for item in items), max(item.right for item in items)


def _ordered(items: Sequence[T], depth: int, *, from_right: bool) -> Iterator[list[T]]:
    block: list[T] = []
    for run in _runs(items):
        columns = _columns(run) if depth < DEEPEST else [run]
        if len(columns) == 1:
            block.extend(run)
            continue
        if block:
            yield block
            block = []
        for column in reversed(columns) if from_right else columns:
            yield from _ordered(column, depth + 1, from_right=from_right)
    if block:
        yield block


def _runs(items: Sequence[T]) -> list[list[T]]:
    """Consecutive bands that no gutter runs through, or one and the same does."""
    least = GUTTER * median(item.size for item in items)
    runs: list[list[T]] = []
    shared: list[Interval] = []
    left, right = inf, -inf
    for band in _bands(items):
        free = [gap for gap in free_of(band) if gap[1] - gap[0] >= least]
        edges = extent(band)
        if runs:
            both = meet(shared, free, least)
            outer = min(left, edges[0]), max(right, edges[1])
            if inner(shared, left, right):
                joins = bool(inner(both, *outer)) and not _begins_anew(runs[-1][-1], band)
            else:
                joins = not inner(free, *edges)
            if joins:
                runs[-1].extend(band)
                shared, (left, right) = both, outer
                continue
        runs.append(band)
        shared, (left, right) = free, edges
    return runs


def _begins_anew(above: Placed, band: Sequence[Placed]) -> bool:
    """Whether a band far below stands on one side alone, as text under two columns does."""
    gap = min(item.top for item in band) - above.bottom
    return gap > FAR * band[0].size and len(free_of(band)) == 2  # noqa: PLR2004 - nothing but the margins


def _bands(items: Sequence[T]) -> Iterator[list[T]]:
    """Items from the top, parted wherever a level line can be drawn between them."""
    band: list[T] = []
    floor = -inf
    for item in sorted(items, key=lambda item: _core(item)[0]):
        top, bottom = _core(item)
        if band and top >= floor:
            yield band
            band = []
        band.append(item)
        floor = max(floor, bottom)
    if band:
        yield band


def _columns(items: Sequence[T]) -> list[list[T]]:
    """The items to either side of each gutter, from left to right; one column if there is none."""
    if len(items) < 2:  # noqa: PLR2004 - one thing has no sides
        return [list(items)]
    size = median(item.size for item in items)
    gutters = [
        gap
        for gap in inner(free_of(items), *extent(items))
        if gap[1] - gap[0] >= GUTTER * size and _parts_columns(gap, items, size)
    ]
    columns: list[list[T]] = [[] for _ in range(len(gutters) + 1)]
    for item in items:
        columns[sum(gap[1] <= item.left for gap in gutters)].append(item)
    return columns


def _parts_columns(gap: Interval, items: Sequence[Placed], size: float) -> bool:
    """Whether text is read down one side of ``gap`` before the other, and not across it."""
    sides = (
        [item for item in items if item.right <= gap[0]],
        [item for item in items if item.left >= gap[1]],
    )
    if not _side_by_side(*sides):
        return False
    rows = [rows_of(side) for side in sides]
    fewer, more = sorted(rows, key=len)
    if len(fewer) < FEW_LINES and gap[1] - gap[0] < SHORT_GUTTER * size:
        return False
    aligned = sum(_has_neighbour(row[0], more) for row in fewer)
    if aligned <= ALIGNED * len(fewer):
        return True
    return len(fewer) > 1 and all(_is_prose(side, size) for side in rows)


def _has_neighbour(item: Placed, rows: Sequence[Sequence[Placed]]) -> bool:
    """Whether one of ``rows`` (from the top) stands at the height of ``item``."""
    place = bisect(rows, _middle(item), key=lambda row: _middle(row[0]))
    return any(_same_height(item, row[0]) for row in rows[max(place - 1, 0) : place + 1])


def _side_by_side(some: Sequence[Placed], others: Sequence[Placed]) -> bool:
    """Whether one of two groups stands mostly beside the other, not above or below it."""
    tops = [min(item.top for item in side) for side in (some, others)]
    bottoms = [max(item.bottom for item in side) for side in (some, others)]
    heights = [bottom - top for top, bottom in zip(tops, bottoms, strict=True)]
    return min(bottoms) - max(tops) >= BESIDE * min(heights)


def _is_prose(rows: Sequence[Sequence[Placed]], size: float) -> bool:
    """Whether rows are mostly long and full, and not the cells of a table."""
    written = fmean(sum(item.right - item.left for item in row) for row in rows)
    reach = fmean(row[-1].right - row[0].left for row in rows)
    return written >= max(COLUMN * size, FULL * reach)


def _core(item: Placed) -> Interval:
    """The part of an item's height that no neighbouring line reaches into."""
    if item.bottom - item.top > HIGH * item.size:
        return item.top, item.bottom
    middle, reach = _middle(item), CORE * (item.bottom - item.top) / 2
    return middle - reach, middle + reach


def _middle(item: Placed) -> float:
    return (item.top + item.bottom) / 2


def _same_height(one: Placed, other: Placed) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > 0.5 * min(one.bottom - one.top, other.bottom - other.top)
