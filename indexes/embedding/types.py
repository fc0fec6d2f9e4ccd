"""What an embedder is asked for, and what it gives: settings, vectors, token vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.errors import EmbedderError
from indexes.types import Vectors

ANY_LANGUAGE = "*"


class TextRefused(EmbedderError):
    """Some of these texts were refused for what they are; others would not be."""


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """Which model, and how to use it.

    ``model`` is a directory or a hub name; empty means the built-in MiniLM. With ``url`` it is the
    name by which an OpenAI-compatible server knows its model, ``key`` what that server asks for,
    ``tokenizer`` a directory whose tokenizer.json counts as the server does; with ``input_type`` it
    is told by a field of that name what is a query and what a passage. A prefix that is None
    is the model's own. ``languages`` are the ISO 639-1 codes it reads well ("*" for all); empty
    means English for the built-in model and all languages for any other. ``precision`` is "auto",
    "float32", "bfloat16" or "int8"; ``device`` "auto", "cpu" or "cuda". ``dimensions`` cuts
    vectors to their first ones; 0 keeps all. ``max_tokens`` is what a server reads of a text.
    ``cache`` holds what is made of a model once; None means the user's cache directory.
    """

    model: str = ""
    precision: str = "auto"
    query_prefix: str | None = None
    passage_prefix: str | None = None
    languages: frozenset[str] = field(default_factory=frozenset)
    device: str = "auto"
    dimensions: int = 0
    cache: Path | None = None
    url: str = ""
    key: str = field(default="", repr=False)
    tokenizer: str = ""
    input_type: bool = False
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of one text: unit rows, shape (tokens, dimensions), and where each stands in it.

    Special tokens and what the model cut off are left out.
    """

    values: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What one pass of the model made of some texts.

    ``vectors`` has one row a text; ``tokens`` one entry a text, or none at all where the embedder
    has no token vectors. Spans are places in the text as given, without a prefix.
    """

    vectors: Vectors
    tokens: tuple[TokenVectors, ...]


class Embedder(Protocol):
    """Turns passages and questions into vectors of one space; safe to call from any thread."""

    @property
    def space(self) -> str:
        """Vectors of embedders with the same space may be compared with each other."""
        ...

    @property
    def fingerprint(self) -> str:
        """Embedders with the same fingerprint make interchangeable vectors: stored ones are reused.

        It stands for the space and for the precision that the vectors were computed in.
        """
        ...

    @property
    def description(self) -> Mapping[str, str]:
        """What the fingerprint was made of, and the space."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def has_tokens(self) -> bool:
        """Whether there is a vector for every token, and not only for every text."""
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
        """A vector for every token of each text, for late interaction.

        EmbedderError where ``has_tokens`` is False.
        """
        ...

    def token_spans(self, texts: Sequence[str]) -> list[tuple[tuple[int, int], ...]]:
        """Where the tokens stand of which `encode_passages` has vectors, without running the model.

        Empty for every text where ``has_tokens`` is False.
        """
        ...

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        """Vectors of passages and of their tokens, out of one pass."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Encoded:
        """Vectors of questions and of their tokens, out of one pass."""
        ...
