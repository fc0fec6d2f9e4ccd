"""An embedder whose model runs behind an HTTP address: TEI, vLLM, Ollama and the like."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from indexes.embedding.embeddings_api import EmbeddingsApi
from indexes.embedding.engine import unit_rows
from indexes.embedding.estimate import cut, estimate
from indexes.embedding.languages import reads
from indexes.embedding.model import hash_file
from indexes.embedding.tokenizer import TextTokenizer
from indexes.embedding.types import EmbedderSettings, Encoded, TokenVectors
from indexes.errors import EmbedderError
from indexes.types import Vectors

_BATCH = 32  # texts of one request: the most that TEI takes by default
_REQUESTS = 4  # at once, so that the server has its next batch when it ends one


class RemoteEmbedder:
    """A server's model; safe to call from any thread. It has no vectors of tokens.

    A text is cut here to ``max_tokens``, by the tokenizer where one is given and otherwise by an
    estimate that is rather too high.
    """

    has_tokens = False

    def __init__(self, settings: EmbedderSettings) -> None:
        if not settings.model:
            raise EmbedderError(
                f"the embedding server {settings.url} needs its model's name; set embedder_model"
            )
        self._settings = settings
        self._api = EmbeddingsApi(settings)
        self.max_tokens = settings.max_tokens
        self._query_prefix = settings.query_prefix or ""
        self._passage_prefix = settings.passage_prefix or ""
        file = Path(settings.tokenizer) / "tokenizer.json"
        if settings.tokenizer and not file.is_file():
            raise EmbedderError(f"{settings.tokenizer} has no tokenizer.json; name its directory")
        self._tokenizer = TextTokenizer(file, settings.max_tokens) if settings.tokenizer else None
        identity = {
            "model": settings.model,
            "tokenizer_sha256": hash_file(file) if settings.tokenizer else "",
            "max_tokens": str(settings.max_tokens),
            "query_prefix": self._query_prefix,
            "passage_prefix": self._passage_prefix,
            "dimensions": str(settings.dimensions or "all"),
            "precision": "the server's",
        }
        # What computes the vectors, and how exactly, is the server's: one space, one fingerprint.
        self.space = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.fingerprint = self.space
        self.description: Mapping[str, str] = {**identity, "space": self.space}

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector, as the server's first one has it."""
        return int(self.embed_passages(["dimensions"]).values.shape[1])

    def reads(self, language: str) -> bool:
        """Whether the settings say so; without any word of theirs, every language."""
        return reads(self._settings, language)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens and prefix included, without any cut.

        Without a tokenizer they are estimated, rather too many than too few.
        """
        prefixed = [self._passage_prefix + text for text in texts]
        if self._tokenizer:
            return self._tokenizer.count(prefixed)
        return [estimate(text) for text in prefixed]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimensions)."""
        return self._embed([self._passage_prefix + text for text in texts], "passage")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimensions)."""
        return self._embed([self._query_prefix + text for text in texts], "query")

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """EmbedderError: a server gives vectors of whole texts only."""
        raise EmbedderError(
            f"the embedding server {self._settings.url} gives no vectors of single tokens, asked "
            f"for {len(texts)} texts; use a local model, or switch late interaction off"
        )

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        """None: a server gives vectors of whole texts only."""
        return [() for _ in texts]

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """Vectors of passages, and no tokens."""
        return Encoded(self.embed_passages(texts), ())

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions, and no tokens."""
        return Encoded(self.embed_queries(texts), ())

    def _embed(self, texts: list[str], input_type: str) -> Vectors:
        if not texts:
            return Vectors(np.empty((0, self.dimensions), np.float32), self.fingerprint)
        cuts = [self._cut(text) or " " for text in texts]  # OpenAI refuses the empty text
        batches = [cuts[i : i + _BATCH] for i in range(0, len(cuts), _BATCH)]
        if len(batches) == 1:
            parts = [self._api.embed(batches[0], input_type)]
        else:
            parts = list(
                self._threads.map(lambda batch: self._api.embed(batch, input_type), batches)
            )
        widths = {part.shape[1] for part in parts}
        kept = self._settings.dimensions or max(widths)
        if len(widths) > 1 or kept > max(widths):
            raise EmbedderError(
                f"the embedding server {self._settings.url} gave vectors of {sorted(widths)} "
                f"dimensions, where {kept} were expected; check its model and embedder_dimensions"
            )
        return Vectors(unit_rows(np.concatenate(parts)[:, :kept]), self.fingerprint)

    def _cut(self, text: str) -> str:
        if not self._tokenizer:
            return cut(text, self.max_tokens)
        return text[: max((end for _, end in self._tokenizer.read(text).spans), default=0)]

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_REQUESTS, thread_name_prefix="embeddings")
