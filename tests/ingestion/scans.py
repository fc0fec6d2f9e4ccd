"""Scanned documents: what fpdf2 writes, drawn as pictures and put into a PDF without text."""

import io
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from indexes.types import PageImage
from ingestion.ocr import LANGUAGES, Tesseract
from ingestion.pdf import render_pages

FONTS = Path("/usr/share/fonts")
LATIN = FONTS / "truetype" / "dejavu" / "DejaVuSerif.ttf"
CHINESE = FONTS / "opentype" / "noto" / "NotoSansCJK-Regular.ttc"


def typeset(*pages: str, font: Path = LATIN, size: int = 14) -> bytes:
    """A PDF with text, one page for each string; an empty one is blank."""
    if not font.is_file():
        pytest.skip(f"{font} is not there to write with")
    document = FPDF(unit="pt", format=(420, 298))  # A6 across
    document.add_font("written", fname=font)
    document.set_font("written", size=size)
    for text in pages:
        document.add_page()
        if text:
            document.multi_cell(0, size * 1.5, text)
    return bytes(document.output())


def picture(text: str, font: Path = LATIN) -> PageImage:
    """A page of text as it looks at 300 dpi."""
    (page,) = render_pages(typeset(text, font=font), "typeset.pdf", [1], 300)
    return page


def scan(*pages: str) -> bytes:
    """A PDF of pictures of text; a page that begins with "=" stays text, what follows."""
    document = FPDF(unit="pt", format=(420, 298))
    document.set_font("helvetica", size=14)
    for text in pages:
        document.add_page()
        if text.startswith("="):
            document.multi_cell(0, 20, text[1:])
            continue
        page = picture(text)
        image = Image.frombytes("RGB", (page.width, page.height), page.pixels)
        held = io.BytesIO()
        image.save(held, "PNG")
        document.image(held, 0, 0, 420, 298)
    return bytes(document.output())


def tesseract(*languages: str) -> Tesseract:
    """The program, if it is here and reads ``languages``; otherwise the test is skipped."""
    found = Tesseract.find(languages or LANGUAGES)
    if found is None:
        pytest.skip("Tesseract is not installed")
    if found.missing:
        pytest.skip(f"Tesseract lacks {', '.join(found.missing)}")
    return found
