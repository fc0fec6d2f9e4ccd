"""GET /documents...: what a caller may see, listed, described, as text and as pages."""

from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import PlainTextResponse

from indexes.types import Box, Filters
from service.api.dependencies import TheCaller, TheService
from service.api.limits import check_passage
from service.api.related import Related
from service.api.replies import DocumentReply, ListingReply, OneDocumentReply
from service.api.schemas import LARGEST_PAGE, ListingRequest, MarkRequest
from service.errors import UnknownPage

router = APIRouter()

_SNAPSHOT = "X-Footnote-Snapshot"
_PNG = "image/png"
_PICTURED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page, with the passage marked",
        "content": {_PNG: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The picture that the caller has is still the right one"},
}
# For the caller's eyes alone, and asked for again each time: a permission can be withdrawn.
_KEPT = "private, no-cache"


@router.get("/documents")
def list_documents(
    query: Annotated[ListingRequest, Query()], service: TheService, caller: TheCaller
) -> ListingReply:
    """The documents of a collection, in order of source and path."""
    index = service.collections.get(query.collection)
    filters = Filters(path_prefix=query.path_prefix)
    found = index.catalog.documents(caller.scope, filters, query.offset, query.limit)
    related = Related(index.catalog, caller.scope)
    return ListingReply(
        documents=[DocumentReply.of(info, related) for info in found],
        total=index.catalog.count(caller.scope, filters),
        snapshot=index.snapshot_id,
    )


@router.get("/documents/{document_id}")
def get_document(document_id: str, service: TheService, caller: TheCaller) -> OneDocumentReply:
    """One document, without its text."""
    index, document = service.collections.document(document_id, caller.scope)
    related = Related(index.catalog, caller.scope)
    return OneDocumentReply.whole(document, index.snapshot_id, related)


@router.get("/documents/{document_id}/text", response_class=PlainTextResponse)
def get_text(document_id: str, service: TheService, caller: TheCaller) -> PlainTextResponse:
    """The document's canonical text, which all offsets count in; the snapshot is in a header."""
    index, document = service.collections.document(document_id, caller.scope)
    return PlainTextResponse(document.text, headers={_SNAPSHOT: index.snapshot_id})


@router.get(
    "/documents/{document_id}/pages/{number}.png", response_class=Response, responses=_PICTURED
)
def get_page(
    document_id: str,
    number: Annotated[int, Path(ge=1, le=LARGEST_PAGE)],
    query: Annotated[MarkRequest, Query()],
    service: TheService,
    caller: TheCaller,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The picture of a page, and on it the boxes of the passage from ``start`` to ``end``."""
    index, document = service.collections.document(document_id, caller.scope)
    passage = check_passage(query.start, query.end, len(document.text))
    boxes = document.boxes(*passage) if passage else ()
    headers = {
        "Cache-Control": _KEPT,
        "ETag": _tag(document.info.content_hash, number, passage, boxes),
        _SNAPSHOT: index.snapshot_id,
    }
    unchanged = _names(if_none_match, headers["ETag"])
    picture = service.collections.pictures(document.info.collection).page(
        document.info.content_hash, number, () if unchanged else boxes
    )
    if picture is None:
        raise UnknownPage(
            f"no picture of page {number} of the document {document_id!r} is stored; "
            f"its text is at /documents/{document_id}/text"
        )
    if unchanged:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(picture, media_type=_PNG, headers=headers)


def _tag(
    content_hash: str, number: int, passage: tuple[int, int] | None, boxes: tuple[Box, ...]
) -> str:
    """What a picture shows, whichever snapshot it came from.

    Weak (RFC 9110, 8.8.1): a page that is drawn again may differ in its bytes.
    """
    shown = sha256(repr((content_hash, number, passage, boxes)).encode()).hexdigest()
    return f'W/"{shown[:32]}"'


def _names(if_none_match: str, tag: str) -> bool:
    """Whether the header lists ``tag``, compared weakly (RFC 9110, 13.1.2)."""
    given = {entry.strip().removeprefix("W/") for entry in if_none_match.split(",")}
    return "*" in given or tag.removeprefix("W/") in given
