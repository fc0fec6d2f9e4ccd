"""The files of an inverted index: sorted terms, and the passages that hold each, memory-mapped."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray

# One .npy file each, of the same type on every machine. The terms stand in one text (UTF-8), in
# the order of their bytes: term i is text[bounds[i]:bounds[i + 1]]. The passages that hold it are
# rows[starts[i]:starts[i] + frequencies[i]], ascending, with its weight in each.
_TYPES = {
    "text": "|u1",
    "bounds": "<i8",
    "starts": "<i8",
    "frequencies": "<i4",
    "rows": "<i4",
    "weights": "<f4",
}

PostingList = tuple[NDArray[np.int32], NDArray[np.float32]]


def write_postings(
    folder: Path,
    numbers: Mapping[str, int],
    frequencies: NDArray[np.int64],
    postings: Iterable[PostingList],
) -> None:
    """Write an inverted index to ``folder``.

    ``numbers`` counts the terms in the order in which their postings come, from 0;
    ``frequencies`` says how many those are, by number; ``postings`` holds them all, in any pieces.
    """
    terms = sorted(numbers)
    order = np.fromiter((numbers[term] for term in terms), np.intp, len(terms))
    lengths = np.fromiter((len(_utf8(term)) for term in terms), np.int64, len(terms))
    _store(folder, "text", np.frombuffer(_utf8("".join(terms)), np.uint8))
    _store(folder, "bounds", np.append(0, np.cumsum(lengths)))
    _store(folder, "starts", (np.cumsum(frequencies) - frequencies)[order])
    _store(folder, "frequencies", frequencies[order])
    total = int(frequencies.sum())
    with (
        _created(folder, "rows", total) as rows_file,
        _created(folder, "weights", total) as weights_file,
    ):
        for rows, weights in postings:
            _append(rows_file, "rows", rows)
            _append(weights_file, "weights", weights)


class PostingLists:
    """The posting lists of an inverted index by their terms.

    All of it is mapped from the files, so that processes share one copy in memory.
    """

    def __init__(self, folder: Path) -> None:
        """OSError, EOFError or ValueError when ``folder`` holds no inverted index."""
        columns = {name: _load(folder, name) for name in _TYPES}
        self._terms = _Terms(columns["text"], columns["bounds"])
        self._starts = columns["starts"]
        self._frequencies = columns["frequencies"]
        self._rows = columns["rows"]
        self._weights = columns["weights"]
        if not len(self._terms) == len(self._starts) == len(self._frequencies):
            raise ValueError("its files do not hold the same number of terms")
        if len(self._rows) != len(self._weights):
            raise ValueError("its files do not hold the same number of postings")

    def of(self, term: str) -> PostingList:
        """The rows that hold ``term``, ascending, and its weight in each; none if it is unknown."""
        place = self._terms.place(term)
        if place is None:
            return self._rows[:0], self._weights[:0]
        start = self._starts[place]
        inside = slice(start, start + self._frequencies[place])
        return self._rows[inside], self._weights[inside]

    def frequency(self, term: str) -> int:
        """How many rows hold ``term``."""
        place = self._terms.place(term)
        return 0 if place is None else int(self._frequencies[place])


class _Terms:
    """Sorted terms, looked up by halving (22 steps among three million)."""

    def __init__(self, text: NDArray[np.uint8], bounds: NDArray[np.int64]) -> None:
        if len(bounds) == 0 or bounds[-1] != len(text):
            raise ValueError("its terms are cut off")
        # A memoryview gives single elements several times faster than an array.
        self._text, self._bounds = text.data, bounds.data

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def place(self, term: str) -> int | None:
        """The place of ``term`` in the order, None where it is not among them."""
        wanted = _utf8(term)
        place = bisect_left(range(len(self)), wanted, key=self._at)
        return place if place < len(self) and self._at(place) == wanted else None

    def _at(self, place: int) -> bytes:
        return bytes(self._text[self._bounds[place] : self._bounds[place + 1]])


def _utf8(text: str) -> bytes:
    # Text of a damaged file may hold half of a surrogate pair, which is a term like any other.
    return text.encode("utf-8", "surrogatepass")


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"


def _store(folder: Path, name: str, column: NDArray[Any]) -> None:
    with _created(folder, name, len(column)) as file:
        _append(file, name, column)


def _created(folder: Path, name: str, length: int) -> IO[bytes]:
    """A file for a column of which the elements follow."""
    file = _path(folder, name).open("xb")
    header = {"descr": _TYPES[name], "fortran_order": False, "shape": (length,)}
    write_array_header_1_0(file, header)
    return file


def _append(file: IO[bytes], name: str, column: NDArray[Any]) -> None:
    file.write(np.ascontiguousarray(column, _TYPES[name]).data)


def _load(folder: Path, name: str) -> NDArray[Any]:
    path = _path(folder, name)
    column = np.load(path, mmap_mode="r", allow_pickle=False)
    if column.dtype != _TYPES[name] or column.ndim != 1:
        raise ValueError(f"{path.name} holds another kind of numbers")
    return np.asarray(column)
