"""The real embedder for tests that ask the same few questions a thousand times."""

from collections.abc import Sequence

from indexes.embedder import Embedder, Encoded
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.types import Vectors


class OnceEach(WrappedEmbedder):
    """Reads a question once and remembers its vectors."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self._known: dict[tuple[str, ...], Encoded] = {}

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_queries(texts).vectors

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        if tuple(texts) not in self._known:
            self._known[tuple(texts)] = super().encode_queries(texts)
        return self._known[tuple(texts)]
