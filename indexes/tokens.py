"""Late interaction: a bit code for every token of a passage, and how well a question meets them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from math import pi, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexes.dense import Rows, Scores
from indexes.embedder import TokenVectors
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.ragged import RaggedRows, RaggedWriter

# Bits of a token's code at most: 48 bytes. Over three sets as good as the vectors themselves
# (nDCG@10 .841 both); 256 bits cost .002, 128 cost .008. See docs/measurements.md.
BITS = 384
_SEED = 20240521
_SHAPE_FILE = "shape.json"

Codes = NDArray[np.uint8]


class TokenQuantiser:
    """Unit vectors to the signs of their coordinates in a rotated space.

    The code of RaBitQ (Gao and Long 2024) without its stored factors: the rotation is fixed, so
    nothing is trained, the code of an unchanged passage stays valid for ever, and the L1 norm of
    a rotated unit vector, which is nearly the same for all, is taken at its mean. Of the rotated
    coordinates the first ``bits`` are kept.
    """

    def __init__(self, dimensions: int) -> None:
        """For token vectors of ``dimensions``, at least 8."""
        self.dimensions = dimensions
        self.bits = min(BITS, dimensions - dimensions % 8)
        self._rotation = _rotation(dimensions)[:, : self.bits]

    def encode(self, passage: str, tokens: TokenVectors) -> bytes:
        """The codes of the tokens that hold a letter or digit, ``bits`` / 8 bytes each.

        ``passage`` is the text that the spans of ``tokens`` are places in.
        """
        rotated = tokens.values[words(passage, tokens.spans)] @ self._rotation
        return np.packbits(rotated > 0, axis=1).tobytes()

    def similarities(self, query: NDArray[np.float32], codes: Codes) -> NDArray[np.float32]:
        """Estimated cosines of every code and every query token, shape (codes, query tokens).

        <o, q> is estimated by <sign(Ro), Rq> / E|Ro|, where E|Ro| = bits * sqrt(2 / (pi * d)).
        """
        rotated = query @ self._rotation
        scale = 1 / (self.bits * sqrt(2 / (pi * self.dimensions)))
        set_bits = np.unpackbits(codes, axis=1).astype(np.float32)
        # A sign is twice its bit less one.
        signed = set_bits @ (2 * scale * rotated.T) - scale * rotated.sum(axis=1)
        return np.asarray(signed, np.float32)


def words(passage: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """The places of those spans of ``passage`` that have a code: they hold a letter or digit."""
    return [i for i, (start, end) in enumerate(spans) if _has_letter_or_digit(passage[start:end])]


def _has_letter_or_digit(token: str) -> bool:
    # Nearly every token has nothing else, which is quicker to see.
    return token.isalnum() or any(map(str.isalnum, token))


@lru_cache(maxsize=4)
def _rotation(dimensions: int) -> NDArray[np.float32]:
    """The same rotation on every machine: Gram-Schmidt of random signs.

    The raw stream of a bit generator never changes between versions of NumPy; a QR decomposition
    is unique once the diagonal of R is positive.
    """
    words = np.random.PCG64(_SEED).random_raw(-(-dimensions * dimensions // 64))
    bits = np.unpackbits(words.astype("<u8").view(np.uint8))[: dimensions * dimensions]
    signs = bits.reshape(dimensions, dimensions) * 2.0 - 1
    q, r = np.linalg.qr(signs)
    return np.asarray(q * np.sign(np.diag(r)), np.float32)


class TokensWriter(RaggedWriter):
    """Codes of all passages in the making; row i is chunk i. For use with ``with``."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        """Makes ``folder``. OSError where the disk does not take it, here and below."""
        super().__init__(folder)
        self._width = TokenQuantiser(dimensions).bits // 8
        (folder / _SHAPE_FILE).write_text(json.dumps({"dimensions": dimensions}), "utf-8")

    def add(self, row: bytes) -> None:
        """Append a passage by its codes; ``b""`` for one that has none.

        SnapshotMismatch when they are codes of other dimensions.
        """
        if len(row) % self._width:
            raise SnapshotMismatch(
                f"token codes of {len(row)} bytes are no whole number of {self._width}-byte "
                "codes: another embedder made them; ingest the collection again"
            )
        super().add(row)


class TokenIndex:
    """The token codes of a snapshot, memory-mapped; only those of the rows asked for are read."""

    def __init__(self, folder: Path) -> None:
        """SnapshotCorrupt when ``folder`` does not hold what a TokensWriter leaves."""
        try:
            dimensions = int(json.loads((folder / _SHAPE_FILE).read_text("utf-8"))["dimensions"])
        except (OSError, ValueError, TypeError, KeyError) as exc:
            raise SnapshotCorrupt(f"{folder} holds no readable token codes: {exc}") from exc
        self._quantiser = TokenQuantiser(dimensions)
        width = self._quantiser.bits // 8
        self._codes = RaggedRows(folder, np.dtype(np.uint8), (width,))

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def dimensions(self) -> int:
        """Length of the token vectors that the codes stand for."""
        return self._quantiser.dimensions

    def codes(self, rows: Rows) -> list[bytes]:
        """The codes of each of ``rows``, as a TokensWriter takes them."""
        codes, counts = self._codes.take(rows)
        ends = np.cumsum(counts)
        return [codes[start:end].tobytes() for start, end in zip(ends - counts, ends, strict=True)]

    def similarities(
        self, query: NDArray[np.float32], rows: Rows
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """For each of ``rows`` the cosine of every query token and the token closest to it.

        ``query`` has unit rows, shape (tokens, dimensions). Returns shape (len(rows), tokens), and
        which rows have codes at all; the others are 0. SnapshotMismatch when the query has another
        number of dimensions.
        """
        self._check(query)
        codes, counts = self._codes.take(rows)
        coded = counts > 0
        closest = np.zeros((len(rows), len(query)), np.float32)
        if len(codes) and len(query):
            firsts = (np.cumsum(counts) - counts)[coded]
            cosines = self._quantiser.similarities(query, codes)
            closest[coded] = np.maximum.reduceat(cosines, firsts, axis=0)
        return closest, coded

    def cosines(self, query: NDArray[np.float32], rows: Rows) -> list[NDArray[np.float32]]:
        """For each of ``rows`` the cosines of its codes to the query tokens.

        Shapes (codes of the row, query tokens). SnapshotMismatch as for `similarities`.
        """
        self._check(query)
        if not len(rows):
            return []
        codes, counts = self._codes.take(rows)
        return np.split(self._quantiser.similarities(query, codes), np.cumsum(counts)[:-1])

    def _check(self, query: NDArray[np.float32]) -> None:
        if query.shape[1] != self._quantiser.dimensions:
            raise SnapshotMismatch(
                f"query tokens of {query.shape[1]} dimensions cannot meet tokens of "
                f"{self._quantiser.dimensions}; ingest the collection again with the running "
                "embedder"
            )

    def scores(self, query: NDArray[np.float32], rows: Rows) -> Scores:
        """MaxSim over the number of query tokens (Khattab and Zaharia 2020), nan without codes."""
        closest, coded = self.similarities(query, rows)
        means = closest.mean(axis=1) if len(query) else np.zeros(len(rows), np.float32)
        return np.asarray(np.where(coded, means, np.nan), np.float32)
