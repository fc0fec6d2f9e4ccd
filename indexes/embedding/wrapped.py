"""What an embedder that stands before another one leaves to it."""

from collections.abc import Mapping, Sequence

from indexes.embedding.types import Embedder, Encoded, TokenVectors
from indexes.types import Vectors


class WrappedEmbedder:
    """An embedder that says and does what the inner one does; subclasses change a part of it."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def space(self) -> str:
        """The inner one's."""
        return self._inner.space

    @property
    def fingerprint(self) -> str:
        """The inner one's."""
        return self._inner.fingerprint

    @property
    def description(self) -> Mapping[str, str]:
        """The inner one's."""
        return self._inner.description

    @property
    def dimensions(self) -> int:
        """The inner one's."""
        return self._inner.dimensions

    @property
    def has_tokens(self) -> bool:
        """The inner one's."""
        return self._inner.has_tokens

    @property
    def max_tokens(self) -> int:
        """The inner one's."""
        return self._inner.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The inner one's."""
        return self._inner.count_tokens(texts)

    def reads(self, language: str) -> bool:
        """The inner one's."""
        return self._inner.reads(language)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The inner one's."""
        return self._inner.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The inner one's."""
        return self._inner.embed_queries(texts)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The inner one's."""
        return self._inner.embed_tokens(texts)

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        """The inner one's."""
        return self._inner.token_spans(texts)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """The inner one's."""
        return self._inner.encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """The inner one's."""
        return self._inner.encode_queries(texts)
