"""PDFs made here, read back as a reader would: columns, lists, code, tables, furniture."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

from ingestion.canonical import clean
from ingestion.parse import FileParser
from ingestion.pdf import read_pdf
from ingestion.types import Kind
from tests.ingestion.sheets import (
    PROSE,
    boxes,
    finished,
    kinds_and_texts,
    picture,
    sheet,
    wrapped,
)

FONTS = Path("/usr/share/fonts")
NATIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "native-docs" / "docs"


def test_a_word_broken_by_a_hyphen_is_mended_and_its_lines_keep_their_places() -> None:
    pdf = sheet()
    pdf.add_page()
    for line, text in enumerate(
        ["The hand-", "book is well-known, as are its pre-", "and post-war"]
    ):
        pdf.text(50, 100 + 13 * line, text)
    (element,) = read_pdf(finished(pdf), "a.pdf").elements
    assert element.text == "The handbook is well-known, as are its pre- and post-war"
    lines = [element.text[place.start : place.end] for place in element.places]
    assert lines == ["The hand", "book is well-known, as are its pre-", "and post-war"]


def test_a_hyphen_that_the_word_has_elsewhere_stays() -> None:
    pdf = sheet()
    pdf.add_page()
    for line, text in enumerate(["An open-domain reader is an open-", "domain one."]):
        pdf.text(50, 100 + 13 * line, text)
    (element,) = read_pdf(finished(pdf), "a.pdf").elements
    assert element.text == "An open-domain reader is an open-domain one."


@pytest.mark.parametrize("by_row", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_columns_are_read_one_after_the_other(count: int, by_row: bool) -> None:  # noqa: FBT001
    width = (500 - 20 * (count - 1)) / count
    pdf = sheet()
    pdf.add_page()
    cells = [
        (column, line, text)
        for column in range(count)
        for line, text in enumerate(wrapped(pdf, width, f"Column {column}. " + PROSE * 2))
    ]
    pdf.set_font("Helvetica", size=18)
    pdf.text(120, 60, "A title that stands over all the columns")
    pdf.set_font("Helvetica", size=11)
    for x, y, text in sorted(cells, key=lambda cell: cell[1]) if by_row else cells:
        pdf.text(48 + x * (width + 20), 100 + 14 * y, text)
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert [element.text for element in parsed.elements] == [
        "A title that stands over all the columns",
        *(f"Column {n}. " + (PROSE * 2).strip() for n in range(count)),
    ]


def test_columns_end_at_a_picture_across_the_page() -> None:
    pdf = sheet()
    pdf.add_page()
    for part, top in (("upper", 80), ("lower", 500)):
        for side, left in (("left", 50), ("right", 310)):
            pdf.set_xy(left, top)
            pdf.multi_cell(235, 14, f"The {part} {side} text. " + PROSE * 2)
    pdf.image(picture(), x=50, y=250, w=495, h=200)
    texts = [element.text for element in read_pdf(finished(pdf), "a.pdf").elements]
    assert [" ".join(text.split()[:3]) for text in texts] == [
        "The upper left",
        "The upper right",
        "The lower left",
        "The lower right",
    ]


def test_bullets_and_numbers_are_list_items() -> None:
    pdf = sheet()
    pdf.add_page()
    for line, text in enumerate(["Bring:", "\x95 a passport", "\x95 a pen", "1. Sign.", "2. Go."]):
        pdf.text(50, 100 + 13 * line, text)
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert all((e.places[0].start, e.places[-1].end) == (0, len(e.text)) for e in parsed.elements)
    assert kinds_and_texts(parsed) == [
        (Kind.TEXT, "Bring:"),
        (Kind.LIST_ITEM, "a passport"),
        (Kind.LIST_ITEM, "a pen"),
        (Kind.LIST_ITEM, "1. Sign."),
        (Kind.LIST_ITEM, "2. Go."),
    ]


def test_code_keeps_its_lines_and_indents_unless_all_is_typewritten() -> None:
    code = ["def leave(days):", "    if days > 25:", "        return False", "    return True"]
    pdf = sheet()
    pdf.add_page()
    pdf.multi_cell(480, 14, PROSE * 2)
    pdf.set_font("Courier", size=10)
    for line, text in enumerate(code):
        pdf.text(50, 200 + 12 * line, text)
    assert kinds_and_texts(read_pdf(finished(pdf), "a.pdf"))[-1] == (Kind.CODE, "\n".join(code))
    pdf = sheet()
    pdf.add_page()
    pdf.set_font("Courier", size=10)
    pdf.multi_cell(480, 14, PROSE * 2)
    assert kinds_and_texts(read_pdf(finished(pdf), "a.pdf")) == [(Kind.TEXT, (PROSE * 2).strip())]


def test_a_ruled_table_row_by_row_with_a_box_for_each() -> None:
    rows = [("Name", "Days", "From"), ("Ann Lee", "25", "May"), ("Bob", "", "June of next year")]
    pdf = sheet()
    pdf.add_page()
    pdf.multi_cell(480, 14, PROSE)
    with pdf.table(width=300, line_height=16) as table:
        for row in rows:
            table.row(row)
    text, found = read_pdf(finished(pdf), "a.pdf").elements
    assert text.kind is Kind.TEXT
    assert found.kind is Kind.TABLE
    assert found.text.splitlines() == [" | ".join(row) for row in rows]
    assert [found.text[place.start : place.end] for place in found.places] == [
        " | ".join(row) for row in rows
    ]
    for above, below in pairwise(boxes(found)):
        assert above.bottom == pytest.approx(below.top, abs=1)


def test_a_cell_over_two_columns_and_a_bar_within_a_cell() -> None:
    pdf = sheet()
    pdf.add_page()
    with pdf.table(width=300, line_height=16) as table:
        head = table.row()
        head.cell("Leave of absence, by the letter and in working days", colspan=2)
        for cells in (("a | b", "25"), ("c", "26")):
            table.row(cells)
    (found,) = read_pdf(finished(pdf), "a.pdf").elements
    assert found.text.splitlines() == [
        "Leave of absence, by the letter and in working days |",
        "a / b | 25",
        "c | 26",
    ]


def test_running_headers_and_page_numbers_are_dropped() -> None:
    pdf = sheet()
    for number in range(1, 6):
        pdf.add_page()
        pdf.text(50, 40, "Staff handbook, 3rd edition")
        pdf.set_xy(50, 80)
        pdf.multi_cell(480, 14, f"Chapter {number * 7} begins. " + PROSE)
        pdf.text(290, 810, f"Page {number} of 5")
    parsed = read_pdf(finished(pdf), "a.pdf")
    assert [(element.page, element.text) for element in parsed.elements] == [
        (number, f"Chapter {number * 7} begins. " + PROSE.strip()) for number in range(1, 6)
    ]


def test_the_headings_of_chapters_and_a_form_on_every_page_are_kept() -> None:
    pdf = sheet()
    for number in range(1, 5):
        pdf.add_page()
        pdf.set_font("Helvetica", size=20)
        pdf.text(50, 60, f"Chapter {number * 3}")
        pdf.set_font("Helvetica", size=11)
        pdf.set_xy(50, 90)
        pdf.multi_cell(480, 14, PROSE * 2)
    assert [element.text for element in read_pdf(finished(pdf), "a.pdf").elements] == [
        text for number in range(1, 5) for text in (f"Chapter {number * 3}", (PROSE * 2).strip())
    ]


def test_what_comes_back_far_apart_is_text() -> None:
    pdf = sheet()
    for number in range(1, 14):
        pdf.add_page()
        pdf.text(50, 40, "Main part" if number % 4 == 1 else f"Title {'abcdefghijklm'[number - 1]}")
        pdf.set_xy(50, 80)
        pdf.multi_cell(480, 14, PROSE * 2)
    texts = [element.text for element in read_pdf(finished(pdf), "a.pdf").elements]
    assert texts.count("Main part") == 4


def test_two_pages_lose_nothing_but_their_numbers() -> None:
    pdf = sheet()
    for number in (7, 8):
        pdf.add_page()
        pdf.text(50, 40, "The same head")
        pdf.text(50, 100, "The same text")
        pdf.text(290, 810, str(number))
    assert [element.text for element in read_pdf(finished(pdf), "a.pdf").elements] == [
        "The same head",
        "The same text",
    ] * 2


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


@pytest.mark.parametrize(
    "name",
    [
        "dl_amt_handbook_sample.pdf",
        "dl_normal_4pages.pdf",
        "dl_right_to_left_01.pdf",
        "tk_testJournalParser.pdf",
        "un_embedded-images-tables.pdf",
        "un_korean-text-with-tables.pdf",
        "un_layout-parser-paper-with-table.pdf",
        "un_multi-column-2p.pdf",
    ],
)
def test_real_documents_keep_every_character_on_its_page(name: str) -> None:
    file = NATIVE / name
    if not file.is_file():
        pytest.skip("../shared/data/native-docs is not here")
    parsed = read_pdf(file.read_bytes(), name)
    pages = pypdfium2.PdfDocument(file)
    for number in range(1, len(pages) + 1):
        shown = _letters(pages[number - 1].get_textpage().get_text_range())
        read = _letters("".join(e.text for e in parsed.elements if e.page == number))
        assert not read - shown
        assert (shown - read).total() <= 0.03 * shown.total()
    pages.close()
    for element in parsed.elements:
        assert clean(element) == element.text
        assert all(
            0 <= place.start < place.end <= len(element.text) and place.page == element.page
            for place in element.places
        )


def _letters(text: str) -> Counter[str]:
    return Counter(char for char in text if char.isalnum() and char <= "\uffff")
