"""The tools of the Model Context Protocol: search and fetch as ChatGPT wants them, and ask."""

from collections.abc import Sequence
from typing import Any

from indexes.types import Document, Hit
from service.answering.types import Answer
from service.dialects.footnotes import footnote
from service.dialects.links import Links, title
from service.dialects.marking import marked


def found(hits: Sequence[Hit], links: Links) -> dict[str, Any]:
    """The documents of the hits, each once, at its best passage."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.document.id, hit)
    return {
        "results": [
            {
                "id": hit.document.id,
                "title": title(hit.document),
                "url": links.passage(
                    hit.document.id, hit.chunk.start, hit.chunk.end, hit.chunk.page
                ),
            }
            for hit in best.values()
        ]
    }


def fetched(document: Document, snapshot: str, links: Links) -> dict[str, Any]:
    """A whole document; every value of its metadata is a string."""
    info = document.info
    known = {
        "collection": info.collection,
        "path": info.path,
        "uri": info.uri,
        "type": info.type,
        "language": info.language,
        "updated_at": info.dated,
        "snapshot": snapshot,
    }
    return {
        "id": info.id,
        "title": title(info),
        "text": document.text,
        "url": links.passage(info.id),
        "metadata": {name: value for name, value in known.items() if value},
    }


def answered(answer: Answer, request_id: str, links: Links) -> dict[str, Any]:
    """An answer with inline marks and its footnotes, or why there is none."""
    return {
        "answer": marked(answer).content,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "citations": [footnote(citation, links) for citation in answer.citations],
        "snapshot": answer.snapshot,
        "request_id": request_id,
    }
