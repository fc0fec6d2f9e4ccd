"""A second look at the candidates of a search, through rank-bm25. Nobody else imports it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from indexes.language import analyze
from indexes.lexical import K1, B


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text, and the language it is read as."""

    text: str
    language: str


class Reranker(Protocol):
    """Scores candidates anew, seeing only the candidates."""

    @property
    def share(self) -> float:
        """Its part of the final score, 0 to 1."""
        ...

    def scores(self, question: ReadText, passages: Sequence[ReadText]) -> NDArray[np.float32]:
        """A score for each of the first passages, larger is better.

        Shape (at most len(passages),): one that runs out of time leaves the others out.
        """
        ...


class CandidateBM25:
    """BM25 with term statistics of the candidates alone.

    A term that all candidates share tells none of them apart, however rare it is in the whole
    collection. BM25+ (Lv and Zhai 2011) is used because its idf, ln((N + 1) / df), stays above 0
    in a set as small as this; its lower bound delta is 0 here, since it would add the same to all.
    """

    share = 0.3

    def scores(self, question: ReadText, passages: Sequence[ReadText]) -> NDArray[np.float32]:
        """BM25 of each candidate; all 0 where no candidate holds any term at all."""
        candidates = [analyze(passage.text, passage.language) for passage in passages]
        if not any(candidates):
            return np.zeros(len(candidates), np.float32)
        index = BM25Plus(candidates, k1=K1, b=B, delta=0)
        scores = index.get_scores(analyze(question.text, question.language))
        return np.asarray(scores, np.float32)
