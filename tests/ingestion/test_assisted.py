"""Scanned pages and old Word files through the real programs, and what is said without them."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexes.errors import ParseError
from ingestion.assisted import AssistedParser, _merged, _named
from ingestion.ocr import Tesseract
from ingestion.office import LibreOffice
from ingestion.sandbox import Sandbox
from ingestion.types import Element, Kind, Parsed
from tests.ingestion.scans import scan, tesseract, typeset

MALFORMED = Path(__file__).resolve().parents[3] / "shared" / "data" / "malformed" / "docs"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LEAVE = "Annual leave is twenty-five days."
GROWTH = 48 << 20  # bytes: a page at 300 dpi is 26 MB, and may be with the allocator still


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared


@pytest.fixture(scope="module")
def mixed() -> bytes:
    """Four pages: text, a picture of text, a picture of nothing much, text."""
    return scan("=The first page is text.", LEAVE, ". . .", "=The last page is text.")


def texts(parsed: Parsed) -> list[str]:
    return [element.text for element in parsed.elements]


def test_scanned_pages_take_their_place_among_the_others(sandbox: Sandbox, mixed: bytes) -> None:
    parser = AssistedParser(sandbox, ocr=tesseract("eng"), office=None)
    alone = sandbox.parse(mixed, "mixed.pdf")
    assert alone.scanned == (2, 3)
    parsed = parser.parse(mixed, "mixed.pdf")
    assert texts(parsed) == ["The first page is text.", LEAVE, "The last page is text."]
    assert [element.page for element in parsed.elements] == [1, 2, 4]
    assert parsed.elements[::2] == alone.elements
    (place,) = parsed.elements[1].places
    assert place.box is not None
    assert place.box.page == 2
    assert 25 < place.box.left < 35
    assert parsed.scanned == (3,)
    assert parsed.remarks == ("page 3: no text was found in the picture",)
    assert parsed.pages == 4


def test_without_tesseract_scanned_pages_are_reported(sandbox: Sandbox, mixed: bytes) -> None:
    parsed = AssistedParser(sandbox, ocr=None, office=None).parse(mixed, "mixed.pdf")
    assert texts(parsed) == ["The first page is text.", "The last page is text."]
    assert parsed.scanned == (2, 3)
    (remark,) = parsed.remarks
    assert remark.startswith("pages 2-3: a picture without text; to read them, install Tesseract")
    assert "tesseract-ocr-vie" in remark


def test_a_file_of_nothing_but_scans_fails_without_tesseract(sandbox: Sandbox) -> None:
    parser = AssistedParser(sandbox, ocr=None, office=None)
    with pytest.raises(ParseError, match=r"^scan\.pdf holds no text \(page 1: .*tesseract-ocr"):
        parser.parse(scan(LEAVE), "scan.pdf")


def test_a_file_of_nothing_but_empty_pictures_fails(sandbox: Sandbox) -> None:
    parser = AssistedParser(sandbox, ocr=tesseract("eng"), office=None)
    with pytest.raises(ParseError, match=r"scan\.pdf holds no text \(page 1: no text was found"):
        parser.parse(scan(". . ."), "scan.pdf")


def test_a_page_that_cannot_be_recognised_is_a_remark(sandbox: Sandbox, mixed: bytes) -> None:
    parser = AssistedParser(sandbox, ocr=Tesseract("no-such-program"), office=None)
    parsed = parser.parse(mixed, "mixed.pdf")
    assert texts(parsed) == ["The first page is text.", "The last page is text."]
    assert parsed.scanned == (2, 3)
    assert len(parsed.remarks) == 1
    assert parsed.remarks[0].startswith("pages 2-3: no-such-program failed")


def test_more_scanned_pages_than_a_file_may_have_are_left(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.assisted.MOST_SCANNED", 1)
    parser = AssistedParser(sandbox, ocr=tesseract("eng"), office=None)
    parsed = parser.parse(scan(LEAVE, LEAVE), "scan.pdf")
    assert texts(parsed) == [LEAVE]
    assert parsed.scanned == (2,)
    assert parsed.remarks[0].startswith("page 2: not read, for the file has too many scanned")


def test_languages_that_are_not_installed_are_a_remark(sandbox: Sandbox) -> None:
    found = Tesseract.find(["eng", "tlh"])
    if found is None or found.missing != ("tlh",):
        pytest.skip("Tesseract is not installed, or lacks English")
    parsed = AssistedParser(sandbox, ocr=found, office=None).parse(scan(LEAVE), "scan.pdf")
    assert texts(parsed) == [LEAVE]
    assert parsed.remarks == ("scanned pages were read without Tesseract's models for tlh",)


def test_a_file_without_scans_is_what_the_parser_made_of_it(sandbox: Sandbox) -> None:
    parser = AssistedParser(sandbox, ocr=Tesseract("no-such-program"), office=None)
    content = typeset(LEAVE)
    assert parser.parse(content, "a.pdf") == sandbox.parse(content, "a.pdf")
    (page,) = parser.render(content, "a.pdf", [1], 72)
    assert (page.width, page.height) == (420, 298)


def test_an_old_word_file_is_read_through_libreoffice(sandbox: Sandbox) -> None:
    office = LibreOffice.find()
    if office is None:
        pytest.skip("LibreOffice is not installed")
    file = MALFORMED / "tk_testWORD_macros.doc"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    parsed = AssistedParser(sandbox, ocr=None, office=office).parse(file.read_bytes(), "a.doc")
    assert "The quick brown fox." in " ".join(texts(parsed))
    with pytest.raises(ParseError, match=r"broken\.doc could not be converted: LibreOffice could"):
        AssistedParser(sandbox, ocr=None, office=office).parse(OLE + bytes(9000), "broken.doc")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"^a\.doc is empty \(0 bytes\)$"),
        (b"{\\rtf1}", r"^a\.doc is named \.doc but is no Word 97 to 2003 file; rename it$"),
        (OLE, r"LibreOffice, which is not installed; .*libreoffice-writer-nogui.* \.docx$"),
    ],
)
def test_old_word_files_that_cannot_be_read_say_why(
    sandbox: Sandbox, content: bytes, reason: str
) -> None:
    with pytest.raises(ParseError, match=reason):
        AssistedParser(sandbox, ocr=None, office=None).parse(content, "a.doc")


def test_a_page_that_cannot_be_drawn_does_not_cost_the_others(sandbox: Sandbox) -> None:
    parser = AssistedParser(sandbox, ocr=tesseract("eng"), office=None)
    content = scan(". . .", LEAVE)
    claimed = Parsed("", (Element(Kind.TEXT, "text", 9),), pages=9, scanned=(7, 1, 8, 2))
    parsed = parser._recognised(claimed, content, "a.pdf")
    assert texts(parsed) == [LEAVE, "text"]
    assert parsed.scanned == (7, 1, 8)
    assert parsed.remarks == (
        "page 7: a.pdf has no page 7; it has 2",
        "page 1: no text was found in the picture",
        "page 8: a.pdf has no page 8; it has 2",
    )


def test_a_file_whose_pages_fail_one_after_another_is_given_up(sandbox: Sandbox) -> None:
    parser = AssistedParser(sandbox, ocr=tesseract("eng"), office=None)
    claimed = Parsed("", (Element(Kind.TEXT, "text", 9),), pages=9, scanned=(5, 6, 7, 1))
    parsed = parser._recognised(claimed, scan(LEAVE), "a.pdf")
    assert texts(parsed) == ["text"]
    assert parsed.remarks[3].startswith("page 1: not read, for the file has too many")


def test_recognised_pages_stand_under_the_headings_before_them() -> None:
    heading = Element(Kind.HEADING, "Leave", 1, ("Leave",))
    untouched = [heading, Element(Kind.TEXT, "a", 3, ("Leave",)), Element(Kind.TEXT, "b", None)]
    found = {
        4: (Element(Kind.TEXT, "four", 4),),
        2: (Element(Kind.TEXT, "two", 2), Element(Kind.TEXT, "more", 2)),
    }
    merged = list(_merged(untouched, found))
    assert [element.text for element in merged] == ["Leave", "two", "more", "a", "b", "four"]
    assert [element for element in merged if element in untouched] == untouched
    assert merged[1] == replace(found[2][0], section=("Leave",))
    assert merged[5].section == ()


@pytest.mark.parametrize(
    ("pages", "named"),
    [([3], "page 3"), ([3, 4, 5], "pages 3-5"), ([1, 3, 4, 9], "pages 1, 3-4, 9")],
)
def test_pages_are_named_by_their_runs(pages: list[int], named: str) -> None:
    assert _named(pages) == named


def test_every_malformed_file_ends_read_or_refused_and_the_parent_stays_flat() -> None:
    if not MALFORMED.is_dir():
        pytest.skip(f"{MALFORMED} is not there")
    files = sorted(MALFORMED.iterdir())
    read, refused = 0, []
    with Sandbox(workers=2) as sandbox:
        parser = AssistedParser(sandbox, ocr=Tesseract.find(), office=LibreOffice.find())
        before = resident()
        for file in files:
            try:
                assert parser.parse(file.read_bytes(), file.name).elements
                read += 1
            except ParseError as exc:
                refused.append(str(exc))
        assert resident() - before < GROWTH
        assert sandbox.parse(b"a,b\n", "after.csv").elements
    assert read + len(refused) == len(files)
    assert read >= len(files) / 2
    assert all(".p" in reason or ".d" in reason or ".x" in reason for reason in refused)
    assert not [reason for reason in refused if "nonsense" in reason or "not be started" in reason]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
