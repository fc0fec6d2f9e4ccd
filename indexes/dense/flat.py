"""The vectors of a snapshot, row by row in half precision, in one file that processes share."""

import struct
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.errors import RunRefused, SnapshotCorrupt

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

# Rows in memory at a time where all of them are read: 25 MB at 384 dimensions.
WINDOW = 16_384
# Rows copied together to be compared: 0.8 MB at 384 dimensions stay in the processor's cache.
_GATHERED = 1024
# Where more than one row in so many is allowed, reading past the others costs less than copying.
_SCATTERED = 4
# Of a number in half precision.
_BYTES = 2
# Where FAISS writes the dimensions and the rows, and the length of the codes, in its files.
_SHAPE = struct.Struct("<4xiq")
_LENGTH = struct.Struct("<Q")


def best_first(rows: Rows, scores: Scores, k: int) -> tuple[Rows, Scores]:
    """The ``k`` best of scored rows, best first, equal scores by row."""
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def unwritable(path: Path, reason: Exception) -> RunRefused:
    """What a run says that cannot store its vectors in ``path``."""
    return RunRefused(
        f"the vectors {path} cannot be written ({reason}); make sure that the disk has room, "
        "then run again: nothing was published"
    )


class FlatWriter:
    """A flat file in the making: what is added goes to the disk at once."""

    def __init__(self, path: Path, dimensions: int) -> None:
        """RunRefused where the disk does not take it."""
        self._path = path
        self._dimensions = dimensions
        self._rows = 0
        self._put("xb", _header(dimensions, 0))

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Append unit rows, shape (n, dimensions). RunRefused where the disk does not take them."""
        # NumPy rounds to the nearest, as IEEE 754 says; FAISS's own encoder sometimes does not.
        self._put("ab", np.ascontiguousarray(vectors, "<f2").data)
        self._rows += len(vectors)

    def close(self) -> None:
        """Finish the file. RunRefused where the disk does not take it."""
        self._put("r+b", _header(self._dimensions, self._rows))

    def _put(self, mode: str, content: bytes | memoryview) -> None:
        try:
            with self._path.open(mode) as file:
                file.write(content)
        except OSError as exc:
            raise unwritable(self._path, exc) from exc


class FlatIndex:
    """Half-precision unit vectors, memory-mapped, compared exactly.

    A number keeps 11 bits, so an inner product of unit vectors is off by 0.0005 at the very most.
    Over 3,300 real questions and 23,134 passages: by 0.00006 at most, the first never another one,
    nDCG@10 the same to 0.00003.
    """

    def __init__(self, path: Path) -> None:
        """SnapshotCorrupt when ``path`` is not what FlatWriter wrote."""
        try:
            content = np.memmap(path, np.uint8, "r")
            dimensions, rows = _SHAPE.unpack(content[: _SHAPE.size].tobytes())
            header = _header(dimensions, rows)
            if content[: len(header)].tobytes() != header:
                raise SnapshotCorrupt(f"{path} is not a readable FAISS index of half precision")
            self._codes = content[len(header) :].reshape(rows, dimensions * _BYTES)
            # Only now: what FAISS maps it does not check, and it reads beyond a file's end.
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, OSError, ValueError, OverflowError, struct.error) as exc:
            raise SnapshotCorrupt(f"{path} is not a readable FAISS index: {exc}") from exc

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """The stored vectors of ``rows``, shape (len(rows), dimensions)."""
        if len(rows) == 0:
            return np.empty((0, self.dimensions), np.float32)
        vectors: NDArray[np.float32] = self._index.sa_decode(self._codes[rows])
        return vectors

    def windows(self) -> Iterator[NDArray[np.float32]]:
        """All stored vectors in the order of their rows, WINDOW rows at a time."""
        for start in range(0, len(self), WINDOW):
            yield self._index.sa_decode(self._codes[start : start + WINDOW])

    def scores(self, query: NDArray[np.float32], rows: Rows) -> Scores:
        """The cosine of ``query`` and each of ``rows``; equal vectors have equal scores."""
        # A matrix product rounds a row by where it stands in the matrix; this does not.
        scores: Scores = np.einsum("ij,j->i", self.vectors(rows), query)
        return scores

    def search(
        self, query: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The at most ``k`` best rows and their cosines, best first, equal scores by row."""
        if allowed is None:
            rows, _ = _search(self._index, query, k, None)
        elif allowed.count * _SCATTERED > len(self):
            rows, _ = _search(self._index, query, k, selector(allowed))
        else:
            rows = self._search_few(query, k, allowed.rows)
        return best_first(rows, self.scores(query, rows), k)

    def _search_few(self, query: NDArray[np.float32], k: int, rows: Rows) -> Rows:
        """The ``k`` best of ``rows``, which ascend, at 0.2 to 0.4 ms a thousand."""
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        few = _empty(self.dimensions)
        for start in range(0, len(rows), _GATHERED):
            part = rows[start : start + _GATHERED]
            few.reset()
            few.add_sa_codes(self._codes[part])
            places, scores = _search(few, query, k, None)
            found.append((part[places], scores))
        candidates, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return best_first(candidates, scores, k)[0]

    def nearest(self, queries: NDArray[np.float32], k: int, allowed: Allowed | None) -> Rows:
        """The ``k`` best rows of each query, best first, shape (queries, k), in one pass.

        There are at least ``k`` rows to find.
        """
        mask = np.ones(len(self), np.bool_) if allowed is None else allowed.mask
        rows = np.empty((len(queries), 0), np.int64)
        scores = np.empty((len(queries), 0), np.float32)
        for number, window in enumerate(self.windows()):
            first = number * WINDOW
            inside = np.flatnonzero(mask[first : first + len(window)])
            if len(inside) == 0:
                continue
            new, places = faiss.knn(
                queries, window[inside], min(k, len(inside)), metric=faiss.METRIC_INNER_PRODUCT
            )
            found, cosines = np.hstack([rows, first + inside[places]]), np.hstack([scores, new])
            best = np.lexsort((found, -cosines), axis=1)[:, :k]
            rows = np.take_along_axis(found, best, axis=1)
            scores = np.take_along_axis(cosines, best, axis=1)
        return rows


def selector(allowed: Allowed) -> faiss.IDSelector:
    """The allowed rows as FAISS takes them. The stubs know only its C++ signatures."""
    return faiss.IDSelectorBitmap(allowed.bitmap)  # type: ignore[call-arg,arg-type]


def _header(dimensions: int, rows: int) -> bytes:
    """All of a FAISS index but its codes, which stand last, behind their length in bytes."""
    index = _empty(dimensions)
    index.ntotal = rows
    serialized: bytes = faiss.serialize_index(index).tobytes()
    return serialized[: -_LENGTH.size] + _LENGTH.pack(rows * dimensions * _BYTES)


def _empty(dimensions: int) -> faiss.IndexScalarQuantizer:
    return faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


def _search(
    index: faiss.Index, query: NDArray[np.float32], k: int, among: faiss.IDSelector | None
) -> tuple[Rows, Scores]:
    parameters = None
    if among is not None:
        parameters = faiss.SearchParameters(sel=among)  # type: ignore[call-arg]
    scores, rows = index.search(query[None, :], min(k, index.ntotal), params=parameters)
    found = rows[0] >= 0
    return rows[0][found], scores[0][found]
