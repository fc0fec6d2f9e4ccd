"""A second look at the candidates of a search, through rank-bm25. Nobody else imports it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus

from indexes.lexical import K1, B


class Reranker(Protocol):
    """Scores candidates anew, seeing only the candidates."""

    def scores(
        self, query_terms: Sequence[str], candidates: Sequence[Sequence[str]]
    ) -> NDArray[np.float32]:
        """A score per candidate, shape (len(candidates),), larger is better."""
        ...


class CandidateBM25:
    """BM25 with term statistics of the candidates alone.

    A term that all candidates share tells none of them apart, however rare it is in the whole
    collection. BM25+ (Lv and Zhai 2011) is used because its idf, ln((N + 1) / df), stays above 0
    in a set as small as this; its lower bound delta is 0 here, since it would add the same to all.
    """

    def scores(
        self, query_terms: Sequence[str], candidates: Sequence[Sequence[str]]
    ) -> NDArray[np.float32]:
        """BM25 of each candidate; all 0 where no candidate holds any term at all."""
        if not any(candidates):
            return np.zeros(len(candidates), np.float32)
        index = BM25Plus([list(terms) for terms in candidates], k1=K1, b=B, delta=0)
        return np.asarray(index.get_scores(list(query_terms)), np.float32)
