"""PDFs for tests to read: how a sheet is begun, filled and finished."""

import io

from fpdf import FPDF

from indexes.types import Box
from ingestion.types import Element, Kind, Parsed

PAGE = (595.28, 841.89)  # A4 in points
PROSE = (
    "Every employee is entitled to twenty-five days of paid leave in a calendar year, which may "
    "be taken in one part or in several, provided that the work of the others is not held up. "
)


def sheet() -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_font("Helvetica", size=11)
    return pdf


def finished(pdf: FPDF) -> bytes:
    return bytes(pdf.output())


def wrapped(pdf: FPDF, width: float, text: str) -> list[str]:
    lines = pdf.multi_cell(width, 14, text, dry_run=True, output="LINES")
    assert isinstance(lines, list)
    return lines


def boxes(element: Element) -> list[Box]:
    found = [place.box for place in element.places]
    assert all(found)
    return [box for box in found if box]


def kinds_and_texts(parsed: Parsed) -> list[tuple[Kind, str]]:
    return [(element.kind, element.text) for element in parsed.elements]


def picture() -> io.BytesIO:
    # A portable pixmap; fpdf reads it with the imaging library that indexes.pages uses too.
    return io.BytesIO(b"P6 4 4 255 " + bytes(range(48)))
