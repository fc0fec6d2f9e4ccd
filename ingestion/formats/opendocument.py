"""OpenDocument text (ODT) to a Page."""

import io
import zipfile
from collections.abc import Iterator
from html import escape
from typing import Any

from indexes.errors import ParseError
from ingestion.formats.dates import stated
from ingestion.formats.page import Page, paragraphs
from ingestion.formats.properties import NOT_UNPACKED, authors, local_name, parse_xml
from ingestion.formats.text import comments_left_out, one_line
from ingestion.formats.web import part_of

MOST_REPEATED = (
    200  # columns or rows of equal content; programs repeat an empty one thousands of times
)

# Deleted text, comments, indexes made from the headings, form fields' and pictures' descriptions.
_LEFT_OUT = {"tracked-changes", "annotation", "table-of-content", "index-body", "forms", "desc"}
_LEFT_OUT |= {
    "alphabetical-index",
    "illustration-index",
    "table-index",
    "sequence-decls",
    "binary-data",
}
_LEFT_OUT |= {"event-listeners", "title"}
_CONTAINERS = {"p": "p", "list": "ul", "list-item": "li", "list-header": "li", "table": "table"}
_CONTAINERS |= {"table-row": "tr", "table-header-rows": "thead"}


def read_open_document(content: bytes, path: str) -> Page:
    """Headings, paragraphs, lists, tables, text boxes and notes; the last at the end.

    Raises ParseError where the file is damaged or encrypted.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        if "content.xml" not in names:
            raise ParseError(f"{path} is damaged (it holds no content); save it again")
        manifest = (
            archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
        )
        if b":encryption-data" in manifest:
            raise ParseError(f"{path} is encrypted (password-protected); save it unprotected")
        root = parse_xml(archive.read("content.xml"), path)
        said = _metadata(archive) if "meta.xml" in names else {}
    body = next((node for node in root.iter() if local_name(node) == "text"), None)
    notes: list[str] = []
    markup = "" if body is None else "".join(_children(body, notes))
    comments = sum(1 for node in root.iter() if local_name(node) == "annotation")
    return Page(
        part_of(markup + "".join(map(paragraphs, notes))),
        said.get("title", ""),
        tuple(authors(said.get("creator") or said.get("initial-creator") or "")),
        stated(said.get("date") or said.get("creation-date") or ""),
        remarks=(comments_left_out(comments),) if comments else (),
    )


def _metadata(archive: zipfile.ZipFile) -> dict[str, str]:
    """What the document states of itself; nothing where that part is damaged."""
    try:
        root = parse_xml(archive.read("meta.xml"), "meta.xml")
    except (ParseError, *NOT_UNPACKED):
        return {}
    return {local_name(node): one_line(node.text or "") for node in root.iter()}


def _children(node: Any, notes: list[str]) -> Iterator[str]:
    yield escape(node.text or "", quote=False)
    for child in node:
        yield from _element(child, notes)
        yield escape(child.tail or "", quote=False)


def _element(node: Any, notes: list[str]) -> Iterator[str]:
    name = local_name(node)
    if name in _LEFT_OUT or name == "covered-table-cell":
        return
    if name == "h":
        level = min(max(int(_attribute(node, "outline-level") or 1), 1), 6)
        yield from _wrapped(node, f"h{level}", notes)
    elif name in _CONTAINERS:
        yield from _wrapped(node, _CONTAINERS[name], notes)
    elif name == "table-cell":
        yield from _cell(node, notes)
    elif name == "text-box":
        # A paragraph that it is anchored in ends before it.
        yield from ("</p>", *_wrapped(node, "div", notes))
    elif name == "note":
        said = {local_name(part): one_line("".join(part.itertext())) for part in node}
        mark = f"[{said.get('note-citation', '')}]"
        notes.append(f"{mark} {said.get('note-body', '')}")
        yield escape(mark, quote=False)
    elif name in {"s", "tab"}:
        yield " "
    elif name == "line-break":
        yield "<br>"
    else:
        yield from _children(node, notes)


def _wrapped(node: Any, tag: str, notes: list[str], attributes: str = "") -> Iterator[str]:
    yield f"<{tag}{attributes}>"
    yield from _children(node, notes)
    yield f"</{tag}>"


def _cell(node: Any, notes: list[str]) -> Iterator[str]:
    wide, tall = (_attribute(node, f"number-{each}-spanned") for each in ("columns", "rows"))
    spans = "".join(
        f' {name}="{int(value)}"'
        for name, value in (("colspan", wide), ("rowspan", tall))
        if value.isdigit()
    )
    markup = "".join(_wrapped(node, "td", notes, spans))
    repeated = _attribute(node, "number-columns-repeated")
    times = int(repeated) if repeated.isdigit() else 1
    yield from [markup] * min(times, MOST_REPEATED)


def _attribute(node: Any, name: str) -> str:
    return next((v for key, v in node.attrib.items() if key.rpartition("}")[2] == name), "")
