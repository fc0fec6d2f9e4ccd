"""What callers get back, answers apart: passages, documents, states and problems."""

from typing import Any

from pydantic import BaseModel

from indexes.search import SearchResult
from indexes.types import DocumentInfo, Hit


class PassageReply(BaseModel):
    """A passage that was found, and the document it stands in."""

    score: float
    document_id: str
    chunk_id: str
    title: str
    uri: str
    path: str
    page: int | None
    section: list[str]
    text: str
    start: int
    end: int


class HitReply(PassageReply):
    """A passage with its rank from 1, and the raw score of each leg that was asked."""

    rank: int
    legs: dict[str, float]


class SearchReply(BaseModel):
    """Passages, best first."""

    hits: list[HitReply]
    snapshot: str

    @classmethod
    def of(cls, result: SearchResult, snapshot: str) -> "SearchReply":
        """A result as it is sent."""
        hits = [
            HitReply(rank=hit.rank, legs=dict(hit.legs), **passage_fields(hit))
            for hit in result.hits
        ]
        return cls(hits=hits, snapshot=snapshot)


class DocumentReply(BaseModel):
    """A document without its text. Who else may see it is not told."""

    document_id: str
    collection: str
    source: str
    path: str
    uri: str
    title: str
    type: str
    language: str
    updated_at: str | None
    tags: list[str]

    @classmethod
    def of(cls, info: DocumentInfo) -> "DocumentReply":
        """A document as a listing shows it."""
        return cls(**_listed(info))


class OneDocumentReply(DocumentReply):
    """A document, how long its text is in code points, and the snapshot it came from."""

    characters: int
    snapshot: str

    @classmethod
    def whole(cls, info: DocumentInfo, characters: int, snapshot: str) -> "OneDocumentReply":
        """A document as it is shown alone."""
        return cls(characters=characters, snapshot=snapshot, **_listed(info))


class ListingReply(BaseModel):
    """A page of documents in order of source and path, and how many there are in all."""

    documents: list[DocumentReply]
    total: int
    snapshot: str


class FeedbackReply(BaseModel):
    """That it was stored, and whether the answer it is about was still remembered."""

    request_id: str
    answer_known: bool


class StateReply(BaseModel):
    """That the process lives, or that it can answer."""

    status: str


def passage_fields(hit: Hit) -> dict[str, Any]:
    """The fields of a PassageReply."""
    return {
        "score": hit.score,
        "document_id": hit.document.id,
        "chunk_id": hit.chunk.id,
        "title": hit.document.title,
        "uri": hit.document.uri,
        "path": hit.document.path,
        "page": hit.chunk.page,
        "section": list(hit.chunk.section),
        "text": hit.chunk.text,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
    }


def _listed(info: DocumentInfo) -> dict[str, Any]:
    return {
        "document_id": info.id,
        "collection": info.collection,
        "source": info.source,
        "path": info.path,
        "uri": info.uri,
        "title": info.title,
        "type": info.type,
        "language": info.language,
        "updated_at": info.updated_at,
        "tags": list(info.tags),
    }
