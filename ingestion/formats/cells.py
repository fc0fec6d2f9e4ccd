"""HTML tables made plain: spans filled, rich cells flattened, tables for layout dissolved."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_SPANNED = 1000  # columns, as browsers limit a span (HTML Standard, 4.9.11), or rows

_PARTS = {"caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"}
_BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "dl", "pre", "blockquote", "div"}
_LEADING_MARKS, _TRAILING_MARKS = {"$", "€", "£", "¥", "₫", "(", "($"}, {")", "%", ")%", "%)"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the source, in each place that it spans."""

    text: str
    named: bool


_EMPTY = _Cell("", named=False)


def plain_tables(page: Any) -> None:
    """Rewrite every table of an lxml page: one cell for each place, text alone in it."""
    for table in [*page.iter("table")]:
        if _lays_out(table):
            _dissolve(table)
    for table in [*page.iter("table")]:
        if next(table.iterancestors("table"), None) is None:
            _rewrite(table)


def _own(table: Any, *tags: str) -> Iterator[Any]:
    for node in table.iter(*tags):
        if next(node.iterancestors("table"), None) is table:
            yield node


def _lays_out(table: Any) -> bool:
    """Whether a table only places what it holds: pages, mails and forms are built of such."""
    if table.get("role") in {"presentation", "none"}:
        return True
    widths = [sum(1 for cell in row if cell.tag in {"td", "th"}) for row in _own(table, "tr")]
    if max(widths, default=0) < 2:  # noqa: PLR2004 - a column is a list
        return True
    if any(True for _ in _own(table, "th")):
        return False
    if next(table.iterdescendants("table"), None) is not None:
        return True
    return len(widths) == 1 and next(table.iterdescendants(*_BLOCKS), None) is not None


def _dissolve(table: Any) -> None:
    for part in [table, *_own(table, *_PARTS)]:
        part.tag = "div"


def _rewrite(table: Any) -> None:
    grid = _without_doubles(_grid(table))
    captions = [_flat(each) for each in _own(table, "caption")]
    maker = table.makeelement
    del table[:]
    table.text = None
    for caption in filter(None, captions):
        node = maker("caption")
        node.text = caption
        table.append(node)
    for row in grid:
        line = maker("tr")
        table.append(line)
        for cell in _marks_joined(row):
            node = maker("th" if cell.named else "td")
            node.text = cell.text
            line.append(node)


def _grid(table: Any) -> list[list[_Cell]]:
    """The cells by row and column, one that spans several in each of them."""
    grid: list[list[_Cell]] = []
    down: dict[int, tuple[int, _Cell]] = {}  # by column: rows still to fill, and with what
    rows = [*_own(table, "tr")]
    for row in rows:
        own = [node for node in row if node.tag in {"td", "th"}]
        cells = {column: cell for column, (_, cell) in down.items()}
        down = {column: (left - 1, cell) for column, (left, cell) in down.items() if left > 1}
        alone = len(own) == 1 and not cells
        column = 0
        for node in own:
            while column in cells:
                column += 1
            cell = _Cell(_flat(node), node.tag == "th" or row.getparent().tag == "thead")
            wide, tall = _span(node, "colspan"), _span(node, "rowspan")
            # A cell over the whole row is said once.
            places = range(column, column + (1 if alone else wide))
            cells |= dict.fromkeys(places, cell)
            if tall > 1:
                down |= dict.fromkeys(places, (tall - 1, cell))
            column = places.stop
        # A row of nothing but what also stands in the next ones only begins their group.
        carried = own and all(_span(node, "rowspan") > 1 for node in own)
        if not carried or row is rows[-1]:
            grid.append([cells.get(place, _EMPTY) for place in range(max(cells, default=-1) + 1)])
    return grid


def _span(node: Any, name: str) -> int:
    stated = node.get(name, "").strip()
    return min(max(int(stated), 1), MOST_SPANNED) if re.fullmatch(r"\d{1,6}", stated) else 1


def _without_doubles(grid: list[list[_Cell]]) -> list[list[_Cell]]:
    """Without columns that no cell begins in: spans over such are there for the looks alone."""
    begins: set[int] = set()
    for row in grid:
        before = None
        for column, cell in enumerate(row):
            if cell is not before and cell.text:
                begins.add(column)
            before = cell
    return [[cell for column, cell in enumerate(row) if column in begins] for row in grid]


def _marks_joined(row: list[_Cell]) -> list[_Cell]:
    """A currency sign or a bracket in a cell of its own joins the number that it belongs to."""
    cells = list(row)
    for column, cell in enumerate(row):
        if cell.text in _LEADING_MARKS and column + 1 < len(cells):
            after = cells[column + 1]
            if after.text[:1].isdigit() or after.text[:1] in "(—":
                cells[column + 1] = _Cell(cell.text + after.text, after.named)
                cells[column] = _EMPTY
        elif cell.text in _TRAILING_MARKS and column and cells[column - 1].text:
            before = cells[column - 1]
            cells[column - 1] = _Cell(before.text + cell.text, before.named)
            cells[column] = _EMPTY
    return cells


def _flat(cell: Any) -> str:
    """A cell's text on one line, what stood on lines of its own parted."""
    for node in cell.iterdescendants("br", "p", "div", "pre", "ul", "ol", "table"):
        node.tail = f" {node.tail or ''}"
        if node.tag != "br" and node.getprevious() is None:
            before = node.getparent()
            before.text = f"{before.text or ''} "
    for node in cell.iterdescendants("li", "tr"):
        node.tail = f"{'' if node.getnext() is None else '; '}{node.tail or ''}"
    for node in cell.iterdescendants("td", "th"):
        node.tail = f"{'' if node.getnext() is None else ', '}{node.tail or ''}"
    for node in cell.iterdescendants("img"):
        node.tail = f" {node.get('alt') or ''} {node.tail or ''}"
    return " ".join(cell.text_content().split())
