"""The UI message stream of Vercel's AI SDK: text, its sources, and where each mark stands.

Offsets count UTF-16 units, as JavaScript's strings do. Keys of our own stand only under
``providerMetadata``, in data parts and in the message's metadata: the SDK's version 5 refuses a
part with any other.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from service.answering.types import Answer, Citation, Event
from service.dialects.footnotes import KEY, extension, footnote
from service.dialects.links import Links, file_name, title
from service.dialects.marking import Mark, Piece, pieces

HEADERS = {"x-vercel-ai-ui-message-stream": "v1"}
_TEXT = "answer"
_LAST_OF_BASIC_PLANE = "\uffff"
_MEDIA_TYPES = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "htm": "text/html",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "msg": "application/vnd.ms-outlook",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rst": "text/x-rst",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}
_ANY_MEDIA = "application/octet-stream"


def parts(events: Iterable[Event], request_id: str, links: Links) -> Iterator[dict[str, Any]]:
    """Every part of the stream, up to `finish`; what ends the stream itself is not JSON."""
    seen: set[str] = set()
    number = 0
    units = 0
    yield {"type": "start", "messageId": f"msg-{request_id}"}
    yield {"type": "text-start", "id": _TEXT}
    for told in pieces(events):
        match told:
            case Piece():
                yield {"type": "text-delta", "id": _TEXT, "delta": told.text}
                for citation in told.introduced:
                    yield from _sources(citation, seen, links)
                for mark in told.marks:
                    number += 1
                    before = told.text[: mark.start - told.start]
                    yield _citation(mark, number, units + utf16_units(before), links)
                units += utf16_units(told.text)
            case Answer():
                yield {"type": "text-end", "id": _TEXT}
                metadata = {KEY: extension(told, request_id, links)}
                yield {"type": "finish", "finishReason": "stop", "messageMetadata": metadata}


def failure(message: str) -> dict[str, Any]:
    """What ends a stream that cannot go on."""
    return {"type": "error", "errorText": message}


def utf16_units(text: str) -> int:
    """How long ``text`` is for JavaScript: two for a character outside the basic plane."""
    return len(text) + sum(character > _LAST_OF_BASIC_PLANE for character in text)


def _sources(citation: Citation, seen: set[str], links: Links) -> Iterator[dict[str, Any]]:
    """The footnote as a page that opens at the quote, and its document when it is new."""
    document = citation.document
    yield {
        "type": "source-url",
        "sourceId": _source_id(citation),
        "url": links.citation(citation),
        "title": title(document),
        "providerMetadata": {KEY: footnote(citation, links)},
    }
    if document.id not in seen:
        seen.add(document.id)
        yield {
            "type": "source-document",
            "sourceId": document.id,
            "mediaType": _MEDIA_TYPES.get(document.type, _ANY_MEDIA),
            "title": title(document),
            "filename": file_name(document),
            "providerMetadata": {KEY: {"document_id": document.id, "path": document.path}},
        }


def _citation(mark: Mark, number: int, start: int, links: Links) -> dict[str, Any]:
    """A mark, in the words of the SDK's own citations, and the quote it stands for.

    ``documentStart`` and ``documentEnd`` are code points of the document's text, as everywhere.
    """
    citation = mark.citation
    return {
        "type": "data-citation",
        "id": f"citation-{number}",
        "data": {
            "sourceId": _source_id(citation),
            "label": citation.label,
            "startIndex": start,
            "endIndex": start + utf16_units(mark.text),
            "citedText": citation.quote,
            "title": title(citation.document),
            "url": links.citation(citation),
            "documentId": citation.document.id,
            "documentStart": citation.start,
            "documentEnd": citation.end,
            "page": citation.page,
        },
    }


def _source_id(citation: Citation) -> str:
    return f"footnote-{citation.label}"
