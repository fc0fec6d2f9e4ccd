"""A table of a Word document: its cells where they are merged, nested or left out."""

from collections.abc import Callable, Iterator
from typing import Any

from docx.oxml.ns import qn

from ingestion.formats.properties import local_name
from ingestion.table import Row

_WRAPPERS = {"sdt", "sdtContent", "customXml", "ins"}
_OFF = {"0", "false", "off"}
MOST_SPANNED = 63  # columns that Word allows a table


class WordTable:
    """One ``w:tbl``; ``read`` gives the text of a cell."""

    def __init__(self, node: Any, read: Callable[[Any], str]) -> None:
        self._rows = [row for row in _below(node, "tr") if not _has(row, "w:trPr", "w:del")]
        self._read = read

    @property
    def is_layout(self) -> bool:
        """Whether it has a single column: it frames text, and is no table to a reader."""
        return max((len(list(_below(row, "tc"))) for row in self._rows), default=0) <= 1

    @property
    def header(self) -> int | None:
        """How many rows are repeated on every page, or None where none is."""
        count = 0
        for row in self._rows:
            if not is_on(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")):
                break
            count += 1
        return count if 0 < count < len(self._rows) else None

    def cells(self) -> Iterator[Any]:
        """Every cell in order."""
        for row in self._rows:
            yield from _below(row, "tc")

    def rows(self) -> Iterator[Row]:
        """The texts by row and column, that of a merged cell in each that it covers."""
        above: dict[int, str] = {}
        for row in self._rows:
            texts: dict[int, str] = {}
            column = _number(row, "w:trPr", "w:gridBefore")
            cells = [*_below(row, "tc")]
            for cell in cells:
                wide = max(_number(cell, "w:tcPr", "w:gridSpan"), 1)
                merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                goes_on = merged is not None and merged.get(qn("w:val")) != "restart"
                text = above.get(column, "") if goes_on else self._read(cell)
                last = column + (wide if len(cells) > 1 else 1)
                texts |= dict.fromkeys(range(column, last), text)
                column += wide
            above = texts
            yield Row([texts.get(place, "") for place in range(max(texts, default=-1) + 1)])


def is_on(node: Any) -> bool:
    """Whether a property is there and not turned off, as its value may say (ST_OnOff)."""
    return node is not None and (node.get(qn("w:val")) or "").strip().lower() not in _OFF


def _below(node: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, also within content controls."""
    for child in node.iterchildren():
        kind = local_name(child)
        if kind == name:
            yield child
        elif kind in _WRAPPERS:
            yield from _below(child, name)


def _has(node: Any, *names: str) -> bool:
    return node.find("/".join(map(qn, names))) is not None


def _number(node: Any, *names: str) -> int:
    found = node.find("/".join(map(qn, names)))
    stated = "" if found is None else found.get(qn("w:val")) or ""
    return min(int(stated), MOST_SPANNED) if stated.isdigit() else 0
