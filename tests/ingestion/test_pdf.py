"""PDFs made here, read back: pages, paragraphs, boxes, headings, and what cannot be read."""

import io
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF

from indexes.errors import ParseError
from ingestion.parse import FileParser
from ingestion.pdf import Outline, read_pdf
from ingestion.types import Kind

FONTS = Path("/usr/share/fonts")
PAGE = (595.28, 841.89)  # A4 in points


def sheet() -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_font("Helvetica", size=11)
    return pdf


def finished(pdf: FPDF) -> bytes:
    return bytes(pdf.output())


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


def test_pages_paragraphs_and_headings() -> None:
    elements = read_pdf(handbook(), "a.pdf").elements
    assert [(element.kind.value, element.page, element.section) for element in elements] == [
        ("heading", 1, ("Part 1",)),
        ("text", 1, ("Part 1",)),
        ("text", 1, ("Part 1",)),
        ("heading", 2, ("Part 2",)),
        ("text", 2, ("Part 2",)),
        ("text", 2, ("Part 2",)),
    ]
    assert elements[1].text == ("Staff get twenty-five days a year. " * 12).strip()
    assert elements[5].text == "The second paragraph of part 2."


def test_boxes_follow_the_page_from_its_top_left() -> None:
    elements = read_pdf(handbook(), "a.pdf").elements
    for element in elements:
        box = element.box
        assert box is not None
        assert box.page == element.page
        assert 0 <= box.left < box.right <= PAGE[0]
        assert 0 <= box.top < box.bottom <= PAGE[1]
    for above, below in pairwise(elements[:3]):
        assert above.box is not None
        assert below.box is not None
        assert above.box.bottom <= below.box.top + 1


def test_a_box_is_where_the_text_was_put() -> None:
    pdf = sheet()
    pdf.add_page()
    pdf.text(100, 200, "Here")  # the baseline's left end, from the top left
    (element,) = read_pdf(finished(pdf), "a.pdf").elements
    box = element.box
    assert box is not None
    assert box.left == pytest.approx(100, abs=1.5)
    assert box.right == pytest.approx(100 + pdf.get_string_width("Here"), abs=1.5)
    assert box.top < 200 < box.bottom
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
    turned = io.BytesIO()
    document.save(turned)
    document.close()
    (element,) = read_pdf(turned.getvalue(), "a.pdf").elements
    box = element.box
    assert box is not None
    assert box.left - 15 <= left <= box.right + 15
    assert box.top - 15 <= top <= box.bottom + 15


def test_a_word_broken_by_a_hyphen_is_mended() -> None:
    pdf = sheet()
    pdf.add_page()
    for line, text in enumerate(["The hand-", "book is well-known."]):
        pdf.text(50, 100 + 13 * line, text)
    (element,) = read_pdf(finished(pdf), "a.pdf").elements
    assert element.text == "The handbook is well-known."


def test_bullets_are_list_items_and_columns_stay_apart() -> None:
    pdf = sheet()
    pdf.add_page()
    for line, text in enumerate(["Left column,", "second line."]):
        pdf.text(50, 400 + 13 * line, text)
    for line, text in enumerate(["Right column,", "its second line."]):
        pdf.text(320, 100 + 13 * line, text)
    for line, text in enumerate(["\x95 first", "\x95 second"]):
        pdf.text(320, 130 + 13 * line, text)
    elements = read_pdf(finished(pdf), "a.pdf").elements
    assert [(element.kind, element.text) for element in elements] == [
        (Kind.TEXT, "Left column, second line."),
        (Kind.TEXT, "Right column, its second line."),
        (Kind.LIST_ITEM, "first"),
        (Kind.LIST_ITEM, "second"),
    ]


@pytest.mark.parametrize(
    ("font", "lines", "text"),
    [
        (
            "DejaVuSans.ttf",
            ["Nhân viên được nghỉ phép", "hai mươi lăm ngày mỗi năm."],
            "Nhân viên được nghỉ phép hai mươi lăm ngày mỗi năm.",
        ),
        (
            "NotoSansCJK-Regular.ttc",
            ["员工每年有二十五天", "假期,可以分次使用。"],
            "员工每年有二十五天假期,可以分次使用。",
        ),
    ],
)
def test_vietnamese_and_chinese(font: str, lines: list[str], text: str) -> None:
    file = next(FONTS.rglob(font), None)
    if file is None:
        pytest.skip(f"the font {font} is not installed")
    pdf = sheet()
    pdf.add_font("unicode", fname=file)
    pdf.set_font("unicode", size=11)
    pdf.add_page()
    for line, written in enumerate(lines):
        pdf.text(50, 100 + 14 * line, written)
    pdf.set_title(text)
    parsed = FileParser().parse(finished(pdf), "a.pdf")
    assert [element.text for element in parsed.elements] == [text]
    assert parsed.title == text


def test_the_first_heading_is_the_title_where_none_is_stated() -> None:
    assert FileParser().parse(handbook(), "a.pdf").title == "Part 1"


@pytest.mark.parametrize(("pages", "said"), [(1, "1 scanned page"), (2, "2 scanned pages")])
def test_pages_without_text_are_not_silently_empty(pages: int, said: str) -> None:
    pdf = sheet()
    for _ in range(pages):
        pdf.add_page()
        pdf.rect(50, 50, 100, 100)
    with pytest.raises(ParseError, match=rf"a\.pdf has no text layer \({said}\?\)"):
        read_pdf(finished(pdf), "a.pdf")


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
        FileParser().parse(content, "a.pdf")


def test_an_outline_goes_up_and_down() -> None:
    outline = Outline()
    assert outline.path == ()
    assert outline.enter(0, "a") == ("a",)
    assert outline.enter(2, "b") == ("a", "b")
    assert outline.enter(1, "c") == ("a", "c")
    assert outline.enter(0, "d") == ("d",)
