"""PDFs made here, read back: pages, boxes, forms, scans, pictures of pages, and damage."""

import io
from datetime import UTC, datetime
from itertools import pairwise

import pypdfium2
import pytest
from fpdf import FPDF

from indexes.errors import ParseError
from indexes.types import Box
from ingestion.parse import FileParser
from ingestion.pdf import MOST_PIXELS, read_pdf, render_pages
from ingestion.types import Parsed
from tests.ingestion.sheets import (
    PAGE,
    boxes,
    finished,
    picture,
    sheet,
)


def handbook() -> bytes:
    pdf = sheet()
    for number, body in enumerate(
        ["Staff get twenty-five days a year. " * 12, "Call the doctor. " * 9], 1
    ):
        pdf.add_page()
        pdf.set_font("Helvetica", "B", 20)
        pdf.cell(0, 30, f"Part {number}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=11)
        pdf.multi_cell(0, 14, body.strip())
        pdf.ln(14)
        pdf.multi_cell(0, 14, f"The second paragraph of part {number}.")
    return finished(pdf)


def saved(document: pypdfium2.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def test_pages_paragraphs_and_headings() -> None:
    parsed = read_pdf(handbook(), "a.pdf")
    assert parsed.pages == 2
    assert [(element.kind.value, element.page, element.section) for element in parsed.elements] == [
        ("heading", 1, ("Part 1",)),
        ("text", 1, ("Part 1",)),
        ("text", 1, ("Part 1",)),
        ("heading", 2, ("Part 2",)),
        ("text", 2, ("Part 2",)),
        ("text", 2, ("Part 2",)),
    ]
    assert parsed.elements[1].text == ("Staff get twenty-five days a year. " * 12).strip()
    assert parsed.elements[5].text == "The second paragraph of part 2."


def test_every_line_has_its_place_in_the_text_and_on_the_page() -> None:
    for element in read_pdf(handbook(), "a.pdf").elements:
        lines = [element.text[place.start : place.end] for place in element.places]
        assert " ".join(lines) == element.text
        for above, below in pairwise(boxes(element)):
            assert 8 < below.top - above.top < 20
        for box in boxes(element):
            assert box.page == element.page
            assert 0 <= box.left < box.right <= PAGE[0]
            assert 0 <= box.top < box.bottom <= PAGE[1]


def test_a_box_is_where_the_text_was_put() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(100, 200, "Here it is")  # the baseline's left end, from the top left
    (element,) = read_pdf(finished(pdf), "a.pdf").elements
    (box,) = boxes(element)
    assert box.left == pytest.approx(100, abs=1.5)
    assert box.right == pytest.approx(100 + pdf.get_string_width("Here it is"), abs=1.5)
    assert box.top < 195
    assert 200 < box.bottom < 206
    assert box.bottom - box.top < 20


@pytest.mark.parametrize(
    ("turn", "left", "top"),
    [
        (0, 100, 200),
        (90, PAGE[1] - 200, 100),
        (180, PAGE[0] - 100, PAGE[1] - 200),
        (270, 200, PAGE[0] - 100),
    ],
)
def test_a_turned_page_has_its_boxes_where_they_are_seen(
    turn: int, left: float, top: float
) -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(100, 200, "H")
    document = pypdfium2.PdfDocument(finished(pdf))
    document[0].set_rotation(turn)
    (element,) = read_pdf(saved(document), "a.pdf").elements
    (box,) = boxes(element)
    assert box.left - 5 <= left <= box.right + 5
    assert box.top - 5 <= top <= box.bottom + 5


def test_boxes_count_from_the_corner_of_what_is_shown() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(100, 200, "Here")
    document = pypdfium2.PdfDocument(finished(pdf))
    document[0].set_cropbox(40, 50, 500, PAGE[1] - 30)
    (element,) = read_pdf(saved(document), "a.pdf").elements
    (box,) = boxes(element)
    assert box.left == pytest.approx(60, abs=1.5)
    assert box.top < 170 < box.bottom


def test_scanned_pages_are_named_and_blank_ones_are_not() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.image(picture(), x=0, y=0, w=PAGE[0], h=PAGE[1])
    pdf.add_page()
    pdf.add_page()
    pdf.text(50, 50, "Typed.")
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert (parsed.pages, parsed.scanned) == (3, (1,))
    assert [(element.page, element.text) for element in parsed.elements] == [(3, "Typed.")]


def test_a_scan_with_a_stamp_is_a_scan() -> None:
    pdf = sheet()
    for number in range(1, 4):
        pdf.add_page()
        pdf.image(picture(), x=50, y=100, w=400, h=500)
        pdf.text(50, 40, f"Received by the archive, {number}")
    pdf.add_page()
    pdf.text(50, 40, "Received by the archive, 4")
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert parsed.scanned == (1, 2, 3)
    assert [element.page for element in parsed.elements] == [4]


def test_a_pdf_of_scans_alone_is_no_failure_but_an_empty_one_is() -> None:
    pdf = sheet()
    for _ in range(2):
        pdf.add_page()
        pdf.image(picture(), x=50, y=50, w=300, h=300)
    assert read_pdf(finished(pdf), "a.pdf") == Parsed(
        "", (), written_at=_now(pdf), pages=2, scanned=(1, 2)
    )
    pdf = sheet()
    pdf.add_page()
    with pytest.raises(ParseError, match=r"a\.pdf holds no text"):
        read_pdf(finished(pdf), "a.pdf")


def _now(pdf: FPDF) -> str:
    return pdf.creation_date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_page_that_cannot_be_read_does_not_lose_the_others() -> None:
    pdf = sheet()
    for text in ("first", "second", "third"):
        pdf.add_page()
        pdf.text(50, 50, text)
    content = finished(pdf)
    second = content.index(b"/Type /Page\n", content.index(b"/Type /Page\n") + 5)
    broken = content[:second] + b"/Type /Pigs\n" + content[second + 12 :]
    parsed = read_pdf(broken, "a.pdf")
    assert [element.text for element in parsed.elements] == ["first", "third"]
    assert parsed.remarks == ("1 of its pages could not be read: page 2",)


def test_metadata() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(50, 50, "text")
    pdf.set_title("Leave")
    pdf.set_author("Ann Lee")
    pdf.set_creation_date(datetime.fromisoformat("2026-01-31T10:30:00+01:00"))
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert (parsed.title, parsed.authors) == ("Leave", ("Ann Lee",))
    assert parsed.written_at == "2026-01-31T09:30:00Z"


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (b"D:20260131093000Z", "2026-01-31T09:30:00Z"),
        (b"D:20260131093000-05'30'", "2026-01-31T15:00:00Z"),
        (b"D:2026", "2026-01-01T00:00:00Z"),
        (b"D:20261331", None),
        (b"yesterday", None),
    ],
)
def test_dates(stated: bytes, meant: str | None) -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(50, 50, "text")
    content = finished(pdf)
    start = content.index(b"/CreationDate (") + len(b"/CreationDate (")
    end = content.index(b")", start)
    dated = content[:start] + stated.ljust(end - start) + content[end:]
    assert read_pdf(dated, "a.pdf").written_at == meant


def form(value: str) -> bytes:
    objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[4 0 R]>>",
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V({value})/Rect[50 100 150 120]/P 3 0 R>>",
    ]
    body = "".join(f"{n} 0 obj{each}endobj\n" for n, each in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer<</Root 1 0 R>>\n%%EOF".encode()


def test_what_is_written_into_a_form_is_read() -> None:
    (element,) = read_pdf(form("Ann Lee"), "a.pdf").elements
    assert element.text == "Ann Lee"
    assert boxes(element) == [Box(1, 50, 80, 150, 100)]


def test_what_is_attached_is_handed_on() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(50, 50, "See the file.")
    pdf.embed_file(bytes=b"a,b\n1,2\n", basename="data.csv")
    (attachment,) = read_pdf(finished(pdf), "a.pdf").attachments
    assert (attachment.name, attachment.content) == ("data.csv", b"a,b\n1,2\n")


def test_the_first_heading_is_the_title_where_none_is_stated() -> None:
    assert FileParser().parse(handbook(), "a.pdf").title == "Part 1"


def test_a_protected_pdf() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(50, 50, "secret")
    pdf.set_encryption(owner_password="owner", user_password="user")  # noqa: S106 - the test's own
    with pytest.raises(ParseError, match=r"a\.pdf is encrypted"):
        read_pdf(finished(pdf), "a.pdf")


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"%PDF-1.7\n" + bytes(range(256)) * 8])
def test_a_damaged_pdf(content: bytes) -> None:
    with pytest.raises(ParseError, match=r"a\.pdf is not a readable PDF"):
        read_pdf(content, "a.pdf")
    with pytest.raises(ParseError, match=r"a\.pdf is not a readable PDF"):
        next(render_pages(content, "a.pdf", [1], 72))


def test_pages_are_drawn_at_the_resolution_asked_for() -> None:
    pdf = FPDF(unit="pt", format=(200, 100))
    pdf.add_page()
    pdf.add_page()
    pdf.set_fill_color(255, 0, 0)
    pdf.rect(0, 0, 200, 50, style="F")
    (image,) = render_pages(finished(pdf), "a.pdf", [2], 144)
    assert (image.number, image.dpi, image.width, image.height) == (2, 144, 400, 200)
    assert len(image.pixels) == 400 * 200 * 3
    assert image.pixels[:3] == b"\xff\x00\x00"
    assert image.pixels[-3:] == b"\xff\xff\xff"


def test_a_vast_page_is_drawn_smaller_and_a_missing_one_not_at_all() -> None:
    pdf = FPDF(unit="pt", format=(14_400, 14_400))
    pdf.add_page()
    (image,) = render_pages(finished(pdf), "a.pdf", [1], 150)
    assert image.width * image.height <= MOST_PIXELS
    assert image.width == 14_400 // 72 * image.dpi
    with pytest.raises(ParseError, match=r"a\.pdf has no page 2; it has 1"):
        list(render_pages(finished(pdf), "a.pdf", [2], 72))
