"""Dify's external knowledge base: passages as its records."""

from collections.abc import Iterable, Sequence
from typing import Any

from indexes.types import DocumentInfo, Hit
from service.dialects.dify_conditions import Conditions
from service.dialects.links import Links, title


def records(
    hits: Iterable[Hit], wanted: int, threshold: float, conditions: Conditions, links: Links
) -> list[dict[str, Any]]:
    """The first ``wanted`` hits that reach ``threshold`` and meet ``conditions``, best first."""
    made = (_record(hit, links) for hit in hits)
    kept = [
        record
        for record in made
        if record["score"] >= threshold and conditions.met_by(record["metadata"])
    ]
    return kept[:wanted]


def reply(kept: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body of a response."""
    return {"records": list(kept)}


def score(hit: Hit) -> float:
    """The score of a hit of a hybrid search, cut to 0..1.

    It is a weighted mean of features between 0 and 1 (indexes/ranker.py). Only what the ranking
    did not look at again, or moved behind other documents, can fall below 0, and only another
    reranker's can exceed 1. The order never changes. It says how a passage compares with the
    others that were found for this query, not how probably it answers.
    """
    return min(1.0, max(0.0, hit.score))


def _record(hit: Hit, links: Links) -> dict[str, Any]:
    return {
        "content": hit.chunk.text,
        "score": score(hit),
        "title": title(hit.document),
        "metadata": _metadata(hit, links),
    }


def _metadata(hit: Hit, links: Links) -> dict[str, Any]:
    """What is known of a passage, without what is not: Dify cannot take a null for the whole."""
    chunk = hit.chunk
    known = _described(hit.document) | {
        "chunk_id": chunk.id,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "section": " › ".join(chunk.section),
        "url": links.passage(hit.document.id, chunk.start, chunk.end, chunk.page),
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def _described(document: DocumentInfo) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "title": title(document),
        "path": document.path,
        "uri": document.uri,
        "source": document.source,
        "type": document.type,
        "language": document.language,
        "updated_at": document.dated,
        "tags": ", ".join(document.tags),
        "authors": ", ".join(document.authors),
    }
