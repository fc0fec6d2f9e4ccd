"""Jupyter notebooks (IPYNB) to a Page: text, code, and what the code printed."""

import json
import re
from collections.abc import Iterator
from typing import Any

from indexes.errors import ParseError
from ingestion.formats.markdown import rendered
from ingestion.formats.page import Page, code, heading, paragraphs
from ingestion.formats.text import clean, decode, one_line
from ingestion.formats.web import part_of

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # what terminals take as colours


def read_notebook(content: bytes, path: str) -> Page:
    """The cells in order (nbformat 3 and 4). Raises ParseError where it is no notebook."""
    try:
        notebook = json.loads(decode(content, path))
    except ValueError as exc:
        raise ParseError(f"{path} is damaged or not a real .ipynb ({exc}); save it again") from exc
    cells = _cells(notebook)
    if cells is None:
        raise ParseError(f"{path} is named .ipynb but holds other JSON; rename it")
    metadata = notebook.get("metadata")
    said = metadata if isinstance(metadata, dict) else {}
    people = said.get("authors")
    names = (
        person.get("name") if isinstance(person, dict) else person
        for person in (people if isinstance(people, list) else ())
    )
    title = said.get("title")
    return Page(
        "".join(block for cell in cells if isinstance(cell, dict) for block in _cell(cell)),
        one_line(title) if isinstance(title, str) else "",
        tuple(one_line(name) for name in names if isinstance(name, str)),
    )


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
        cells = [cell for sheet in sheets for cell in sheet.get("cells", [])]
    return cells if isinstance(cells, list) else None


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    kind, source = cell.get("cell_type"), _text(cell.get("source", cell.get("input")))
    if kind == "markdown":
        yield part_of(rendered(clean(source)))
    elif kind == "heading":
        yield heading(int(cell.get("level", 1)), one_line(source))
    elif kind == "code":
        if source.strip():
            yield code(source)
        for output in cell.get("outputs") or ():
            if isinstance(output, dict):
                yield from _output(output)
    else:
        yield paragraphs(clean(source))


def _output(output: dict[str, Any]) -> Iterator[str]:
    """Its richest form that is text; pictures and widgets are none."""
    data = output.get("data")
    data = data if isinstance(data, dict) else output
    shown = part_of(_text(data.get("text/html", data.get("html"))))
    if shown:
        yield shown
    elif "text/markdown" in data:
        yield part_of(rendered(clean(_text(data["text/markdown"]))))
    elif output.get("output_type") in {"error", "pyerr"}:
        yield code(_text(f"{output.get('ename', '')}: {output.get('evalue', '')}"))
    elif printed := _text(data.get("text/plain", data.get("text"))).strip("\n"):
        yield code(printed)


def _text(value: Any) -> str:
    lines = value if isinstance(value, list) else [value]
    return _COLOURS.sub("", "".join(line for line in lines if isinstance(line, str)))
