"""What a caller may know around a document: its copies, the mail it came with, its cells."""

from pydantic import BaseModel

from indexes.catalog import Catalog
from indexes.errors import UnknownDocument
from indexes.types import Document, DocumentInfo, Hit, Scope
from service.answering.masked import Hide, shown

# Copies that are named, the newest first: a form can be attached to a thousand mails.
MOST_COPIES = 20


class RelatedReply(BaseModel):
    """Another document that the caller may see."""

    document_id: str
    title: str
    path: str

    @classmethod
    def of(cls, info: DocumentInfo) -> "RelatedReply":
        """A document as others refer to it."""
        return cls(document_id=info.id, title=info.title, path=info.path)


class Related:
    """Looks around the documents of one reply, within ``scope``; each thing is looked up once.

    ``hide`` hides personal data in what is told, where the reply shows none.
    """

    def __init__(self, catalog: Catalog, scope: Scope, hide: Hide | None = None) -> None:
        self._catalog = catalog
        self._scope = scope
        self._hide = hide
        self._families: dict[str, list[DocumentInfo]] = {}
        self._documents: dict[str, Document | None] = {}

    def duplicates(self, info: DocumentInfo) -> list[RelatedReply]:
        """The newest of the other documents that say nearly the same."""
        if not info.family:
            return []
        if info.family not in self._families:
            self._families[info.family] = self._catalog.family(info.family, self._scope)
        others = [member for member in self._families[info.family] if member.id != info.id]
        return [self._reply(other) for other in others[:MOST_COPIES]]

    def attached_to(self, info: DocumentInfo) -> RelatedReply | None:
        """The mail that a document is attached to, if the caller may see that, too."""
        mail = self._document(info.parent) if info.parent else None
        return None if mail is None else self._reply(mail.info)

    def cells(self, hit: Hit) -> list[str]:
        """The cells that a passage fills; one with a page is found by that instead."""
        document = None if hit.chunk.page else self._document(hit.document.id)
        if document is None:
            return []
        cells = document.cells(hit.chunk.start, hit.chunk.end)
        if self._hide is None:
            return list(cells)
        return [self._hide(cell, document.info.language) for cell in cells]

    def _reply(self, info: DocumentInfo) -> RelatedReply:
        return RelatedReply.of(info if self._hide is None else shown(info, self._hide))

    def _document(self, document_id: str) -> Document | None:
        if document_id not in self._documents:
            try:
                document = self._catalog.document(document_id, self._scope)
            except UnknownDocument:
                document = None
            self._documents[document_id] = document
        return self._documents[document_id]
