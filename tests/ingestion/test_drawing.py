"""Pages drawn by a worker: their pixels, their limits, and what an unfinished drawing leaves."""

from collections.abc import Iterator

import pytest
from fpdf import FPDF

from indexes.errors import ParseError
from ingestion.sandbox import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as shared:
        yield shared


def worker_of(sandbox: Sandbox) -> int:
    (worker,) = sandbox._all
    return worker._process.pid


def reads_again(sandbox: Sandbox) -> bool:
    return [each.text for each in sandbox.parse(b"a,b\n", "a.csv").elements] == ["a | b"]


@pytest.fixture(scope="module")
def drawing() -> bytes:
    """A PDF of three pages, 100 by 50 points; the left half of page 2 is red."""
    document = FPDF(unit="pt", format=(100, 50))
    for page in (1, 2, 3):
        document.add_page()
        if page == 2:
            document.set_fill_color(255, 0, 0)
            document.rect(0, 0, 50, 50, style="F")
    return bytes(document.output())


def test_pages_are_drawn_as_pixels(sandbox: Sandbox, drawing: bytes) -> None:
    first, second = sandbox.render(drawing, "drawing.pdf", [1, 2], 144)
    assert (first.number, first.width, first.height, first.dpi) == (1, 200, 100, 144)
    assert first.pixels == b"\xff" * (200 * 100 * 3)
    assert (second.number, second.width, second.height, second.dpi) == (2, 200, 100, 144)
    row = second.pixels[50 * 200 * 3 : 51 * 200 * 3]
    assert row[: 99 * 3] == b"\xff\0\0" * 99
    assert row[101 * 3 :] == b"\xff" * (99 * 3)
    assert reads_again(sandbox)


def test_a_vast_page_arrives_at_a_lower_resolution(sandbox: Sandbox) -> None:
    document = FPDF(unit="pt", format=(2400, 3400))  # A0
    document.add_page()
    (page,) = sandbox.render(bytes(document.output()), "poster.pdf", [1], 300)
    assert 72 <= page.dpi < 300
    assert abs(page.width - 2400 * page.dpi / 72) <= 1
    assert len(page.pixels) == page.width * page.height * 3


def test_a_drawing_left_half_way_leaves_nothing_behind(sandbox: Sandbox, drawing: bytes) -> None:
    assert reads_again(sandbox)
    worker = worker_of(sandbox)
    for taken in (1, 2, 3):
        pages = sandbox.render(drawing, "drawing.pdf", [1, 2, 3], 72)
        numbers = [next(pages).number for _ in range(taken)]
        assert numbers == [1, 2, 3][:taken]
        del pages
        assert reads_again(sandbox)
    assert worker_of(sandbox) == worker


def test_a_page_that_is_not_there_is_refused(sandbox: Sandbox, drawing: bytes) -> None:
    assert reads_again(sandbox)
    worker = worker_of(sandbox)
    pages = sandbox.render(drawing, "drawing.pdf", [3, 4], 72)
    assert next(pages).number == 3
    with pytest.raises(ParseError, match=r"drawing\.pdf has no page 4"):
        next(pages)
    with pytest.raises(ParseError, match=r"broken\.pdf"):
        list(sandbox.render(drawing[:40], "broken.pdf", [1], 72))
    assert list(sandbox.render(drawing, "drawing.pdf", [], 72)) == []
    assert reads_again(sandbox)
    assert worker_of(sandbox) == worker


def test_a_picture_that_is_too_large_is_refused(drawing: bytes) -> None:
    with Sandbox(Limits(picture_bytes=50_000)) as narrow:
        assert len(list(narrow.render(drawing, "drawing.pdf", [1, 2, 3], 72))) == 3
        with pytest.raises(ParseError, match=r"drawing\.pdf has a page 1 that is too large"):
            list(narrow.render(drawing, "drawing.pdf", [1, 2, 3], 144))
        assert reads_again(narrow)


def test_a_worker_is_held_while_its_pages_are_taken(drawing: bytes) -> None:
    with Sandbox(workers=2) as both:
        pages = both.render(drawing, "drawing.pdf", [1, 2], 72)
        assert next(pages).number == 1
        assert reads_again(both)  # by the other one
        assert len(both._all) == 2
        assert [page.number for page in pages] == [2]


def test_a_drawing_that_takes_too_long_is_stopped() -> None:
    document = FPDF(unit="pt", format=(2400, 3400))
    document.add_page()
    poster = bytes(document.output())
    with Sandbox(Limits(wall_seconds=0.02)) as hasty:
        pages = hasty.render(poster, "poster.pdf", [1, 1, 1], 300)
        with pytest.raises(ParseError, match=r"poster\.pdf took longer than 0\.02 s"):
            list(pages)
