"""XLSX, cell by cell; owns openpyxl.

unstructured would read it through pandas, which loses the cells "NA", "null" and "None" and rounds
numbers.
"""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from ingestion.formats.number_format import number_text
from ingestion.formats.properties import core_properties
from ingestion.formats.text import one_line
from ingestion.table import Row, names_columns, table
from ingestion.types import Element, Kind, Parsed

# Above these a workbook is streamed, which takes little memory and does not tell of merged cells.
WHOLE_BYTES = 4 << 20  # of sheets, unpacked
WHOLE_CELLS = 300_000  # of a sheet's extent
NAME_ROWS = 3  # rows at most that name the columns of what stands below an empty row
MERGED_COLUMNS = 64  # a cell merged over more than these is a title over all there are

_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?![$hms])[^\]]*\]')
_UNCALCULATED = re.compile(rb"</(?:\w+:)?f>(?:<v\s*/>|<v></v>)?</(?:\w+:)?c>")
_BROKEN = (
    *(zipfile.BadZipFile, SyntaxError, LookupError, ValueError, TypeError, OSError),
    *(AttributeError, NotImplementedError, zlib.error),
)

# A row with its number (from 1), and its texts by column (from 1).
_Cells = dict[int, str]
_Block = list[tuple[int, _Cells]]


def read_spreadsheet(content: bytes, _path: str) -> Parsed:
    """The sheets of an XLSX file, each under a heading: tables, and text where one column is used.

    Every row is citable ("Prices!A2:C2"). A formula stands as the value that the spreadsheet
    program stored with it. Hidden sheets are left out.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions it drops
        workbook = _opened(content)
        with closing(workbook):
            return _workbook(workbook, content)


def _opened(content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [info for info in archive.infolist() if info.filename.startswith("xl/worksheets/")]
    if sum(sheet.file_size for sheet in sheets) <= WHOLE_BYTES:
        try:
            workbook = _load(content, streamed=False)
        except _BROKEN:
            return _load(content, streamed=True)  # it minds neither styles nor drawings
        if all(each.max_row * each.max_column <= WHOLE_CELLS for each in workbook.worksheets):
            return workbook
    return _load(content, streamed=True)


def _load(content: bytes, *, streamed: bool) -> Any:
    return openpyxl.load_workbook(
        io.BytesIO(content), read_only=streamed, data_only=True, keep_links=False
    )


def _workbook(workbook: Any, content: bytes) -> Parsed:
    hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
    remarks = [f"the hidden sheet {one_line(name)!r} was left out" for name in hidden]
    if uncalculated := _uncalculated(content):
        remarks.append(
            f"{uncalculated} formulas have no stored value; save it in a spreadsheet program"
        )
    elements = [
        element
        for sheet in workbook.worksheets
        if sheet.title not in hidden
        for element in _sheet(sheet)
    ]
    stated = core_properties(content)
    return Parsed(
        stated.title,
        tuple(elements),
        authors=stated.authors,
        written_at=stated.written_at,
        remarks=tuple(remarks),
    )


def _uncalculated(content: bytes) -> int:
    """How many formulas stand without the value that they had when last calculated."""
    count, overlap = 0, 64  # bytes; no match is longer
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with archive.open(name) as part:
                tail = b""
                while piece := part.read(1 << 20):
                    found = list(_UNCALCULATED.finditer(tail + piece))
                    count += len(found)
                    seen = found[-1].end() if found else 0
                    tail = (tail + piece)[seen:][-overlap:]
    return count


def _sheet(sheet: Any) -> Iterator[Element]:
    name = one_line(sheet.title)
    section = (name,)
    said = False
    blocks = (part for run in _named(_runs(_rows(sheet))) for part in _side_by_side(run))
    for block in blocks:
        if not said:
            yield Element(Kind.HEADING, name, section=section)
            said = True
        places = (_range(name, number, cells) for number, cells in block)
        rows = [Row(cells, place) for cells, place in zip(_grid(block), places, strict=True)]
        if len({column for _, cells in block for column in cells}) > 1:
            yield table(rows, named=True, section=section)
        else:
            kind = Kind.LIST_ITEM if len(rows) > 1 else Kind.TEXT
            yield from (replace(table([row], section=section), kind=kind) for row in rows)


def _rows(sheet: Any) -> Iterator[tuple[int, _Cells]]:
    """Every row with what it shows; a merged cell's text in each that it covers."""
    if hasattr(sheet, "reset_dimensions"):  # a streamed sheet
        sheet.reset_dimensions()  # what a file states about its size may be wrong
        merged: list[Any] = []
    else:
        merged = sorted(sheet.merged_cells.ranges, key=lambda each: each.min_row, reverse=True)
    open_ranges: list[tuple[Any, str]] = []
    for number, row in enumerate(sheet.rows, 1):
        texts = ((column, one_line(_text(cell))) for column, cell in enumerate(row, 1))
        cells = {column: text for column, text in texts if text}
        while merged and merged[-1].min_row <= number:
            span = merged.pop()
            open_ranges.append((span, cells.get(span.min_col, "")))
        open_ranges = [each for each in open_ranges if each[0].max_row >= number]
        if cells:  # a row of nothing but what is merged into it is empty to a reader
            cells = _filled(cells, open_ranges)
        yield number, cells


def _filled(cells: _Cells, spans: Iterable[tuple[Any, str]]) -> _Cells:
    """A row with the text of each merged cell where it covers; one over all of it stands once."""
    covered: _Cells = {}
    for span, text in spans:
        last = min(span.max_col, span.min_col + MERGED_COLUMNS)
        covered |= {column: text for column in range(span.min_col, last + 1) if text}
    alone = len(cells) == 1 and set(covered.values()) <= set(cells.values())
    return cells if alone else cells | covered


def _runs(rows: Iterable[tuple[int, _Cells]]) -> Iterator[_Block]:
    """Rows until one is empty or has none of their columns."""
    block: _Block = []
    used: set[int] = set()
    for number, cells in rows:
        if block and used.isdisjoint(cells):
            yield block
            block, used = [], set()
        if cells:
            block.append((number, cells))
            used.update(cells)
    if block:
        yield block


def _named(runs: Iterable[_Block]) -> Iterator[_Block]:
    """Runs of rows, with the rows that name their columns though one empty row is between them."""
    above: _Block = []
    for run in runs:
        near = above and run[0][0] - above[-1][0] <= 2  # noqa: PLR2004 - one row between
        if near and len(above) <= NAME_ROWS and _names(above, run):
            yield above + run
            above = []
            continue
        if above:
            yield above
        above = run
    if above:
        yield above


def _names(above: _Block, run: _Block) -> bool:
    named, *below = _grid([above[-1], *run])
    own, *rest = _grid(run)
    return names_columns(named, below) and not names_columns(own, rest)


def _side_by_side(block: _Block) -> Iterator[_Block]:
    """The tables of a run of rows, parted by an empty column where each can stand alone.

    Columns are also left empty for the looks of one table; what stands right of those lacks names
    of its rows.
    """
    used = {column for _, cells in block for column in cells}
    edges = sorted(column for column in used if column - 1 not in used and column > min(used))
    left = min(used)
    for edge in edges:
        before, after = _columns(block, left, edge), _columns(block, edge, max(used) + 1)
        if _stands_alone(before) and _stands_alone(after):
            yield before
            left = edge
    yield _columns(block, left, max(used) + 1)


def _columns(block: _Block, start: int, end: int) -> _Block:
    cut = ((n, {c: text for c, text in cells.items() if start <= c < end}) for n, cells in block)
    return [(number, cells) for number, cells in cut if cells]


def _stands_alone(block: _Block) -> bool:
    """Whether a part of a sheet has names of its columns, and of its rows or numbers for them."""
    first, *below = _grid(block)
    if not names_columns(first, below) or not first[0]:
        return False
    names = [row[0] for row in below]
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return all(names) and not any(name[0] in "+-" for name in names)
    return all(before < after for before, after in pairwise(numbers))


def _grid(block: _Block) -> list[list[str]]:
    """The block's rows, each with a cell for every column from the first that is used."""
    used = {column for _, cells in block for column in cells}
    columns = range(min(used), max(used) + 1)
    return [[cells.get(column, "") for column in columns] for _, cells in block]


def _range(sheet: str, row: int, cells: _Cells) -> str:
    """The row's cells as a formula names them: "Prices!A2:C2", "'Q1 2026'!B7"."""
    name = sheet if re.fullmatch(r"[^\W\d]\w*", sheet) else "'" + sheet.replace("'", "''") + "'"
    first, last = (f"{get_column_letter(column)}{row}" for column in (min(cells), max(cells)))
    return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"


def _text(cell: Any) -> str:
    value = cell.value
    shown = "" if value is None else cell.number_format or ""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            return number_text(value, shown)
        case timedelta():
            return _duration_text(value)
        case datetime():
            return _moment_text(value, _LITERAL.sub("", shown).lower())
    return str(value)


def _moment_text(value: datetime, shown: str) -> str:
    """What the cell's format shows of it, the date in ISO 8601."""
    if value.time() == time.min or not re.search("[hs]", shown):
        return value.date().isoformat()
    clock = value.replace(microsecond=0).time().isoformat()
    return f"{value.date().isoformat()} {clock}" if re.search("[dy]", shown) else clock


def _duration_text(value: timedelta) -> str:
    """Hours, minutes and seconds: a duration is shown in hours, however many days they are."""
    length = abs(value)
    hours, seconds = divmod(length.seconds, 3600)
    rest = timedelta(seconds=seconds, microseconds=length.microseconds)
    return f"{'-' * (value != length)}{24 * length.days + hours}{str(rest)[1:]}"
