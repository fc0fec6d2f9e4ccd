"""An embedder that need not compute what was computed before, nor all of a large corpus."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from evals.bench.wrapped import Wrapped
from indexes.embedder import Embedder
from indexes.types import Vectors


class Remembering(Wrapped):
    """An Embedder with the vectors that ``inner`` made before; it makes those that are new."""

    def __init__(self, inner: Embedder) -> None:
        super().__init__(inner)
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def remember(self, texts: Sequence[str], values: NDArray[np.float32]) -> None:
        """Keep the vectors of passages; row i of ``values`` is that of ``texts[i]``."""
        self._known.update(zip(map(_key, texts), values, strict=True))

    @property
    def fingerprint(self) -> str:
        """The inner one's: the vectors are its own."""
        return self._inner.fingerprint

    @property
    def description(self) -> Mapping[str, str]:
        """The inner one's."""
        return self._inner.description

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions)."""
        new = [text for text in dict.fromkeys(texts) if _key(text) not in self._known]
        if new:
            self.remember(new, self._inner.embed_passages(new).values)
        rows = [self._known[_key(text)] for text in texts]
        values = np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)
        return Vectors(values, self.fingerprint)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The inner one's."""
        return self._inner.embed_queries(texts)


def _key(text: str) -> bytes:
    return sha256(text.encode()).digest()
