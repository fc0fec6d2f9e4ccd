"""Tables without rules: rows of short cells that stand in line below one another."""

from collections.abc import Iterator, Sequence
from statistics import fmean, median

from ingestion.layout.lines import area_of, around
from ingestion.layout.reading_order import Interval, extent, free_of, inner, meet
from ingestion.layout.ruled_tables import Table, TableRow, cell_text
from ingestion.layout.spans import Span

GUTTER = 1.2  # font sizes between two columns; words of one cell stand closer
FEWEST_ROWS = 3
APART = 2.0  # font sizes between two rows; a wider gap ends the table
FILLED = 0.7  # share of cells that hold text
MARK = 3  # code points; a first column no wider holds the marks of a list

Row = list[Span]


def parted(rows: Sequence[Row]) -> Iterator[Table | list[Row]]:
    """The rows of a block in order: those that make a table as one, those between them as rows."""
    plain: list[Row] = []
    start = 0
    while start < len(rows):
        end, gutters = _reach(rows, start)
        table = _table(rows[start:end], gutters) if end - start >= FEWEST_ROWS else None
        if table is None:
            plain.append(rows[start])
            start += 1
            continue
        if plain:
            yield plain
        yield table
        plain, start = [], end
    if plain:
        yield plain


def _reach(rows: Sequence[Row], start: int) -> tuple[int, list[Interval]]:
    """How far down the gutters of the row at ``start`` go on, and what is left of them."""
    gutters: list[Interval] = []
    end = start
    while end < len(rows) and len(rows[end]) > 1:
        row = rows[end]
        least = GUTTER * median(span.size for span in row)
        free = meet(free_of(row), free_of(row), least)
        shared = meet(gutters, free, least) if end > start else free
        apart = end > start and row[0].top - rows[end - 1][0].bottom > APART * row[0].size
        if (
            apart
            or not inner(free, *extent(row))
            or not inner(shared, *extent([*rows[start], *row]))
        ):
            break
        gutters = shared
        end += 1
    return end, gutters


def _table(rows: Sequence[Row], gutters: Sequence[Interval]) -> Table | None:
    spans = [span for row in rows for span in row]
    parts = inner(gutters, *extent(spans))
    cells = [_cells(row, parts) for row in rows]
    filled = sum(bool(cell) for row in cells for cell in row)
    if not parts or filled < FILLED * len(cells) * len(cells[0]):
        return None
    if fmean(len(row[0]) for row in cells) <= MARK:
        return None
    whole = around([area_of(span) for span in spans])
    return Table(
        tuple(
            TableRow(tuple(texts), around([area_of(span) for span in row]))
            for texts, row in zip(cells, rows, strict=True)
        ),
        *whole,
        size=spans[0].size,
    )


def _cells(row: Row, gutters: Sequence[Interval]) -> list[str]:
    """The text between each two gutters, from left to right."""
    cells: list[Row] = [[] for _ in range(len(gutters) + 1)]
    for span in row:
        cells[sum(end <= span.left for _, end in gutters)].append(span)
    return [cell_text(cell) for cell in cells]
