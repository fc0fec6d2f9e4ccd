"""Markdown and HTML in any encoding to a page that unstructured reads without losing any of it."""

import codecs
import re
import unicodedata
from typing import Any

import charset_normalizer
import lxml.html
from lxml import etree
from markdown_it import MarkdownIt

from indexes.errors import ParseError

# UTF-32 stands first: its little-endian mark begins with that of UTF-16.
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BYTE_ORDER_MARKS = tuple(mark for mark, _ in _ENCODINGS)
_DECLARED_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_DECLARED_WITHIN = 2048  # bytes of a page in which its charset is looked for

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters but tab and line feed, soft hyphens, byte order marks, lone surrogates.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufeff\ud800-\udfff]")

_FRONT_MATTER = re.compile(
    r"\A\s*---[ \t]*\n(?=\s*[\w-]+[ \t]*:)(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_FRONT_MATTER_TITLE = re.compile(r"""^title[ \t]*:[ \t]*(["']?)(.+?)\1[ \t]*$""", re.MULTILINE)

# unstructured skips these as boilerplate; in a document they are content.
_SHOWN = {"details": "div", "figure": "div", "form": "div", "summary": "p", "label": "span"}
# A table that holds a table, or has one cell a row, lays out a page.
_LAYOUT_TABLE = "//table[.//table or not(.//tr[count(td | th) > 1])]"
_TABLE_PARTS = {"caption", "thead", "tbody", "tfoot", "tr", "td", "th"}


def decode(content: bytes, path: str, declared: str | None = None) -> str:
    """Text by its byte order mark, as UTF-8, as it declares, or by charset-normalizer's guess.

    Raises ParseError where it is in no known encoding.
    """
    marks = (name for mark, name in _ENCODINGS if content.startswith(mark))
    for encoding in (next(marks, None), "utf-8", declared):
        try:
            if encoding:
                return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    guess = charset_normalizer.from_bytes(content).best()
    if guess is None:
        raise ParseError(f"{path} is text in no known encoding; save it as UTF-8")
    return str(guess)


def clean(text: str, *, code: bool = False) -> str:
    """NFC without control characters; surrounding white space goes, but a code block's indent."""
    text = _UNPRINTABLE.sub("", _LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", text)))
    return text.strip("\n").rstrip() if code else text.strip()


def from_markdown(content: bytes, path: str) -> tuple[str, str]:
    """The title that the front matter of a Markdown file states, or "", and the rest as a page."""
    text = clean(decode(content, path))
    title = ""
    if matter := _FRONT_MATTER.match(text):
        text = text[matter.end() :]
        if stated := _FRONT_MATTER_TITLE.search(matter[1]):
            title = stated[2]
    # unstructured's own Markdown renderer merges lists into paragraphs and breaks indented code.
    markup = MarkdownIt("commonmark").enable("table").render(text)
    return title, _shown(markup)[1]


def from_html(content: bytes, path: str) -> tuple[str, str]:
    """The title that an HTML file states, or "", and the page."""
    declared = _DECLARED_CHARSET.search(content[:_DECLARED_WITHIN])
    return _shown(clean(decode(content, path, declared[1].decode("ascii") if declared else None)))


def _shown(markup: str) -> tuple[str, str]:
    """A page's title, and the page with what unstructured would lose written so that it stays."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    if not markup.strip():
        return "", ""
    page = lxml.html.document_fromstring(markup.encode(), parser=parser)
    for node in page.iter(*_SHOWN):
        node.tag = _SHOWN[node.tag]
    for table in page.xpath(_LAYOUT_TABLE):
        for part in [table, *_own_parts(table)]:
            part.tag = "div"
    for cell in page.iter("td", "th"):
        _flatten(cell)
    for ordered in page.iter("ol"):
        _number(ordered)
    title = page.findtext(".//title") or ""
    return title, etree.tostring(page, encoding="unicode", method="html")


def _own_parts(table: Any) -> list[Any]:
    return [
        part
        for part in table.iter(*_TABLE_PARTS)
        if next(part.iterancestors("table"), None) is table
    ]


def _flatten(cell: Any) -> None:
    """Leave a cell only its text: unstructured would put a space around each inline tag."""
    for node in cell.iter("br", "p", "div", "li", "pre"):
        node.tail = f" {node.tail or ''}"
    text = " ".join(cell.text_content().split())
    del cell[:]
    cell.text = text


def _number(ordered: Any) -> None:
    """Write an ordered list's numbers, which readers refer to, in front of its items."""
    start = ordered.get("start", "")
    number = int(start) if re.fullmatch(r"-?\d{1,9}", start) else 1
    for item in ordered.iterchildren("li"):
        inner = (
            item[0] if len(item) and item[0].tag == "p" and not (item.text or "").strip() else item
        )
        inner.text = f"{number}. {(inner.text or '').lstrip()}"
        number += 1
