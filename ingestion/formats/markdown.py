"""Markdown to a Page; owns markdown_it."""

import re
from functools import cache

from markdown_it import MarkdownIt

from ingestion.formats.dates import stated
from ingestion.formats.front_matter import split_front_matter
from ingestion.formats.page import Page, heading
from ingestion.formats.text import clean, decode
from ingestion.formats.web import part_of

_DATES = ("updated", "last_updated", "modified", "lastmod", "last_modified_at", "date")
_QUOTES = "\"' "


def read_markdown(content: bytes, path: str) -> Page:
    """CommonMark with tables; the title, authors and date are those of its front matter."""
    said, text = split_front_matter(clean(decode(content, path)))
    title = said.get("title", "")
    markup = part_of(rendered(text))
    dates = (stated(said[name]) for name in _DATES if name in said)
    return Page(
        markup or (heading(1, title) if title else ""),
        title,
        tuple(_people(said.get("authors") or said.get("author") or "")),
        next(filter(None, dates), None),
    )


def rendered(text: str) -> str:
    """Markdown as HTML.

    unstructured's own renderer merges lists into paragraphs and breaks indented code.
    """
    return str(_renderer().render(text))


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _people(field: str) -> list[str]:
    """The names in a YAML text, flow list or block list."""
    names = (name.strip(_QUOTES + "-") for name in re.split(r"[,\n]", field.strip("[]")))
    return [name for name in names if name and ":" not in name]
