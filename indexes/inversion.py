"""Passages by their terms, turned into terms by their passages in bounded memory."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeVar
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

# Terms in memory before they are sorted and set aside, and postings merged at a time: working on
# one takes 50 to 80 bytes.
_RUN = 1 << 21
_BATCH = 1 << 20
# A posting's key has its term's number above its row.
_ROW_BITS = 32
_ROW = (1 << _ROW_BITS) - 1

_Number = TypeVar("_Number", np.int32, np.int64)


@dataclass(frozen=True, slots=True)
class Postings:
    """How often terms stand in passages: an entry for each pair, by term number, then by row."""

    terms: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.int32]


class Inversion:
    """Sorts in runs, which wait on disk and are merged in the end (Heinz & Zobel 2003).

    Only the vocabulary and 4 bytes for each passage stay in memory. ``numbers`` counts the terms in
    the order in which they were first seen, from 0; ``lengths`` has the number of terms of each
    passage.
    """

    def __init__(self, scratch: Path) -> None:
        """Runs wait in the folder ``scratch``, in files without a name."""
        self.numbers: dict[str, int] = {}
        self.lengths = array("i")
        self._frequencies = np.zeros(0, np.int64)
        self._pending = array("i")
        self._settled = 0
        self._ends = [0]
        self._keys = self._opened(scratch)
        self._counts = self._opened(scratch)

    def add(self, terms: Sequence[str]) -> None:
        """Append a passage by its terms. OSError where the disk takes no more."""
        numbers = self.numbers
        self._pending.extend([numbers.setdefault(term, len(numbers)) for term in terms])
        self.lengths.append(len(terms))
        if len(self._pending) >= _RUN:
            self._set_aside()

    def frequencies(self) -> NDArray[np.int64]:
        """In how many passages each term stands, by its number."""
        if self._pending:
            self._set_aside()
        return self._frequencies

    def batches(self) -> Iterator[Postings]:
        """All postings in the order of their terms' numbers, about a million at a time."""
        ends = np.cumsum(self.frequencies())
        first = done = 0
        while first < len(ends):
            last = max(first + 1, int(np.searchsorted(ends, done + _BATCH, "right")))
            yield self._merged(first, last)
            first, done = last, int(ends[last - 1])

    def _opened(self, scratch: Path) -> IO[bytes]:
        file = TemporaryFile(dir=scratch)  # noqa: SIM115
        finalize(self, file.close)
        return file

    def _set_aside(self) -> None:
        lengths = np.array(self.lengths[self._settled :], np.int32)
        rows = np.repeat(np.arange(self._settled, len(self.lengths)), lengths)
        terms = np.array(self._pending, np.int64)
        keys, counts = np.unique(terms << _ROW_BITS | rows, return_counts=True)
        for file, column in ((self._keys, keys), (self._counts, counts.astype(np.int32))):
            file.write(column.data)
            file.flush()
        frequencies = np.bincount(keys >> _ROW_BITS, minlength=len(self.numbers))
        frequencies[: len(self._frequencies)] += self._frequencies
        self._frequencies = frequencies
        self._ends.append(self._ends[-1] + len(keys))
        self._settled = len(self.lengths)
        self._pending = array("i")

    def _merged(self, first: int, last: int) -> Postings:
        """The postings of the terms numbered from ``first`` up to ``last``, of all runs."""
        keys, counts = [], []
        for start, end in zip(self._ends, self._ends[1:], strict=False):
            run = _mapped(self._keys, np.int64, start, end)
            part = slice(*np.searchsorted(run, [first << _ROW_BITS, last << _ROW_BITS]))
            keys.append(np.array(run[part]))
            counts.append(np.array(_mapped(self._counts, np.int32, start, end)[part]))
        merged = np.concatenate(keys)
        order = np.argsort(merged, kind="stable")
        merged = merged[order]
        return Postings(
            terms=merged >> _ROW_BITS,
            rows=(merged & _ROW).astype(np.int32),
            counts=np.concatenate(counts)[order],
        )


def _mapped(file: IO[bytes], dtype: type[_Number], start: int, end: int) -> NDArray[_Number]:
    """Entries of a run. Mapped anew for each use, so that what was read does not stay resident."""
    return np.memmap(file, dtype, "r", start * np.dtype(dtype).itemsize, (end - start,))
