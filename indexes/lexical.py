"""BM25 over the whole collection, through bm25s. Nobody else imports it."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from indexes.dense import Rows, Scores
from indexes.errors import SnapshotCorrupt

# The values of the BM25 baselines published for passage retrieval (Anserini; Yang et al. 2018).
K1 = 0.9
B = 0.4
_SIZE_FILE = "size.json"

# It reports every index it builds, at a level that it sets for itself.
logging.getLogger("bm25s").setLevel(logging.WARNING)


class LexicalWriter:
    """A BM25 index in the making; row i is chunk i of the snapshot."""

    def __init__(self) -> None:
        self._vocabulary: dict[str, int] = {}
        self._passages: list[NDArray[np.int32]] = []

    def add(self, terms: Sequence[str]) -> None:
        """Append a passage by its terms."""
        known = self._vocabulary
        ids = [known.setdefault(term, len(known)) for term in terms]
        self._passages.append(np.array(ids, dtype=np.int32))

    def write(self, folder: Path) -> None:
        """Store what was added."""
        folder.mkdir(parents=True)
        size = {"passages": len(self._passages), "terms": len(self._vocabulary)}
        (folder / _SIZE_FILE).write_text(json.dumps(size), "utf-8")
        if self._vocabulary:
            index = bm25s.BM25(k1=K1, b=B, method="lucene")
            index.index((self._passages, self._vocabulary), show_progress=False)
            index.save(folder, show_progress=False)


class LexicalIndex:
    """BM25 as Lucene computes it, memory-mapped.

    score(q, d) = sum over t in q of idf(t) * tf / (tf + k1 * (1 - b + b * |d| / avg|d|)) with
    idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson & Zaragoza 2009, in Lucene's variant:
    Kamphuis et al. 2020). Every passage that holds a term of the question scores above 0.
    """

    def __init__(self, folder: Path) -> None:
        """SnapshotCorrupt when ``folder`` holds no index that bm25s can read."""
        try:
            size = json.loads((folder / _SIZE_FILE).read_text("utf-8"))
            self._passages = int(size["passages"])
            self._index = (
                bm25s.BM25.load(folder, mmap=True, show_progress=False) if size["terms"] else None
            )
        except (OSError, ValueError, TypeError, KeyError, EOFError) as exc:
            raise SnapshotCorrupt(f"{folder} is not a readable BM25 index: {exc}") from exc

    def __len__(self) -> int:
        return self._passages

    def scores(self, terms: Sequence[str]) -> Scores:
        """The score of every row, shape (rows,); 0 where no term occurs."""
        known = self._known(terms)
        if not known or self._index is None:
            return np.zeros(self._passages, np.float32)
        scores: Scores = self._index.get_scores(known)
        return scores

    def search(
        self, terms: Sequence[str], k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best rows and their scores, best first, equal scores by row.

        ``allowed`` has one truth value per row, None allows all. A row without any of the terms
        is never found.
        """
        scores = self.scores(terms)
        if allowed is not None:
            scores = np.where(allowed, scores, np.float32(0))
        rows = np.flatnonzero(scores)
        if len(rows) > k:
            # Keep every row that ties with the k-th, so that the cut below is by row number.
            threshold = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
            rows = rows[scores[rows] >= threshold]
        order = np.lexsort((rows, -scores[rows]))[:k]
        return rows[order], scores[rows[order]]

    @property
    def largest_idf(self) -> float:
        """The idf of a term that no passage holds."""
        return self._idf(0)

    def idf(self, term: str) -> float:
        """ln(1 + (N - df + 0.5) / (df + 0.5)); the largest possible value for an unknown term."""
        frequency = 0
        if self._index is not None and term in self._index.vocab_dict:
            bounds = self._index.scores["indptr"]
            column = self._index.vocab_dict[term]
            frequency = int(bounds[column + 1] - bounds[column])
        return self._idf(frequency)

    def _idf(self, frequency: int) -> float:
        return float(np.log1p((self._passages - frequency + 0.5) / (frequency + 0.5)))

    def _known(self, terms: Sequence[str]) -> list[int]:
        if self._index is None:
            return []
        ids: list[int] = self._index.get_tokens_ids(list(terms))
        return ids
