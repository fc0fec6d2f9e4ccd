"""What runs a model: texts in, unit rows and the rows of their tokens out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.embedding.types import TokenVectors

Rows = NDArray[np.float32]
Outputs = tuple[Rows, tuple[TokenVectors, ...]]


class Engine(Protocol):
    """One way of running one model; safe to call from any thread."""

    def encode(self, texts: Sequence[str], prefix: str, *, tokens: bool) -> Outputs:
        """Unit rows, shape (len(texts), width), and with ``tokens`` an entry for every text.

        The model reads ``prefix`` before each text. EmbedderError when it fails.
        """
        ...


def unit_rows(rows: Rows) -> Rows:
    """Each row divided by its Euclidean length; a row of zeros stays one."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.maximum(norms, np.finfo(np.float32).tiny))


def of_text(rows: Rows, offsets: Sequence[tuple[int, int]], prefix: int) -> TokenVectors:
    """The rows of tokens that stand for characters after the first ``prefix`` ones.

    A special token stands for no character.
    """
    kept = [i for i, (start, end) in enumerate(offsets) if end > start >= prefix]
    return TokenVectors(unit_rows(rows[kept]), text_spans(offsets, prefix))


def text_spans(offsets: Sequence[tuple[int, int]], prefix: int) -> tuple[tuple[int, int], ...]:
    """Where those tokens stand in the text without its prefix."""
    return tuple(
        [(start - prefix, end - prefix) for start, end in offsets if end > start >= prefix]
    )
