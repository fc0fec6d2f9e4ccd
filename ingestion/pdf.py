"""PDF bytes to pages of spans, and to pictures, through pypdfium2."""

import logging
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pypdfium2
from pypdfium2 import raw

from indexes.errors import ParseError
from indexes.types import PageImage
from ingestion.layout.elements import elements_of
from ingestion.layout.furniture import without_furniture
from ingestion.layout.spans import PageContent
from ingestion.pdf_page import PageReader
from ingestion.types import Attachment, Parsed

MOST_PIXELS = 40_000_000  # of one picture: an A0 poster at 150 dpi; 120 MB as RGB
POINTS = 72  # an inch

_NEEDS_PASSWORD = {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?)?")


def read_pdf(content: bytes, path: str) -> Parsed:
    """The text of a PDF in reading order, each line with its page and box in points.

    Pages without text that show something are ``scanned``; pages that cannot be read are
    remarked. Raises ParseError for a PDF that is damaged, asks for a password, holds neither
    text nor pictures, or has no page that can be read.
    """
    with closing(_open(content, path)) as document:
        pages, unreadable = _pages(document)
        if not pages:
            raise ParseError(f"{path} has no page that can be read; repair it or export it again")
        pages = without_furniture(pages)
        elements = elements_of(pages)
        scanned = tuple(
            page.number for page in pages if page.visible and not page.spans and not page.turned
        )
        attachments = tuple(_attachments(document))
        if not elements and not scanned and not attachments:
            raise ParseError(f"{path} holds no text")
        stated = document.get_metadata_dict()
        return Parsed(
            title=stated["Title"],
            elements=elements,
            authors=(stated["Author"].strip(),) if stated["Author"].strip() else (),
            written_at=_timestamp(stated["ModDate"]) or _timestamp(stated["CreationDate"]),
            pages=len(document),
            scanned=scanned,
            attachments=attachments,
            remarks=(_unread(unreadable),) if unreadable else (),
        )


def render_pages(content: bytes, path: str, pages: Sequence[int], dpi: int) -> Iterator[PageImage]:
    """The pages (from 1) as pictures, one at a time; a vast page at a lower resolution than asked.

    Raises ParseError where a page is not there or cannot be drawn.
    """
    with closing(_open(content, path)) as document:
        _fill_forms(document)
        for number in pages:
            if not 1 <= number <= len(document):
                raise ParseError(f"{path} has no page {number}; it has {len(document)}")
            try:
                with closing(document[number - 1]) as page:
                    image = _picture(page, path, number, dpi)
            except pypdfium2.PdfiumError as exc:
                raise ParseError(
                    f"page {number} of {path} cannot be drawn ({exc}); repair the file"
                ) from exc
            yield image


def _picture(page: pypdfium2.PdfPage, path: str, number: int, dpi: int) -> PageImage:
    width, height = page.get_size()
    inches = max(width, 1.0) * max(height, 1.0) / POINTS**2
    dpi = min(dpi, math.floor(math.sqrt(MOST_PIXELS / inches)))
    if dpi < 1:
        raise ParseError(f"page {number} of {path} is too large to draw ({width} x {height} pt)")
    with closing(page.render(scale=dpi / POINTS, rev_byteorder=True)) as bitmap:
        rows = np.frombuffer(bitmap.buffer, np.uint8).reshape(bitmap.height, bitmap.stride)
        pixels = rows[:, : 3 * bitmap.width].tobytes()
        return PageImage(number, bitmap.width, bitmap.height, dpi, pixels)


def _open(content: bytes, path: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as exc:
        if exc.err_code in _NEEDS_PASSWORD:
            raise ParseError(
                f"{path} is encrypted (password-protected); save it unprotected"
            ) from exc
        raise ParseError(f"{path} is not a readable PDF (it is damaged); export it again") from exc


def _pages(document: pypdfium2.PdfDocument) -> tuple[list[PageContent], list[int]]:
    """What the pages show, and the numbers of those that cannot be read."""
    forms = _fill_forms(document)
    pages, unreadable = [], []
    for index in range(len(document)):
        try:
            with closing(document[index]) as page, closing(page.get_textpage()) as textpage:
                pages.append(PageReader(page, textpage).read(index + 1, forms=forms))
        except pypdfium2.PdfiumError:
            unreadable.append(index + 1)
    return pages, unreadable


# That a form cannot be filled in as its XFA says is no news: what its fields hold is read.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)


def _fill_forms(document: pypdfium2.PdfDocument) -> bool:
    """Make the values of form fields known, where the document has any that can be."""
    if document.get_formtype() == raw.FORMTYPE_NONE:
        return False
    try:
        document.init_forms()
    except pypdfium2.PdfiumError:
        return False
    return True


def _unread(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:10])) + (" and more" if len(numbers) > 10 else "")  # noqa: PLR2004
    return f"{len(numbers)} of its pages could not be read: page {listed}"


def _attachments(document: pypdfium2.PdfDocument) -> Iterator[Attachment]:
    for index in range(document.count_attachments()):
        try:
            attachment = document.get_attachment(index)
            yield Attachment(attachment.get_name(), bytes(attachment.get_data()))
        except pypdfium2.PdfiumError:
            continue  # one that is named but holds nothing


def _timestamp(stated: str) -> str | None:
    """A PDF date (ISO 32000-1, 7.9.4) as ISO 8601 in UTC, or None where it is none."""
    match = _DATE.match(stated.strip())
    if not match:
        return None
    *parts, sign, hours, minutes = match.groups()
    numbers = [
        int(part) if part else least for part, least in zip(parts, (1, 1, 1, 0, 0, 0), strict=True)
    ]
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-ahead if sign == "-" else ahead)
        moment = datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
