"""GET /documents...: what a caller may see, listed, described, as text and as pages."""

from typing import Annotated, NoReturn

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from indexes.types import Filters
from service.api.dependencies import TheCaller, TheService
from service.api.replies import DocumentReply, ListingReply, OneDocumentReply
from service.api.schemas import ListingRequest
from service.errors import UnknownPage

router = APIRouter()


@router.get("/documents")
def list_documents(
    query: Annotated[ListingRequest, Query()], service: TheService, caller: TheCaller
) -> ListingReply:
    """The documents of a collection, in order of source and path."""
    index = service.collections.get(query.collection)
    filters = Filters(path_prefix=query.path_prefix)
    found = index.catalog.documents(caller.scope, filters, query.offset, query.limit)
    return ListingReply(
        documents=[DocumentReply.of(info) for info in found],
        total=index.catalog.count(caller.scope, filters),
        snapshot=index.snapshot_id,
    )


@router.get("/documents/{document_id}")
def get_document(document_id: str, service: TheService, caller: TheCaller) -> OneDocumentReply:
    """One document, without its text."""
    index, document = service.collections.document(document_id, caller.scope)
    return OneDocumentReply.whole(document.info, len(document.text), index.snapshot_id)


@router.get("/documents/{document_id}/text", response_class=PlainTextResponse)
def get_text(document_id: str, service: TheService, caller: TheCaller) -> PlainTextResponse:
    """The document's canonical text, which all offsets count in; the snapshot is in a header."""
    index, document = service.collections.document(document_id, caller.scope)
    return PlainTextResponse(document.text, headers={"X-Footnote-Snapshot": index.snapshot_id})


@router.get("/documents/{document_id}/pages/{number:int}.png", response_model=None)
def get_page(document_id: str, number: int, service: TheService, caller: TheCaller) -> NoReturn:
    """The image of a page, where the snapshot holds one."""
    service.collections.document(document_id, caller.scope)
    raise UnknownPage(
        f"no image of page {number} of the document {document_id!r} is stored; "
        f"its text is at /documents/{document_id}/text"
    )
