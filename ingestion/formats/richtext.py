"""Rich text (RTF) to a Page; owns striprtf."""

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from striprtf.striprtf import rtf_to_text

from ingestion.formats.page import Page, heading, listing
from ingestion.formats.properties import authors
from ingestion.formats.text import clean, one_line

# Characters for private use, put where striprtf would forget what a paragraph is.
_HEADING, _ITEM = "\ue000", "\ue001"
_MARKS = (
    (re.compile(r"\\outlinelevel([0-8])(?!\d) ?"), r"\\u-8192?\1 "),
    (re.compile(r"\{\\(listtext|pntext)(?![a-z])"), r"\\u-8191?{\\*\\\1"),
    (re.compile(r"\{(?:\\\*)?\\footnote(?![a-z]) ?"), "{ "),
)
_OUTLINE = re.compile(rf"{_HEADING}(\d)\s*")
_CODE_PAGE = re.compile(r"\\ansicpg(\d+)")
_INFO = re.compile(r"\{\\(title|author)(?![a-z]) ?((?:[^{}\\]|\\[^*]|\{[^{}]*\})*)\}")
_SAVED = re.compile(r"\{\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d+)\\dy(\d+)(?:\\hr(\d+)\\min(\d+))?")


def read_rich_text(content: bytes, _path: str) -> Page:
    """Paragraphs, headings by their outline level, lists and tables; footnotes where they stand."""
    source = content.decode("latin-1")  # RTF is ASCII, with other characters escaped
    stated = _CODE_PAGE.search(source)
    code_page = f"cp{stated[1]}" if stated and stated[1] not in {"0", "65001"} else "cp1252"
    said = {
        name: one_line(_plain(f"{{\\rtf1 {value}}}", code_page))
        for name, value in reversed(_INFO.findall(source))
    }
    for pattern, mark in _MARKS:
        source = pattern.sub(mark, source)
    text = clean(_plain(source, code_page))
    return Page(
        "".join(_blocks(text.split("\n"))),
        said.get("title", ""),
        tuple(authors(said.get("author", ""))),
        _saved(source),
    )


def _plain(source: str, code_page: str) -> str:
    return str(rtf_to_text(source, code_page, "replace"))  # type: ignore[no-untyped-call]


def _saved(source: str) -> str | None:
    """When it was last saved; RTF states local time, of which the zone is not known."""
    moments = [
        tuple(int(part or 0) for part in found.groups()) for found in _SAVED.finditer(source)
    ]
    if not moments:
        return None
    year, month, day, hour, minute = max(moments)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z"


def _blocks(lines: list[str]) -> Iterator[str]:
    for kind, group in groupby(lines, key=_kind):
        if kind == "table":
            yield _table([line.strip() for line in group])
        elif kind == "item":
            yield listing(line.replace(_ITEM, "").strip() for line in group)
        else:
            yield from map(_paragraph, group)


def _kind(line: str) -> str:
    if _ITEM in line and not _OUTLINE.search(line):
        return "item"
    # striprtf ends each cell of a table with a bar.
    return "table" if line.count("|") > 1 and line.rstrip().endswith("|") else "text"


def _paragraph(line: str) -> str:
    outline = _OUTLINE.search(line)
    text = _OUTLINE.sub("", line).replace(_ITEM, "").strip()
    if not text:
        return ""
    if outline:
        return heading(int(outline[1]) + 1, text)
    return f"<p>{escape(text, quote=False)}</p>"


def _table(lines: list[str]) -> str:
    rows = (
        "".join(f"<td>{escape(cell.strip(), quote=False)}</td>" for cell in line[:-1].split("|"))
        for line in lines
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
