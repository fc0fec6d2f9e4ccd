"""The parse measurement over files made here: states, words, page numbers, on screen."""

from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF

from evals.bench import parse
from evals.bench.pages import check_pages
from evals.bench.parse import main
from indexes.errors import UsageError
from indexes.types import Placement
from ingestion.pdf import read_pdf
from ingestion.types import Element, Kind

PAGES = ("Otters sleep afloat holding hands.", "Badgers dig burrows beneath hedges.")


def pdf(*pages: str) -> bytes:
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for text in pages:
        made.add_page()
        if text:
            made.multi_cell(0, 8, text)
    return bytes(made.output())


def test_right_page_numbers_are_right() -> None:
    content = pdf(*PAGES)
    checks = check_pages(content, "a.pdf", read_pdf(content, "a.pdf").elements)
    assert [(check.number, check.placed) for check in checks] == [(1, 5), (2, 5)]
    assert not any(check.misplaced or check.strangers for check in checks)


def test_a_wrong_page_number_is_seen() -> None:
    content = pdf(*PAGES)
    otters, badgers = read_pdf(content, "a.pdf").elements
    moved = [replace(otters, page=2, places=()), badgers]
    first, second = check_pages(content, "a.pdf", moved)
    assert (first.placed, first.misplaced) == (0, ())
    assert set(second.misplaced) == {"otters", "sleep", "afloat", "holding", "hands"}


def test_words_that_stand_nowhere_say_nothing_of_the_page() -> None:
    checks = check_pages(pdf(*PAGES), "a.pdf", [Element(Kind.TEXT, "otters zebra", page=1)])
    assert (checks[0].misplaced, checks[0].strangers) == ((), ("zebra",))


def test_a_page_that_is_not_there_is_wrong() -> None:
    *_, third = check_pages(pdf(*PAGES), "a.pdf", [Element(Kind.TEXT, "otters", page=3)])
    assert (third.number, third.misplaced, third.readable) == (3, ("otters",), True)


def test_an_element_over_two_pages_is_judged_place_by_place() -> None:
    text = "afloat badgers"
    places = (Placement(0, 6, page=1), Placement(7, 14, page=2))
    checks = check_pages(pdf(*PAGES), "a.pdf", [Element(Kind.TEXT, text, page=1, places=places)])
    assert [check.placed for check in checks] == [1, 1]
    assert not any(check.misplaced or check.strangers for check in checks)


def test_a_page_without_text_is_not_judged() -> None:
    checks = check_pages(pdf("Otters", ""), "a.pdf", [])
    assert [check.readable for check in checks] == [True, False]


@pytest.fixture
def native(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "reference").mkdir()
    (tmp_path / "docs" / "animals.pdf").write_bytes(pdf(*PAGES))
    (tmp_path / "docs" / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nTwenty five days, and no more.\n")
    (tmp_path / "reference" / "leave.md.md").write_text("# Leave\n\nTwenty **five** days a year.")
    (tmp_path / "reference" / "animals.pdf.md").write_text("\n\n".join(PAGES))
    return tmp_path


def test_the_command_prints_every_state_and_share(
    native: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(native)]) == 0
    screen = capsys.readouterr().out
    assert "| .pdf | 2 | 1 |" in screen
    assert "| all | 3 | 2 (at least 108: **missed**) |" in screen
    assert "| broken.pdf | broken.pdf is " in screen
    # 4 of 6 words of leave.md's reference are found, 4 of the 7 that were found are its.
    assert "| leave.md | 0.667 | 0.571 | 2: a year | 3: and no more |" in screen
    assert "| median of 2 references | 0.833 (at least 0.97: **missed**) |" in screen
    assert "| 2 | 2 | 2 (all: reached) | 2 |" in screen


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no docs/"):
        main([str(tmp_path)])


def test_a_page_that_is_wrong_is_listed() -> None:
    content = pdf(*PAGES)
    elements = [Element(Kind.TEXT, "badgers", page=1)]
    checks = tuple(check_pages(content, "a.pdf", elements))
    screen = parse.report([parse.Outcome(Path("a.pdf"), "badgers", "", pages=checks)])
    assert "| 2 | 2 | 1 (all: **missed**) | 1 |" in screen
    assert "| a.pdf, page 1 | 1 | 1: badgers | 0: |" in screen
