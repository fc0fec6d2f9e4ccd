"""BM25 over the whole collection."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.dense import Rows, Scores
from indexes.errors import SnapshotCorrupt
from indexes.inversion import Inversion
from indexes.postings import PostingList, PostingLists, write_postings

# The values of the BM25 baselines published for passage retrieval (Anserini; Yang et al. 2018).
K1 = 0.9
B = 0.4
_SIZE_FILE = "size.json"
# The smallest collections that what reads `rarity` was learned on have about as many passages.
_LEAST_PASSAGES = 300
# Rows of a block of which the largest score is taken, to know which scores can be among the best.
_BLOCK = 64
# Where at most one row in so many is allowed, only their scores are looked at.
_FEW = 4
# Finding one row in a posting list takes as long as adding up so many postings.
_LOOKUP = 30
# Terms whose rarity is remembered: a search asks for that of each several times, 9 us at a time.
_CACHED_TERMS = 1 << 14


class LexicalWriter:
    """A BM25 index in the making; row i is chunk i of the snapshot."""

    def __init__(self, scratch: Path) -> None:
        """What does not fit in memory waits in ``scratch``, about 1 kB for each passage."""
        self._inversion = Inversion(scratch)

    def add(self, terms: Sequence[str]) -> None:
        """Append a passage by its terms."""
        self._inversion.add(terms)

    def write(self, folder: Path) -> None:
        """Store what was added. OSError where the disk does not take it."""
        folder.mkdir(parents=True)
        inverted = self._inversion
        (folder / _SIZE_FILE).write_text(json.dumps({"passages": len(inverted.lengths)}), "utf-8")
        write_postings(folder, inverted.numbers, inverted.frequencies(), self._weighted())

    def _weighted(self) -> Iterator[PostingList]:
        """All postings, each with what it adds to the score of a question that has its term."""
        inverted = self._inversion
        lengths = np.array(inverted.lengths, np.float64)
        idf = _idf(inverted.frequencies(), len(lengths))
        saturation = K1 * (1 - B + B * lengths / lengths.mean()) if lengths.any() else lengths
        for postings in inverted.batches():
            counts = postings.counts
            weights = idf[postings.terms] * counts / (counts + saturation[postings.rows])
            yield postings.rows, weights.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A term of a question: the rows that hold it, its weight in each, and in the question."""

    rows: NDArray[np.int32]
    weights: Scores
    weight: np.float32


class LexicalIndex:
    """BM25 as Lucene computes it, memory-mapped.

    score(q, d) = sum over t in q of weight(t) * idf(t) * tf / (tf + k1 * (1 - b + b * |d| /
    avg|d|)) with idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)) (Robertson & Zaragoza 2009, in
    Lucene's variant: Kamphuis et al. 2020). Every passage that holds a term of the question scores
    above 0. Scores are summed in single precision in the order of the question's terms, wherever
    they are asked for: the same question gives a row the same score to the bit.
    """

    def __init__(self, folder: Path) -> None:
        """SnapshotCorrupt when ``folder`` holds no index that can be read."""
        try:
            size = json.loads((folder / _SIZE_FILE).read_text("utf-8"))
            self._passages = int(size["passages"])
            self._lists = PostingLists(folder)
        except (OSError, ValueError, TypeError, KeyError, EOFError) as exc:
            raise SnapshotCorrupt(f"{folder} is not a readable BM25 index: {exc}") from exc
        self._frequency = lru_cache(maxsize=_CACHED_TERMS)(self._lists.frequency)

    def __len__(self) -> int:
        return self._passages

    def search(
        self, terms: Mapping[str, float], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best rows and their scores, best first, equal scores by row.

        ``terms`` has the weight of each term of the question, above 0; ``allowed`` of None allows
        all. A row without any of the terms is never found.
        """
        asked = self._asked(terms)
        if allowed is None or allowed.count * _FEW > len(self):
            scores = _summed(asked, len(self))
            if allowed is not None and not allowed.everything:
                scores *= allowed.mask
            best = _best(scores, k)
            return best, scores[best]
        rows = allowed.rows
        if _is_quicker_by_row(asked, len(rows), len(self)):
            scores = _looked_up(asked, rows)
        else:
            scores = _summed(asked, len(self))[rows]
        best = _best(scores, k)
        return rows[best], scores[best]

    def scores(self, terms: Mapping[str, float], rows: Rows) -> Scores:
        """The score of each of ``rows``, in their order; 0 where none of ``terms`` occurs."""
        return _looked_up(self._asked(terms), rows)

    def idf(self, term: str) -> float:
        """ln(1 + (N - df + 0.5) / (df + 0.5)); the largest possible value for an unknown term."""
        return float(_idf(np.array(self._frequency(term)), self._passages))

    def rarity(self, term: str) -> float:
        """How rare ``term`` is, 0 to 1: its idf over an unknown term's.

        In a small collection counts say little, so it counts as one of _LEAST_PASSAGES.
        """
        passages = max(self._passages, _LEAST_PASSAGES)
        frequencies = np.array([self._frequency(term), 0])
        own, unknown = _idf(frequencies, passages).tolist()
        return float(own / unknown)

    def _asked(self, terms: Mapping[str, float]) -> list[_Asked]:
        return [_Asked(*self._lists.of(term), np.float32(weight)) for term, weight in terms.items()]


def _is_quicker_by_row(asked: Sequence[_Asked], rows: int, passages: int) -> bool:
    """Whether looking up so few ``rows`` costs less than scoring every passage."""
    return _LOOKUP * rows * len(asked) < passages + sum(len(term.rows) for term in asked)


def _summed(asked: Sequence[_Asked], passages: int) -> Scores:
    """The scores of all rows."""
    scores = np.zeros(passages, np.float32)
    for term in asked:
        weighted = term.weights if term.weight == 1 else term.weights * term.weight
        # Indices of another type are converted too, but by a slower way.
        np.add.at(scores, term.rows.astype(np.intp), weighted)
    return scores


def _looked_up(asked: Sequence[_Asked], rows: Rows) -> Scores:
    """The scores of ``rows``."""
    scores = np.zeros(len(rows), np.float32)
    wanted = rows.astype(np.int32)  # or else all of each posting list would be converted
    for term in asked:
        if len(term.rows):
            places = np.searchsorted(term.rows[:-1], wanted)  # at most that of the last row
            found = term.rows[places] == wanted
            scores[found] += term.weights[places[found]] * term.weight
    return scores


def _best(scores: Scores, k: int) -> Rows:
    """Places of the at most ``k`` largest scores above 0, best first, equal ones by place."""
    if k == 0:
        return np.empty(0, np.int64)
    # At least k scores reach the k-th largest of the largest scores of disjoint blocks.
    whole = len(scores) // _BLOCK * _BLOCK
    largest = scores[:whole].reshape(_BLOCK, -1).max(axis=0)
    if np.count_nonzero(largest) < k:
        largest = scores
    largest = largest[largest > 0]
    enough = np.finfo(np.float32).tiny
    if len(largest) > k:
        enough = -np.partition(-largest, k - 1)[k - 1]
    places = np.flatnonzero(scores >= enough)
    return places[np.lexsort((places, -scores[places]))[:k]]


def _idf(frequencies: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    """ln(1 + (N - df + 0.5) / (df + 0.5)) for each df."""
    return np.log1p((passages - frequencies + 0.5) / (frequencies + 0.5))
