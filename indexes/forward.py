"""The terms of every passage in reading order, and what their places say about a question."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexes.dense import Rows, Scores
from indexes.lexical import K1
from indexes.ragged import RaggedRows, RaggedWriter

_CODE = np.dtype("<u4")
_WORDS_FOLDER = "words"
_TITLES_FOLDER = "titles"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the terms of a question stand in some passages, each 0 to 1, shape (passages,).

    ``phrases``: which share of the question's neighbouring terms, by the rarity of the more common
    of two, are neighbours in the passage. ``proximity``: p / (p + all idf), where p adds up
    min(idf) / distance^2 over the neighbouring hits of two different terms (after Buettcher,
    Clarke and Lushman 2006, without their saturation by length). ``document``: the share of the
    question, by idf, that the passages of the same document among these hold together. ``title``:
    the Jaccard similarity of the question's terms and those of the document's title.
    """

    phrases: Scores
    proximity: Scores
    document: Scores
    title: Scores


class ForwardWriter:
    """The words of all passages in the making; row i is chunk i. For use with ``with``.

    A word is kept as its CRC-32: 4 bytes, and no vocabulary. That a word of a question and another
    of its candidates share one by chance happens in about one of a hundred thousand questions.
    """

    def __init__(self, folder: Path) -> None:
        """Makes ``folder``. OSError where the disk does not take it."""
        with ExitStack() as parts:
            self._words = parts.enter_context(RaggedWriter(folder / _WORDS_FOLDER))
            self._titles = parts.enter_context(RaggedWriter(folder / _TITLES_FOLDER))
            self._parts = parts.pop_all()

    def add(self, words: Sequence[str], title: Sequence[str] = ()) -> None:
        """Append a passage by its words in reading order, and those of its document's title."""
        self._words.add(_codes(words).tobytes())
        self._titles.add(_codes(list(dict.fromkeys(title))).tobytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._parts.__exit__(kind, value, traceback)


@dataclass(frozen=True, slots=True)
class _Hits:
    """Where the question's terms occur, passage by passage in reading order.

    ``places`` are places in all passages laid end to end.
    """

    passages: NDArray[np.intp]
    places: NDArray[np.intp]
    terms: NDArray[np.intp]

    def neighbours(self) -> NDArray[np.intp]:
        """Which hits are followed by one of another term in the same passage."""
        same = self.passages[1:] == self.passages[:-1]
        return np.flatnonzero(same & (self.terms[1:] != self.terms[:-1]))


class ForwardIndex:
    """The words of a snapshot's passages, memory-mapped; only the rows asked for are read."""

    def __init__(self, folder: Path) -> None:
        """SnapshotCorrupt when ``folder`` does not hold what a ForwardWriter leaves."""
        self._words = RaggedRows(folder / _WORDS_FOLDER, _CODE)
        self._titles = RaggedRows(folder / _TITLES_FOLDER, _CODE)

    def __len__(self) -> int:
        return len(self._words)

    def evidence(
        self, asked: Sequence[str], idf: Mapping[str, float], rows: Rows, owners: Rows
    ) -> Evidence:
        """How the words ``asked``, in their order, stand in the passages of ``rows``.

        ``owners`` has the same number for passages of the same document.
        """
        words = list(dict.fromkeys(asked))
        rarity = np.array([idf[word] for word in words], np.float32)
        if not len(rows) or not rarity.sum() > 0:
            none = np.zeros(len(rows), np.float32)
            return Evidence(none, none, none, none)
        wanted = _codes(words)
        hits = _find(wanted, *self._words.take(rows))
        numbers = {word: number for number, word in enumerate(words)}
        return Evidence(
            phrases=_phrases(hits, [numbers[word] for word in asked], rarity, len(rows)),
            proximity=_proximity(hits, rarity, len(rows)),
            document=_document_coverage(hits, rarity, owners),
            title=_title_similarity(wanted, *self._titles.take(rows)),
        )

    def density(self, idf: Mapping[str, float], windows: Rows) -> Scores:
        """BM25 of each window's passages as one text, by how densely it holds the words of ``idf``.

        sum over t of idf(t) * tf / (tf + k1 * |w| / avg|w|), BM25 with b of 1, where avg|w| is the
        mean of these windows. ``windows`` has the rows of each, -1 for none; shapes (windows,
        passages) and (windows,).
        """
        if not idf or not len(windows):
            return np.zeros(len(windows), np.float32)
        frequencies, lengths = self._counts(list(idf), windows)
        whole = frequencies + K1 * lengths[:, None] / max(lengths.mean(), 1)
        weights = frequencies / np.where(whole > 0, whole, 1)
        return np.asarray(weights @ np.array(list(idf.values())), np.float32)

    def _counts(
        self, words: Sequence[str], windows: Rows
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How often each window holds each of ``words``, and how many words it has in all.

        Shapes (windows, len(words)) and (windows,).
        """
        rows, places = np.unique(windows, return_inverse=True)
        nowhere = int(np.searchsorted(rows, 0))
        values, found = self._words.take(rows[nowhere:])
        hits = _find(_codes(words), values, found)
        cells = (nowhere + hits.passages) * len(words) + hits.terms
        counts = np.bincount(cells, minlength=len(rows) * len(words)).reshape(-1, len(words))
        lengths = np.concatenate((np.zeros(nowhere, np.int64), found))
        places = places.reshape(windows.shape)
        return counts[places].sum(axis=1), lengths[places].sum(axis=1)


def _codes(words: Sequence[str]) -> NDArray[np.uint32]:
    return np.array([crc32(word.encode()) for word in words], _CODE)


def _find(wanted: NDArray[np.uint32], values: NDArray[np.uint32], counts: Rows) -> _Hits:
    order = np.argsort(wanted)
    ascending = wanted[order]
    nearest = np.minimum(np.searchsorted(ascending, values), len(wanted) - 1)
    places = np.flatnonzero(ascending[nearest] == values)
    passages = np.repeat(np.arange(len(counts)), counts)[places]
    return _Hits(passages, places, order[nearest[places]])


def _phrases(hits: _Hits, asked: Sequence[int], rarity: Scores, passages: int) -> Scores:
    weights = np.zeros((len(rarity), len(rarity)), np.float32)
    for first, second in pairwise(asked):
        if first != second:
            weights[first, second] = min(rarity[first], rarity[second])
    whole = weights.sum()
    if not whole > 0:
        return np.zeros(passages, np.float32)
    near = hits.neighbours()
    near = near[hits.places[near + 1] - hits.places[near] == 1]
    first, second = hits.terms[near], hits.terms[near + 1]
    # The same pair twice in one passage counts once.
    held = np.zeros((passages, *weights.shape), np.bool_)
    held[hits.passages[near], first, second] = True
    return np.asarray((held * weights).sum(axis=(1, 2)) / whole, np.float32)


def _proximity(hits: _Hits, rarity: Scores, passages: int) -> Scores:
    near = hits.neighbours()
    distances = (hits.places[near + 1] - hits.places[near]).astype(np.float32)
    rarer = np.minimum(rarity[hits.terms[near]], rarity[hits.terms[near + 1]])
    near_by = np.bincount(hits.passages[near], rarer / distances**2, minlength=passages)
    return np.asarray(near_by / (near_by + rarity.sum()), np.float32)


def _document_coverage(hits: _Hits, rarity: Scores, owners: Rows) -> Scores:
    _, numbers = np.unique(owners, return_inverse=True)
    held = np.zeros((numbers.max() + 1, len(rarity)), np.bool_)
    held[numbers[hits.passages], hits.terms] = True
    covered = np.where(held, rarity, 0).sum(axis=1) / rarity.sum()
    return np.asarray(covered[numbers], np.float32)


def _title_similarity(
    wanted: NDArray[np.uint32], titles: NDArray[np.uint32], counts: Rows
) -> Scores:
    """Both are sets: what they share over what either has."""
    hits = _find(wanted, titles, counts)
    shared = np.bincount(hits.passages, minlength=len(counts))
    return np.asarray(shared / (len(wanted) + counts - shared), np.float32)
