"""Evidence as a search would have found it."""

from indexes.types import Chunk, DocumentInfo, Hit
from service.answering.types import Evidence


def passage(
    text: str,
    number: int = 1,
    *,
    uri: str = "file:///wiki/a.md",
    title: str = "",
    section: str = "",
) -> Evidence:
    document = DocumentInfo(
        id=f"{number:032d}",
        collection="c",
        source="s",
        path="a.md",
        uri=uri,
        title=title,
        type="md",
        language="en",
        content_hash="",
        updated_at=None,
        groups=frozenset({"*"}),
    )
    chunk = Chunk(
        id=f"{number:032d}-00000",
        document_id=document.id,
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        page=None,
        section=(section,) if section else (),
    )
    return Evidence(number, text, 0, len(text), (Hit(1, 1.0, chunk, document),))
