"""Writes every index of a snapshot in one pass over the passages of its catalog."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import CATALOG_FILE, Catalog, Passage
from indexes.dense import VectorsWriter
from indexes.errors import RunRefused
from indexes.forward import ForwardWriter
from indexes.language import analyze, index_terms
from indexes.lexical import LexicalWriter
from indexes.passage import passage, telling_title
from indexes.tokens import TokensWriter

VECTORS_FOLDER = "vectors"
LEXICAL_FOLDER = "lexical"
FORWARD_FOLDER = "forward"
TOKENS_FOLDER = "tokens"
# Passages in memory at a time while a snapshot is written.
WINDOW = 4096


class VectorSource(Protocol):
    """Vectors and token codes of passages, asked for in the order of a snapshot's rows."""

    @property
    def fingerprint(self) -> str:
        """What made them."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def token_dimensions(self) -> int:
        """Length of the vectors that token codes stand for; 0 where there are none."""
        ...

    def encoded(
        self, passages: Sequence[str], languages: Sequence[str]
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        """Of the next passages, unit rows, shape (len(passages), dimensions), and token codes.

        The codes are empty where there are none, or the embedder does not read the language.
        """
        ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """How many passages were indexed, and what the dense index says of itself."""

    passages: int
    vectors: Mapping[str, str]


class _Words:
    """The lexical and the forward index in the making."""

    def __init__(self, folder: Path, parts: ExitStack) -> None:
        self._folder = folder / LEXICAL_FOLDER
        self._lexical = LexicalWriter(folder)
        self._forward = parts.enter_context(ForwardWriter(folder / FORWARD_FOLDER))

    def add(self, each: Passage, text: str) -> None:
        language = each.document.language
        self._lexical.add(index_terms(text, language))
        title = telling_title(each.document)
        self._forward.add(analyze(text, language), analyze(title, language))

    def write(self) -> None:
        self._lexical.write(self._folder)


def write_indexes(folder: Path, source: VectorSource) -> Indexed:
    """Index the catalog in ``folder``; row i of each index is chunk i.

    RunRefused where the disk does not take it.
    """
    passages = Catalog(folder / CATALOG_FILE).passages()
    rows = 0
    with _room_for(folder), ExitStack() as parts:
        dense = VectorsWriter(folder / VECTORS_FOLDER, source.dimensions)
        words = _Words(folder, parts)
        tokens = _tokens(folder, source, parts)
        while window := list(islice(passages, WINDOW)):
            texts = [passage(each.document, each.section, each.text) for each in window]
            for each, text in zip(window, texts, strict=True):
                words.add(each, text)
            # Last, since it may wait for the encoder: words are counted meanwhile.
            vectors, codes = source.encoded(texts, [each.document.language for each in window])
            dense.add(vectors)
            if tokens is not None:
                for code in codes:
                    tokens.add(code)
            rows += len(window)
        words.write()
        return Indexed(rows, dense.write())


def _tokens(folder: Path, source: VectorSource, parts: ExitStack) -> TokensWriter | None:
    if not source.token_dimensions:
        return None
    return parts.enter_context(TokensWriter(folder / TOKENS_FOLDER, source.token_dimensions))


@contextmanager
def _room_for(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise RunRefused(
            f"the indexes in {folder} cannot be written ({exc}); make sure that the disk has room, "
            "then run again: nothing was published"
        ) from exc
