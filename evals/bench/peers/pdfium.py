"""Raw text extraction by pdfium: the floor under every reader of PDF, and the judge of pages."""

from contextlib import closing

import pypdfium2

from indexes.errors import ParseError


def page_texts(content: bytes, path: str) -> list[str]:
    """The text of each page as pdfium gives it out; ParseError for a PDF that it cannot read."""
    try:
        with closing(pypdfium2.PdfDocument(content)) as document:
            return [_text(document, number) for number in range(len(document))]
    except pypdfium2.PdfiumError as exc:
        raise ParseError(f"pdfium cannot read {path} ({exc})") from exc


def _text(document: pypdfium2.PdfDocument, number: int) -> str:
    with closing(document[number]) as page, closing(page.get_textpage()) as textpage:
        text: str = textpage.get_text_range()
        return text
