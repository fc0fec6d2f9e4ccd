"""What an embedder that stands before another one leaves to it."""

from collections.abc import Sequence

from indexes.embedder import Embedder, Encoded, TokenVectors


class Wrapped:
    """The part of an Embedder that says what the inner one says."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def space(self) -> str:
        """The inner one's."""
        return self._inner.space

    @property
    def has_tokens(self) -> bool:
        """The inner one's."""
        return self._inner.has_tokens

    @property
    def dimensions(self) -> int:
        """The inner one's."""
        return self._inner.dimensions

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

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The inner one's."""
        return self._inner.embed_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """The inner one's."""
        return self._inner.encode_queries(texts)
