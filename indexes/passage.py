"""What of a chunk is embedded and indexed: its words under a header that says where it stands."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from indexes.types import DocumentInfo

# A header tells the topic; one longer than this (in characters) would crowd out the passage.
_HEADER_CHARS = 160


def header(document: DocumentInfo, section: Sequence[str]) -> str:
    """The document's title and the chunk's last two headings, each said once, cut to size."""
    parts = [telling_title(document), *section[-2:]]
    distinct = list(dict.fromkeys(part for part in parts if part))
    return "\n".join(distinct)[:_HEADER_CHARS]


def telling_title(document: DocumentInfo) -> str:
    """The title, or nothing where it only repeats the file's name.

    A renamed file says nothing new, so its vectors stay as they are.
    """
    return "" if document.title == PurePosixPath(document.path).stem else document.title


def passage(document: DocumentInfo, section: Sequence[str], text: str) -> str:
    """The text that both legs of the search read for one chunk."""
    heading = header(document, section)
    return f"{heading}\n{text}" if heading else text
