"""Pictures of pages: what is kept, what is marked, what is deleted."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from indexes.errors import SnapshotCorrupt
from indexes.pages import PageImages
from indexes.types import Box, PageImage

CONTENT = "ab" * 32
WIDTH, HEIGHT = 120, 90
WHITE = 255


def page(number: int, *, dpi: int = 72, shade: int = WHITE) -> PageImage:
    return PageImage(number, WIDTH, HEIGHT, dpi, bytes([shade]) * (WIDTH * HEIGHT * 3))


def pixels(png: bytes | None) -> NDArray[np.int16]:
    assert png is not None
    with Image.open(BytesIO(png)) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        return np.asarray(picture).astype(np.int16)


def marked(png: bytes | None) -> NDArray[np.bool_]:
    """Which pixels of a white page are not white any more."""
    unlike: NDArray[np.bool_] = (pixels(png) != WHITE).any(axis=2)
    return unlike


@pytest.fixture
def images(tmp_path: Path) -> PageImages:
    return PageImages(tmp_path)


def test_a_page_comes_back_as_it_was_drawn(images: PageImages) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    images.save(CONTENT, [PageImage(2, WIDTH, HEIGHT, 72, noise.tobytes()), page(10)])
    np.testing.assert_array_equal(pixels(images.page(CONTENT, 2)), noise)
    assert images.count(CONTENT) == 2
    for other in (images.page(CONTENT, 1), images.page("cd" * 32, 2)):
        assert other is None
    assert images.count("cd" * 32) == 0


@given(
    left=st.integers(0, 100),
    top=st.integers(0, 70),
    width=st.integers(2, 20),
    height=st.integers(2, 20),
    dpi=st.sampled_from([72, 100, 144]),
)
def test_a_box_in_points_is_marked_where_it_stands(
    tmp_path_factory: pytest.TempPathFactory,
    left: int,
    top: int,
    width: int,
    height: int,
    dpi: int,
) -> None:
    images = PageImages(tmp_path_factory.mktemp("pages"))
    images.save(CONTENT, [page(1, dpi=dpi)])
    scale = 72 / dpi
    box = Box(1, left * scale, top * scale, (left + width) * scale, (top + height) * scale)
    rows, columns = np.nonzero(marked(images.page(CONTENT, 1, [box])))
    found = [columns.min(), rows.min(), columns.max(), rows.max()]
    within = [left, top, min(left + width, WIDTH - 1), min(top + height, HEIGHT - 1)]
    assert np.abs(np.array(found) - within).max() <= 1


def test_the_words_under_a_mark_can_be_read(images: PageImages) -> None:
    images.save(CONTENT, [page(1), page(2, shade=0)])
    everything = [Box(number, 0, 0, WIDTH, HEIGHT) for number in (1, 2)]
    paper, ink = (pixels(images.page(CONTENT, number, everything)) for number in (1, 2))
    assert (paper[..., 2] < paper[..., 0] - 50).all()  # yellow
    assert (paper.min(axis=2) - ink.max(axis=2) > 50).all()


def test_a_box_of_another_page_marks_nothing(images: PageImages) -> None:
    images.save(CONTENT, [page(1), page(2)])
    other = [Box(2, 0, 0, 50, 50)]
    assert images.page(CONTENT, 1, other) == images.page(CONTENT, 1)
    assert not marked(images.page(CONTENT, 1, other)).any()
    assert marked(images.page(CONTENT, 2, other)).any()


def test_a_box_beyond_the_edge_marks_what_is_within(images: PageImages) -> None:
    images.save(CONTENT, [page(1)])
    assert marked(images.page(CONTENT, 1, [Box(1, -50, -50, 1000, 1000)])).all()


def test_pages_are_kept_all_or_none(images: PageImages) -> None:
    def broken_off() -> Iterator[PageImage]:
        yield page(1, shade=7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        images.save(CONTENT, broken_off())
    assert images.count(CONTENT) == 0
    assert images.page(CONTENT, 1) is None
    images.save(CONTENT, [page(1), page(2)])
    with pytest.raises(KeyboardInterrupt):
        images.save(CONTENT, broken_off())
    assert images.count(CONTENT) == 2
    assert pixels(images.page(CONTENT, 1)).min() == WHITE
    images.save(CONTENT, [page(1, shade=9)])
    assert images.count(CONTENT) == 1
    assert pixels(images.page(CONTENT, 1)).max() == 9


def test_what_no_document_shows_is_deleted(images: PageImages, tmp_path: Path) -> None:
    neighbour, gone = f"ab{'cd' * 31}", "ef" * 32
    for content in (CONTENT, neighbour, gone):
        images.save(content, [page(1)])
    images.keep_only({CONTENT, neighbour})
    assert [images.count(content) for content in (CONTENT, neighbour, gone)] == [1, 1, 0]
    assert not [path for path in tmp_path.rglob("*.png") if gone in str(path)]
    images.keep_only(())
    assert not list(tmp_path.rglob("*.png"))
    images.keep_only(())


def test_a_damaged_picture_is_named(images: PageImages, tmp_path: Path) -> None:
    images.save(CONTENT, [page(1)])
    (file,) = tmp_path.rglob("1.png")
    file.write_bytes(b"no picture")
    with pytest.raises(SnapshotCorrupt, match="run the ingestion with"):
        images.page(CONTENT, 1, [Box(1, 0, 0, 5, 5)])
