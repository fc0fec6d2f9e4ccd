"""An embedder that need not compute what was computed before, nor all of a large corpus."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder, Encoded, TokenVectors
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.types import Vectors

Spans = tuple[tuple[int, int], ...]


class Remembering(WrappedEmbedder):
    """An Embedder with what ``inner`` made before; it makes what is new.

    Token vectors are kept in half precision: there are more than a hundred for each passage.
    """

    def __init__(self, inner: Embedder) -> None:
        super().__init__(inner)
        self._known: dict[bytes, NDArray[np.float32]] = {}
        self._tokens: dict[bytes, tuple[NDArray[np.float16], Spans]] = {}

    def remember(self, texts: Sequence[str], encoded: Encoded) -> None:
        """Keep what was made of passages."""
        keys = [_key(text) for text in texts]
        self._known.update(zip(keys, encoded.vectors.values, strict=True))
        self._tokens.update(
            (key, (tokens.values.astype(np.float16), tokens.spans))
            for key, tokens in zip(keys, encoded.tokens, strict=bool(encoded.tokens))
        )

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions)."""
        self._learn(texts, self._known, lambda new: Encoded(self._inner.embed_passages(new), ()))
        return self._vectors(texts)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """The same, and the vectors of their tokens if the inner one has any."""
        if not self.has_tokens:
            return Encoded(self.embed_passages(texts), ())
        self._learn(texts, self._tokens, self._inner.encode_passages)
        kept = [self._tokens[_key(text)] for text in texts]
        tokens = (TokenVectors(half.astype(np.float32), spans) for half, spans in kept)
        return Encoded(self._vectors(texts), tuple(tokens))

    def _learn(
        self,
        texts: Sequence[str],
        known: Mapping[bytes, object],
        make: Callable[[Sequence[str]], Encoded],
    ) -> None:
        new = [text for text in dict.fromkeys(texts) if _key(text) not in known]
        if new:
            self.remember(new, make(new))

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        rows = [self._known[_key(text)] for text in texts]
        values = np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)
        return Vectors(values, self.fingerprint)


def _key(text: str) -> bytes:
    return sha256(text.encode()).digest()
