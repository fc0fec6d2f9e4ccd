"""A Page: what most formats become before it is read, and how text is written into one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from ingestion.types import Attachment

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Page:
    """A document as simple HTML, without scripts, and what it states of itself (as ``Parsed``)."""

    markup: str
    title: str = ""
    authors: tuple[str, ...] = ()
    written_at: str | None = None
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[str, ...] = ()


def paragraphs(text: str) -> str:
    """Plain text as paragraphs, which blank lines part."""
    blocks = (block.strip() for block in _PARAGRAPHS.split(text))
    return "".join(f"<p>{escape(block, quote=False)}</p>" for block in blocks if block)


def heading(level: int, text: str) -> str:
    """A heading; HTML has levels 1 to 6."""
    level = min(max(level, 1), 6)
    return f"<h{level}>{escape(text, quote=False)}</h{level}>"


def listing(items: Iterable[str]) -> str:
    """Plain texts as an unordered list."""
    inner = "".join(f"<li>{escape(item, quote=False)}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def code(text: str) -> str:
    """A block of code, to the character."""
    return f"<pre>\n{escape(text, quote=False)}</pre>"
