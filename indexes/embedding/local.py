"""A model directory as an Embedder, on the processor or on a GPU."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock

import numpy as np

from indexes.embedding.choice import FLOAT32, INT8, encoder, keeps_vectors, prepare
from indexes.embedding.engine import Engine, text_spans, unit_rows
from indexes.embedding.export import VERSION, NotExported
from indexes.embedding.head import open_head
from indexes.embedding.languages import reads
from indexes.embedding.model import BUILT_IN, ModelFolder
from indexes.embedding.torch_encoder import TorchEncoder
from indexes.embedding.types import EmbedderSettings, Encoded, TokenVectors
from indexes.errors import EmbedderError
from indexes.types import Vectors

AUTO = "auto"
BFLOAT16 = "bfloat16"
FLOAT16 = "float16"
CPU = "cpu"
CUDA = "cuda"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Running:
    """The engine in use and the precision of what it computes."""

    engine: Engine
    precision: str


class LocalEmbedder:
    """A sentence-transformers model directory; safe to call from any thread.

    The engine is chosen at the first text, or when the fingerprint is first asked for: on a new
    machine that exports the model and measures it, which takes some seconds.
    """

    def __init__(self, settings: EmbedderSettings, model: ModelFolder, device: str) -> None:
        self._settings = settings
        self._model = model
        self._device = device
        self._choosing = Lock()
        self._chosen: _Running | None = None
        own = settings.query_prefix, settings.passage_prefix
        self._query_prefix = model.query_prompt if own[0] is None else own[0]
        self._passage_prefix = model.passage_prompt if own[1] is None else own[1]
        self._identity = {
            "weights_sha256": model.weights_sha256,
            "tokenizer_sha256": model.tokenizer_sha256,
            "pooling": model.pooling,
            "max_tokens": str(model.max_tokens),
            "query_prefix": self._query_prefix,
            "passage_prefix": self._passage_prefix,
            "dimensions": str(settings.dimensions or "all"),
        }
        self.space = _hash(self._identity)
        self.has_tokens = model.modules[0].kind == "Transformer"
        self.max_tokens = model.max_tokens

    @cached_property
    def description(self) -> Mapping[str, str]:
        """What the fingerprint was made of, and the space."""
        named = {"model": self._settings.model or BUILT_IN, "space": self.space}
        return {**named, **self._identity, "precision": self._running.precision}

    @cached_property
    def fingerprint(self) -> str:
        """Of the space, the precision, and for what is quantised the form of the export."""
        precision = self._running.precision
        form = f"{precision} {VERSION}" if precision == INT8 else precision
        return _hash({**self._identity, "precision": form})

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.embed_passages([""]).values.shape[1])

    def reads(self, language: str) -> bool:
        """Whether the settings, or what is known of the built-in model, say that it reads it."""
        return reads(self._settings, language)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens and prefix included, without any cut."""
        return self._model.tokenizer.count([self._passage_prefix + text for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimensions)."""
        return self._encode(texts, self._passage_prefix, tokens=False).vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimensions)."""
        return self._encode(texts, self._query_prefix, tokens=False).vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A vector for every token of each text, as the model's last layer has them."""
        return list(self._encode(texts, "", tokens=True).tokens)

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        """Where the tokens stand of which `encode_passages` has vectors."""
        if not self.has_tokens:
            return [() for _ in texts]
        prefix = self._passage_prefix
        read = map(self._model.tokenizer.read, [prefix + text for text in texts])
        return [text_spans(tokens.spans, len(prefix)) for tokens in read]

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """Vectors of passages and of their tokens, out of one pass."""
        return self._encode(texts, self._passage_prefix, tokens=self.has_tokens)

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions and of their tokens, out of one pass."""
        return self._encode(texts, self._query_prefix, tokens=self.has_tokens)

    def _encode(self, texts: Sequence[str], prefix: str, *, tokens: bool) -> Encoded:
        if tokens and not self.has_tokens:
            raise EmbedderError(
                f"the embedding model in {self._model.folder} has no vectors of single tokens; "
                "choose a transformer, or switch late interaction off"
            )
        if not texts:
            return Encoded(
                Vectors(np.empty((0, self.dimensions), np.float32), self.fingerprint), ()
            )
        rows, made = self._running.engine.encode(texts, prefix, tokens=tokens)
        kept = self._settings.dimensions
        if kept > rows.shape[1]:
            raise EmbedderError(
                f"{kept} dimensions were asked of the embedding model in {self._model.folder}, "
                f"which has {rows.shape[1]}; set embedder_dimensions to no more"
            )
        if kept:
            rows = unit_rows(rows[:, :kept])
        return Encoded(Vectors(rows, self.fingerprint), made)

    @property
    def _running(self) -> _Running:
        with self._choosing:
            if self._chosen is None:
                self._chosen = self._choose()
            return self._chosen

    def _choose(self) -> _Running:
        precision = self._settings.precision
        if self._device == CUDA:
            dtype = FLOAT16 if precision == AUTO else precision
            return _Running(TorchEncoder(self._model, dtype, CUDA), dtype)
        if precision == BFLOAT16:
            _warn_if_emulated()
            return _Running(TorchEncoder(self._model, BFLOAT16, CPU), BFLOAT16)
        return self._exported(precision)

    def _exported(self, precision: str) -> _Running:
        """By ONNX Runtime where it gives the same vectors, else by torch."""
        head = open_head(self._model)
        refused = "what follows its transformer is not reproduced without torch"
        if head is not None:
            try:
                record, folder = prepare(self._model, head, self._settings.cache)
            except NotExported as exc:
                refused = str(exc)
                _log.warning("the embedding model runs by torch: %s", exc)
            else:
                refused = record.refused
        if head is None or refused:
            if precision == INT8:
                raise EmbedderError(
                    f"the embedding model in {self._model.folder} cannot run in int8: {refused}; "
                    "set the precision to auto, float32 or bfloat16"
                )
            return _Running(TorchEncoder(self._model, FLOAT32, CPU), FLOAT32)
        chosen = record.chosen if precision == AUTO else precision
        if chosen == INT8 and not keeps_vectors(record.figures):
            _log.warning("int8 changes this model's vectors: %s", record.figures)
        return _Running(encoder(self._model, head, folder, chosen), chosen)


def _hash(identity: Mapping[str, str]) -> str:
    return sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]


def _warn_if_emulated() -> None:
    try:
        processor = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return  # no Linux: nothing is known
    if not {"avx512_bf16", "amx_bf16", "bf16"} & set(processor.split()):
        _log.warning("this processor computes bfloat16 by emulation, slower than float32 or int8")
