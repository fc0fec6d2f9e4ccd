"""What callers get back, answers apart: passages, documents, states and problems."""

from typing import Any

from pydantic import BaseModel, Field

from indexes.search import SearchResult
from indexes.types import Document, DocumentInfo, Hit
from service.api.related import Related, RelatedReply


def is_none(value: object) -> bool:
    """Which fields are left out rather than sent as null."""
    return value is None


class SourceReply(BaseModel):
    """What a reader should know of the document that is cited or was found.

    ``updated_at`` is the document's own date where it states one. ``stale`` says that this is the
    last version that could be read of a file that now cannot. ``duplicates`` say nearly the same.
    """

    updated_at: str | None
    stale: bool
    duplicates: list[RelatedReply]
    attached_to: RelatedReply | None = Field(None, exclude_if=is_none)


class PassageReply(SourceReply):
    """A passage that was found, and the document it stands in.

    ``cells`` are those it fills of a spreadsheet or of a table.
    """

    score: float
    document_id: str
    chunk_id: str
    title: str
    uri: str
    path: str
    page: int | None
    cells: list[str]
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
    def of(cls, result: SearchResult, snapshot: str, related: Related) -> "SearchReply":
        """A result as it is sent."""
        hits = [
            HitReply(rank=hit.rank, legs=dict(hit.legs), **passage_fields(hit, related))
            for hit in result.hits
        ]
        return cls(hits=hits, snapshot=snapshot)


class DocumentReply(BaseModel):
    """A document without its text. Who else may see it is not told.

    ``updated_at`` is what the source says of its last change, ``written_at`` what the document
    says itself; ``pages`` counts the pictures of its pages; ``parent`` is the id of the mail that
    it is attached to, if the caller may see that.
    """

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
    authors: list[str]
    written_at: str | None
    pages: int
    parent: str | None
    stale: bool

    @classmethod
    def of(cls, info: DocumentInfo, related: Related) -> "DocumentReply":
        """A document as a listing shows it."""
        return cls(**_listed(info, related))


class OneDocumentReply(DocumentReply):
    """A document, how long its text is in code points, what is around it, and its snapshot."""

    characters: int
    duplicates: list[RelatedReply]
    attached_to: RelatedReply | None = Field(None, exclude_if=is_none)
    snapshot: str

    @classmethod
    def whole(cls, document: Document, snapshot: str, related: Related) -> "OneDocumentReply":
        """A document as it is shown alone."""
        info = document.info
        return cls(
            characters=len(document.text),
            duplicates=related.duplicates(info),
            attached_to=related.attached_to(info),
            snapshot=snapshot,
            **_listed(info, related),
        )


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


def source_fields(info: DocumentInfo, related: Related) -> dict[str, Any]:
    """The fields of a SourceReply."""
    return {
        "updated_at": info.dated or None,
        "stale": info.stale,
        "duplicates": related.duplicates(info),
        "attached_to": related.attached_to(info),
    }


def passage_fields(hit: Hit, related: Related) -> dict[str, Any]:
    """The fields of a PassageReply."""
    return {
        **source_fields(hit.document, related),
        "score": hit.score,
        "document_id": hit.document.id,
        "chunk_id": hit.chunk.id,
        "title": hit.document.title,
        "uri": hit.document.uri,
        "path": hit.document.path,
        "page": hit.chunk.page,
        "cells": related.cells(hit),
        "section": list(hit.chunk.section),
        "text": hit.chunk.text,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
    }


def _listed(info: DocumentInfo, related: Related) -> dict[str, Any]:
    mail = related.attached_to(info)
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
        "authors": list(info.authors),
        "written_at": info.written_at,
        "pages": info.pages,
        "parent": mail.document_id if mail else None,
        "stale": info.stale,
    }
