"""The real embedder for tests that ask the same few questions a thousand times."""

from collections.abc import Sequence

from indexes.embedder import SentenceTransformerEmbedder
from indexes.types import Vectors


class OnceEach(SentenceTransformerEmbedder):
    """Reads a question once and remembers its vector."""

    def __init__(self, embedder: SentenceTransformerEmbedder) -> None:
        vars(self).update(vars(embedder))
        self._known: dict[tuple[str, ...], Vectors] = {}

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        if tuple(texts) not in self._known:
            self._known[tuple(texts)] = super().embed_queries(texts)
        return self._known[tuple(texts)]
