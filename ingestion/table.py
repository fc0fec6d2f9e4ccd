"""Rows of cells to text: from HTML tables, from spreadsheets (openpyxl), from delimited text.

Spreadsheets and delimited text are read cell by cell, because unstructured reads them through
pandas, which loses the cells "NA", "N/A", "null" and "None", rounds numbers to six decimals and
refuses rows of uneven length.
"""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any

import openpyxl

from indexes.errors import ParseError
from ingestion.types import Element, Kind, Parsed

CELL_SEPARATOR = " | "
SIGNIFICANT_DIGITS = 15  # what a spreadsheet keeps of a number
DELIMITERS = ",;\t|"

_PERCENT = re.compile(r"^0(\.(0+))?%$")


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """One line a row, cells joined by " | ", white space within a cell collapsed.

    Rows without text are left out, and so are the empty cells at a row's end.
    """
    lines = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            lines.append(CELL_SEPARATOR.join(cells))
    return "\n".join(lines)


class _HtmlRows(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("tr", "caption"):
            self.rows.append([])
        if tag in ("td", "th", "caption"):
            self._row().append("")
        elif tag == "br":
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        row = self._row()
        if row:
            row[-1] += data
        else:
            row.append(data)

    def _row(self) -> list[str]:
        if not self.rows:
            self.rows.append([])
        return self.rows[-1]


def html_rows(markup: str) -> list[list[str]]:
    """The cells of an HTML table, row by row; a caption is a row of its own."""
    reader = _HtmlRows()
    reader.feed(markup)
    reader.close()
    return reader.rows


def read_delimited(text: str, path: str) -> Parsed:
    """The rows of CSV or TSV text as one table. Raises ParseError where the quoting is broken."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = "\t" if path.lower().endswith(".tsv") else max(DELIMITERS, key=first.count)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # it holds for the process
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as exc:
        raise ParseError(f"{path} is not readable as delimited text ({exc})") from exc
    return Parsed("", (Element(Kind.TABLE, table_text(rows)),))


def read_spreadsheet(content: bytes, path: str) -> Parsed:
    """The sheets of an XLSX file: each run of rows is a table, its section the sheet's name.

    A run of rows that uses a single column is text, not a table. A formula stands as the value
    that the spreadsheet program stored with it. Raises ParseError for a broken workbook.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions it drops
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            with closing(workbook):
                elements = [
                    element
                    for sheet in workbook.worksheets
                    for element in _blocks(sheet.title, _sheet_rows(sheet))
                ]
                title = workbook.properties.title or ""
    except (zipfile.BadZipFile, SyntaxError, LookupError, ValueError, TypeError, OSError) as exc:
        raise ParseError(f"{path} is not a readable XLSX file ({exc}); save it again") from exc
    return Parsed(title, tuple(elements))


def _sheet_rows(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a file states about its size may be wrong
    for row in sheet.rows:
        yield [_cell_text(cell) for cell in row]


def _blocks(sheet: str, rows: Iterable[list[str]]) -> Iterator[Element]:
    """Runs of rows between empty rows."""
    block: list[list[str]] = []
    for row in [*rows, []]:
        if any(cell.strip() for cell in row):
            block.append(row)
        elif block:
            columns = {place for row in block for place, cell in enumerate(row) if cell.strip()}
            kind = Kind.TABLE if len(columns) > 1 else Kind.TEXT
            start = min(columns)
            yield Element(kind, table_text(row[start:] for row in block), section=(sheet,))
            block = []


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _number_text(value, cell.number_format or "")
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat().replace("T", " ")
    return str(value)


def _number_text(value: float, number_format: str) -> str:
    """A percentage as it is shown, any other number with all the digits that are kept of it."""
    if percent := _PERCENT.match(number_format):
        return f"{value:.{len(percent[2] or '')}%}"
    return f"{value:.{SIGNIFICANT_DIGITS}g}"
