"""Evidence as a search would have found it."""

from indexes.types import Hit
from service.answering.types import Evidence
from tests.indexes.documents import make_document, make_entry


def passage(
    text: str,
    number: int = 1,
    *,
    uri: str = "file:///wiki/a.md",
    title: str = "",
    section: str = "",
) -> Evidence:
    document = make_document(f"{number}.md", text, uri=uri, title=title)
    _, chunks = make_entry(document, (section,) if section else ())
    return Evidence(number, text, 0, len(text), (Hit(1, 1.0, chunks[0], document.info),))
