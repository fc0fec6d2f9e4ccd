"""What of a chunk is embedded and indexed: its words under a header that says where it stands."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from indexes.types import DocumentInfo

# A header tells the topic; one longer than this (in characters) would crowd out the passage.
_HEADER_CHARS = 160


def header(document: DocumentInfo, section: Sequence[str]) -> str:
    """The document's title and the chunk's last two headings, each said once, cut to size.

    A title that only repeats the file's name is left out: a renamed file says nothing new, so its
    vectors stay as they are.
    """
    named_after_file = document.title == PurePosixPath(document.path).stem
    parts = [] if named_after_file else [document.title]
    distinct = list(dict.fromkeys(part for part in [*parts, *section[-2:]] if part))
    return "\n".join(distinct)[:_HEADER_CHARS]


def passage(document: DocumentInfo, section: Sequence[str], text: str) -> str:
    """The text that both legs of the search read for one chunk."""
    heading = header(document, section)
    return f"{heading}\n{text}" if heading else text
