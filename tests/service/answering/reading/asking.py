"""Questions and passages made by hand, where no index is needed to see what is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from indexes.embedder import TokenVectors
from indexes.matches import Matches
from indexes.search import LocalIndex
from indexes.types import Hit
from service.answering.reading.measured import (
    Candidate,
    Passage,
    measure_passage,
    measure_statements,
)
from service.answering.reading.question import Asked, take_apart
from tests.indexes.documents import make_document, make_entry


@dataclass(frozen=True)
class Rarities:
    """What a question's rarities are read from: as a collection has them, or as stated here."""

    stated: Mapping[str, float]
    other: float

    def rarity(self, term: str) -> float:
        return self.stated.get(term, self.other)


def ask(
    text: str,
    language: str = "en",
    spans: tuple[tuple[int, int], ...] = (),
    other: float = 1.0,
    **stated: float,
) -> Asked:
    """A question, the rarity of its terms where it is ``stated``, and ``spans`` of its tokens."""
    vectors = TokenVectors(np.eye(len(spans), dtype=np.float32), spans) if spans else None
    index = cast("LocalIndex", Rarities(stated, other))
    return take_apart(text, language, index, vectors)


def hit(text: str, rank: int = 1, title: str = "", language: str = "en", **legs: float) -> Hit:
    """A document of one chunk as a search found it."""
    document = make_document(f"{rank}.md", text, title=title, language=language)
    chunk, *_ = make_entry(document)[1]
    whole = replace(chunk, text=text, end=len(text))
    return Hit(rank, 1 / rank, whole, document.info, legs)


def passage(
    asked: Asked, found: Hit, cosines: list[list[float]] | None = None
) -> tuple[Passage, list[Candidate]]:
    """A hit as it is read; ``cosines`` of the question's tokens to its words of one space each."""
    matches = None
    if cosines is not None:
        starts = [0, *(i + 1 for i, c in enumerate(found.chunk.text) if c == " ")]
        ends = [i - 1 for i in starts[1:]] + [len(found.chunk.text)]
        matches = Matches(
            np.array(cosines, np.float32), np.array(starts, "i4"), np.array(ends, "i4")
        )
    read = measure_passage(asked, found, matches, found.rank, 0)
    return read, list(measure_statements(asked, read))
