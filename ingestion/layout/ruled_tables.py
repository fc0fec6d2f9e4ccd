"""Tables that are drawn with rules: grids of lines on a page, and the words in their cells."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ingestion.layout.lines import area_of, around, joined, lines_of
from ingestion.layout.reading_order import rows_of
from ingestion.layout.spans import Area, Span, Word, part_of

SNAP = 3.0  # points; rules nearer than this meet, or are one
SHORTEST = 5.0  # points; anything shorter is a dot or a dash
MOST_RULES = 1000  # of a page, once joined; more are a drawing
FEWEST = 2  # rows and columns with text that make a table
FILLED = 0.4  # share of a table's cells that hold text
SEVERAL = 3  # lines in each cell of a row from which on they are rows of their own
CELL_LENGTH = 400  # code points of an average cell; more is a page laid out in boxes

Line = tuple[float, float, float]  # its height (or distance from the left), from, to
Cell = tuple[int, int]  # row and column


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the text of its cells from left to right, and where it stands."""

    cells: tuple[str, ...]
    area: Area


@dataclass(frozen=True, slots=True)
class Table:
    """A table on a page; it takes its place in the reading order like a very high line."""

    rows: tuple[TableRow, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rules that cross, and the edges of the columns (x) and rows (y) that they make."""

    across: tuple[Line, ...]
    down: tuple[Line, ...]
    columns: tuple[float, ...]
    rows: tuple[float, ...]

    def holds(self, span: Span) -> bool:
        """Whether the middle of ``span`` is within the grid."""
        across = (span.left + span.right) / 2
        return (
            self.columns[0] <= across <= self.columns[-1]
            and self.rows[0] <= span.middle <= self.rows[-1]
        )


def ruled_tables(spans: Sequence[Span], rules: Sequence[Area]) -> tuple[list[Table], list[Span]]:
    """The tables that ``rules`` draw on a page, and the spans that stand outside of them."""
    outside = list(spans)
    tables = []
    for grid in _grids(rules):
        inside = [span for span in outside if grid.holds(span)]
        table = _table(grid, inside) if inside else None
        if table:
            tables.append(table)
            taken = set(map(id, inside))
            outside = [span for span in outside if id(span) not in taken]
    return tables, outside


def _grids(rules: Sequence[Area]) -> Iterator[_Grid]:
    """Rules that touch one another, directly or through others, as grids."""
    across = _joined(
        ((rule.top + rule.bottom) / 2, rule.left, rule.right)
        for rule in rules
        if rule.right - rule.left >= max(rule.bottom - rule.top, SHORTEST)
    )
    down = _joined(
        ((rule.left + rule.right) / 2, rule.top, rule.bottom)
        for rule in rules
        if rule.bottom - rule.top >= max(rule.right - rule.left, SHORTEST)
    )
    if not across or not down or len(across) + len(down) > MOST_RULES:
        return
    for some, others in _connected(_touching(np.array(across), np.array(down))):
        level, upright = [across[i] for i in some], [down[i] for i in others]
        columns = _edges([x for x, _, _ in upright], [end for line in level for end in line[1:]])
        rows = _edges([y for y, _, _ in level], [end for line in upright for end in line[1:]])
        if len(columns) > FEWEST and len(rows) > FEWEST:
            yield _Grid(tuple(level), tuple(upright), columns, rows)


def _joined(lines: Iterable[Line]) -> list[Line]:
    """Lines that continue or cover one another as one."""
    joined: list[Line] = []
    levels: list[list[Line]] = []
    for line in sorted(lines):
        if levels and line[0] - levels[-1][0][0] <= SNAP:
            levels[-1].append(line)
        else:
            levels.append([line])
    for level in levels:
        at = fmean(line[0] for line in level)
        start = end = -np.inf
        for _, begins, ends in sorted(level, key=lambda line: line[1]):
            if begins > end + SNAP:
                if end > -np.inf:
                    joined.append((at, start, end))
                start, end = begins, ends
            end = max(end, ends)
        joined.append((at, start, end))
    return joined


def _touching(across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which line across (rows) meets which line down (columns)."""
    y, left, right = (across[:, i, None] for i in range(3))
    x, top, bottom = (down[None, :, i] for i in range(3))
    touching: NDArray[np.bool_] = (
        (x >= left - SNAP) & (x <= right + SNAP) & (y >= top - SNAP) & (y <= bottom + SNAP)
    )
    return touching


def _connected(touching: NDArray[np.bool_]) -> Iterator[tuple[list[int], list[int]]]:
    """Groups of lines across and lines down that hang together."""
    left = set(range(touching.shape[0]))
    while left:
        some, others, fresh = set[int](), set[int](), {left.pop()}
        while fresh:
            some |= fresh
            others |= set(np.flatnonzero(touching[list(fresh)].any(axis=0)).tolist())
            reached = np.flatnonzero(touching[:, list(others)].any(axis=1)).tolist()
            fresh = set(reached) - some
        left -= some
        if others:
            yield sorted(some), sorted(others)


def _edges(lines: Sequence[float], ends: Sequence[float]) -> tuple[float, ...]:
    """The edges of columns or rows: at each line, and where those that cross them end."""
    edges = sorted({*lines, min(ends), max(ends)})
    kept = edges[:1]
    for edge in edges[1:]:
        if edge - kept[-1] > SNAP:
            kept.append(edge)
    return tuple(kept)


def _table(grid: _Grid, spans: Sequence[Span]) -> Table | None:
    """The words in the cells of a grid, or None where they do not make a table."""
    roots = _merged(grid)
    held: defaultdict[Cell, list[Span]] = defaultdict(list)
    for span in spans:
        parts: defaultdict[Cell, list[Word]] = defaultdict(list)
        row = _index(grid.rows, span.middle)
        for word in span.words:
            column = _index(grid.columns, (word.left + word.right) / 2)
            parts[roots[row, column]].append(word)
        for cell, words in parts.items():
            held[cell].append(part_of(span, words))
    columns = sorted({column for _, column in held})
    rows = sorted({row for row, _ in held})
    cells = {cell for cell in roots.values() if cell[0] in rows and cell[1] in columns}
    written = sum(len(span.text) for span in spans)
    if (
        min(len(rows), len(columns)) < FEWEST
        or len(held) < FILLED * len(cells)
        or written > CELL_LENGTH * len(held)
    ):
        return None
    left, right = grid.columns[0], grid.columns[-1]
    lines = [
        line
        for row in rows
        for line in _table_rows(
            [held.get((row, column), []) for column in columns],
            Area(left, grid.rows[row], right, grid.rows[row + 1]),
        )
    ]
    return Table(tuple(lines), *(left, grid.rows[0], right, grid.rows[-1]), size=spans[0].size)


def _table_rows(cells: Sequence[Sequence[Span]], area: Area) -> list[TableRow]:
    """A row of the grid as one row, or as several where all its cells have as many lines.

    Many tables have rules between their columns and only below their head.
    """
    lines = [rows_of(cell) for cell in cells]
    counts = {len(rows) for rows in lines if rows}
    several = max(counts)
    if len(counts) > 1 or several < SEVERAL or sum(map(bool, lines)) < FEWEST:
        return [TableRow(tuple(map(cell_text, cells)), area)]
    rows = [[rows[number] if rows else [] for rows in lines] for number in range(several)]
    return [
        TableRow(
            tuple(map(cell_text, row)), around([area_of(span) for cell in row for span in cell])
        )
        for row in rows
    ]


def _merged(grid: _Grid) -> dict[Cell, Cell]:
    """For each field of the grid the first field of the cell that it is part of."""
    roots: dict[Cell, Cell] = {}
    for row in range(len(grid.rows) - 1):
        middle = (grid.rows[row] + grid.rows[row + 1]) / 2
        for column in range(len(grid.columns) - 1):
            across = (grid.columns[column] + grid.columns[column + 1]) / 2
            roots[row, column] = (row, column)
            if column and not _drawn(grid.down, grid.columns[column], middle):
                roots[row, column] = roots[row, column - 1]
            elif row and not _drawn(grid.across, grid.rows[row], across):
                roots[row, column] = roots[row - 1, column]
    return roots


def _drawn(lines: Sequence[Line], at: float, through: float) -> bool:
    """Whether one of ``lines`` stands at ``at`` and runs past ``through``."""
    return any(abs(place - at) <= SNAP and start <= through <= end for place, start, end in lines)


def _index(edges: Sequence[float], at: float) -> int:
    """Which of the stretches between ``edges`` holds ``at``; the nearest where none does."""
    return min(max(sum(edge <= at for edge in edges) - 1, 0), len(edges) - 2)


def cell_text(spans: Sequence[Span]) -> str:
    """The lines of a cell as one; a bar in it must not look like the end of the cell."""
    return joined(lines_of(spans)).text.replace(" | ", " / ")
