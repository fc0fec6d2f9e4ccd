"""Rows of cells to text: the one form that a table has, whatever format it came from.

A short table is its rows, cells joined by " | ". In a long one, of which a passage shows a reader
only some rows, each row says its columns: "Item: Tea | Price: 2".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

from indexes.types import Placement
from ingestion.formats.text import one_line
from ingestion.types import Element, Kind

CELL_SEPARATOR = " | "
# What fits a passage of some 200 tokens; a table of more says its columns in every row.
SHORT_ROWS = 10
SHORT_CHARACTERS = 1000

_SAMPLED = 50  # rows of a table that tell whether its first one names the columns
_NAME_CHARACTERS = 100  # no column name is longer
_FILLED = 0.6  # of the columns at least have a name in a row of names
_LEADING = 3  # rows at most stand above the column names
_YEAR = re.compile(r"(19|20)\d\d([/–-]\d{2,4})?")
_NO_NAME = re.compile(
    r"[\W_]*\d[\d\s.,:/%()–-]*\W*[a-zđ元円]{0,3}\W*"  # a number, date, time or amount
    r"|true|false|\S+@\S+|\w+://\S+|\W+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, a merged cell's text in each that it covers, unless it is the whole row.

    ``place`` names the row's cells as ``Placement.cells`` does, where the format has such names.
    """

    cells: Sequence[str]
    place: str = ""


def table(
    rows: Iterable[Row],
    *,
    header: int | None = None,
    named: bool = False,
    section: tuple[str, ...] = (),
    page: int | None = None,
) -> Element:
    """A table as an element; its text is empty where no cell holds any.

    ``header`` is how many rows (those that only hold a title left out) name the columns, or None
    where the format does not say: then the cells tell, and ``named`` is whether such tables have
    column names by custom, so that a row which may be names is taken to be. A title above a long
    table is part of its section, so that it stands over every passage of it.
    """
    cleaned = (Row([one_line(cell) for cell in row.cells], row.place) for row in rows)
    kept = [row for row in cleaned if any(row.cells)]
    titles = _titles(kept)
    body = _without_empty_columns(kept[titles:])
    names = _name_rows(body, named=named) if header is None else range(min(header, len(body)))
    above = [(_joined(row.cells), row.place) for row in kept[:titles]]
    plain = [(_joined(row.cells), row.place) for row in body]
    if names and (len(body) - len(names) > SHORT_ROWS or _length(plain) > SHORT_CHARACTERS):
        over = (line for line, _ in above + plain[: names.start])
        section = (*section, *(line for line in over if len(line) <= _NAME_CHARACTERS))
        plain[names.stop :] = _labelled_rows(body, names)
    lines = above + plain
    text = "\n".join(line for line, _ in lines)
    return Element(Kind.TABLE, text, page, section, tuple(_places(lines, page)))


def _titles(rows: Sequence[Row]) -> int:
    """How many rows at the top hold a single text, though the table has more columns."""
    several = (number for number, row in enumerate(rows) if sum(map(bool, row.cells)) > 1)
    return next(several, 0)


def _without_empty_columns(rows: Sequence[Row]) -> list[Row]:
    width = max((len(row.cells) for row in rows), default=0)
    used = [False] * width
    for row in rows:
        for column, cell in enumerate(row.cells):
            used[column] = used[column] or bool(cell)
    columns = [column for column in range(width) if used[column]]
    return [
        Row([row.cells[column] if column < len(row.cells) else "" for column in columns], row.place)
        for row in rows
    ]


def _name_rows(rows: Sequence[Row], *, named: bool) -> range:
    """The rows that name the columns: below those that name groups of them, if there are any."""
    for number, row in enumerate(rows[: _LEADING + 1]):
        below = [other.cells for other in rows[number + 1 : number + 1 + _SAMPLED]]
        grouped = any(a and a == b for a, b in pairwise(row.cells))
        if grouped and names_columns(row.cells, below[1:]) and names_columns(below[0], below[1:]):
            return range(number, number + 2)
        if names_columns(row.cells, below):
            return range(number, number + (named or _differs(row.cells, below)))
        if sum(map(bool, row.cells)) >= _FILLED * len(row.cells):
            break  # it is a row like any other
    return range(0)


def names_columns(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row reads like column names: short, no amounts, and unlike what stands below."""
    filled = sum(map(bool, cells))
    if not below or filled < 2 or filled < _FILLED * len(cells):  # noqa: PLR2004 - one is a title
        return False
    for column, cell in enumerate(cells):
        values = [row[column] for row in below if column < len(row) and row[column]]
        if not cell:
            continue
        if len(cell) > _NAME_CHARACTERS or cell in values:
            return False
        years = sum(bool(_YEAR.fullmatch(value)) for value in values)
        if _NO_NAME.fullmatch(cell) and not (_YEAR.fullmatch(cell) and 2 * years < len(values)):
            return cell in {"#", "№", "%"} and _next_to_names(cells)
    return True


def _differs(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether most columns hold numbers below their name, or texts longer than it."""
    votes = []
    for column, cell in enumerate(cells):
        values = [row[column] for row in below if column < len(row) and row[column]]
        if cell and values:
            numbers = sum(bool(_NO_NAME.fullmatch(value)) for value in values)
            longer = sum(map(len, values)) > len(cell) * len(values)
            votes.append(longer or 2 * numbers > len(values))
    return 2 * sum(votes) > len(votes)


def _next_to_names(cells: Sequence[str]) -> bool:
    return all(not _NO_NAME.fullmatch(cell) for cell in cells if cell not in {"", "#", "№", "%"})


def _length(lines: Iterable[tuple[str, str]]) -> int:
    return sum(len(line) for line, _ in lines)


def _labelled_rows(rows: Sequence[Row], names: range) -> Iterator[tuple[str, str]]:
    labels = _labels([rows[number].cells for number in names])
    for row in rows[names.stop :]:
        yield _labelled(labels, row.cells), row.place


def _labels(names: Sequence[Sequence[str]]) -> list[str]:
    columns = zip(*names, strict=True)
    return [" / ".join(dict.fromkeys(filter(None, column))).rstrip(" :") for column in columns]


def _labelled(labels: Sequence[str], cells: Sequence[str]) -> str:
    if sum(map(bool, cells)) == 1 and cells[0]:
        return cells[0]  # it names the rows below it
    said = (
        f"{label}: {cell}" if label else cell
        for label, cell in zip(labels, cells, strict=True)
        if cell
    )
    return CELL_SEPARATOR.join(said)


def _joined(cells: Sequence[str]) -> str:
    """The cells without the empty ones at the end, and no separator before the first."""
    end = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    filled = [cell for cell in cells if cell]
    return filled[0] if len(filled) == 1 else CELL_SEPARATOR.join(cells[:end]).strip()


def _places(lines: Iterable[tuple[str, str]], page: int | None) -> Iterator[Placement]:
    start = 0
    for line, place in lines:
        if place:
            yield Placement(start, start + len(line), page, None, place)
        start += len(line) + 1


class _HtmlRows(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.named: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("tr", "caption"):
            self.rows.append([])
            self.named.append(True)
        if tag in ("td", "th", "caption"):
            self.rows[-1].append("")
            self.named[-1] &= tag == "th"
        elif tag == "br":
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def html_rows(markup: str) -> tuple[list[Row], int | None]:
    """The rows of a plain HTML table, and how many of them name its columns, if it says so.

    A caption is a row of its own.
    """
    reader = _HtmlRows()
    reader.feed(markup)
    reader.close()
    rows = [Row(cells) for cells in reader.rows]
    several = [
        named for cells, named in zip(reader.rows, reader.named, strict=True) if len(cells) > 1
    ]
    names = next((place for place, named in enumerate(several) if not named), 0)
    return rows, names or None
