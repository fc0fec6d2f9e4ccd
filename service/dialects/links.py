"""How a document is named to readers elsewhere, and the address that opens it at a passage."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlencode

from indexes.types import DocumentInfo
from service.answering.types import Citation


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses under ``base``, the public address of the service's page, without a final slash."""

    base: str

    def passage(
        self, document_id: str, start: int = 0, end: int = 0, page: int | None = None
    ) -> str:
        """What opens a document at ``start`` to ``end`` of its text; see service/web/links.js."""
        place: dict[str, str | int] = {"source": document_id, "start": start, "end": end}
        if page is not None:
            place["page"] = page
        return f"{self.base}/#{urlencode(place)}"

    def citation(self, citation: Citation) -> str:
        """What opens the cited document at the quote."""
        return self.passage(citation.document.id, citation.start, citation.end, citation.page)


def title(document: DocumentInfo) -> str:
    """The document's title on one line, or the name of its file where it has none."""
    return " ".join(document.title.split()) or file_name(document)


def file_name(document: DocumentInfo) -> str:
    """The last part of its path."""
    return PurePosixPath(document.path).name or document.path
