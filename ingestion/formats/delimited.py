"""Comma-, tab- and otherwise separated text, cell by cell as it is written.

unstructured would read it through pandas, which loses the cells "NA", "null" and "None", rounds
numbers and refuses rows of uneven length.
"""

import csv
import io
import re

from indexes.errors import ParseError
from ingestion.formats.text import decode
from ingestion.table import Row, table
from ingestion.types import Parsed

DELIMITERS = ",;\t|"
_STATED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a first line that spreadsheets write
_SAMPLED = 20  # lines that tell the delimiter


def read_delimited(content: bytes, path: str) -> Parsed:
    """The rows of CSV or TSV text as one table, each citable as "row 2".

    Rows are numbered as a spreadsheet shows them. Raises ParseError where the quoting is broken.
    """
    text = decode(content, path).replace("\0", "")
    stated = _STATED.match(text)
    text = text[stated.end() :] if stated else text
    delimiter = stated[1] if stated else _delimiter(text, path)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # it holds for the process
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as exc:
        raise ParseError(
            f"{path} is not readable as delimited text ({exc}); save it again"
        ) from exc
    lines = (Row(cells, f"row {number}") for number, cells in enumerate(rows, 1))
    return Parsed("", (table(lines, named=True),))


def _delimiter(text: str, path: str) -> str:
    """Of the delimiters in the first line, the one of which most lines hold some."""
    if path.lower().endswith(".tsv"):
        return "\t"
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLED] or [""]

    def fit(delimiter: str) -> tuple[int, ...]:
        counts = [line.count(delimiter) for line in lines]
        return min(counts[0], 1), sum(map(bool, counts)), counts[0]

    return max(DELIMITERS, key=fit)
