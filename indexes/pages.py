"""Pictures of pages: drawn at ingestion, kept by the content they show, marked for a reader."""

import io
import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, UnidentifiedImageError

from indexes.errors import SnapshotCorrupt
from indexes.types import Box, PageImage

FOLDER = "pages"
_POINTS = 72  # a PDF point is 1/72 inch
_MARK = (255, 236, 130)  # multiplied with what is there, like a marker pen: ink stays black


class PageImages:
    """The pictures of a collection's pages, by the SHA-256 of the file and the page's number."""

    def __init__(self, root: Path) -> None:
        """``root`` is the collection's folder."""
        self._folder = root / FOLDER

    def count(self, content_hash: str) -> int:
        """How many pages of this content there are pictures of."""
        return sum(1 for _ in self._of(content_hash).glob("*.png"))

    def save(self, content_hash: str, images: Iterable[PageImage]) -> None:
        """Keep the pages of one file, all of them or none."""
        final = self._of(content_hash)
        unfinished = final.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for image in images:
            picture = Image.frombytes("RGB", (image.width, image.height), image.pixels)
            picture.save(unfinished / f"{image.number}.png", dpi=(image.dpi, image.dpi))
        shutil.rmtree(final, ignore_errors=True)
        unfinished.rename(final)

    def page(self, content_hash: str, number: int, boxes: Sequence[Box] = ()) -> bytes | None:
        """A page as PNG with ``boxes`` marked on it, or None where there is no picture of it.

        SnapshotCorrupt when the picture is damaged.
        """
        path = self._of(content_hash) / f"{number}.png"
        if not path.is_file():
            return None
        marked = [box for box in boxes if box.page == number]
        if not marked:
            return path.read_bytes()
        try:
            with Image.open(path) as picture:
                return _marked(picture, marked)
        except (UnidentifiedImageError, OSError) as exc:
            raise SnapshotCorrupt(
                f"the picture of page {number} of the content {content_hash} is damaged ({exc}); "
                "delete it and run the ingestion with --reread"
            ) from exc

    def keep_only(self, content_hashes: Collection[str]) -> None:
        """Delete the pictures of every other content."""
        for folder in self._folder.glob("*/*"):
            if folder.name not in content_hashes:
                shutil.rmtree(folder)

    def _of(self, content_hash: str) -> Path:
        return self._folder / content_hash[:2] / content_hash


def _marked(picture: Image.Image, boxes: Sequence[Box]) -> bytes:
    scale = float(picture.info["dpi"][0]) / _POINTS
    marks = Image.new("RGB", picture.size, "white")
    draw = ImageDraw.Draw(marks)
    for box in boxes:
        edges = (box.left, box.top, box.right, box.bottom)
        draw.rectangle([round(edge * scale) for edge in edges], fill=_MARK)
    out = io.BytesIO()
    ImageChops.multiply(picture.convert("RGB"), marks).save(out, "PNG")
    return out.getvalue()
