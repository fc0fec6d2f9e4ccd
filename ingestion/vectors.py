"""Passages to vectors and token codes, each made once and remembered in the ledger."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder
from ingestion.ahead import EmbeddingAhead, wants_codes
from ingestion.ledger import Ledger, PassageKey, passage_key
from ingestion.progress import Progress


class LedgerVectors:
    """A VectorSource: what the ledger does not hold is computed, and held from then on.

    ``total`` passages were asked for; ``embedded`` had to be computed, ``recoded`` of them only
    because the ledger lacked their token codes. What no snapshot holds any more is left in the
    ledger; see ``forget``.
    """

    def __init__(self, embedder: Embedder, ledger: Ledger, progress: Progress) -> None:
        self._embedder = embedder
        self._ledger = ledger
        self._progress = progress
        self._used: set[PassageKey] = set()
        self.total = 0
        self.embedded = 0
        self.recoded = 0

    @property
    def fingerprint(self) -> str:
        """What makes the vectors."""
        return self._embedder.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    @cached_property
    def token_dimensions(self) -> int:
        """Length of the vectors that token codes stand for; 0 where there are none."""
        if not self._embedder.has_tokens:
            return 0
        (tokens,) = self._embedder.embed_tokens(["."])
        return int(tokens.values.shape[1])

    @contextmanager
    def ahead(self) -> Iterator[EmbeddingAhead]:
        """Computes, beside what happens inside, what will be asked for later."""
        with EmbeddingAhead(self._embedder, self._ledger, self._progress) as ahead:
            yield ahead
        self.embedded += ahead.embedded
        self.recoded += ahead.recoded

    def encoded(
        self, passages: Sequence[str], languages: Sequence[str]
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        """Of the next passages, unit rows, shape (len(passages), dimensions), and token codes.

        The codes are empty where the embedder has none, or does not read the passage's language.
        """
        keys = [passage_key(text) for text in passages]
        coded = [wants_codes(self._embedder, language) for language in languages]
        distinct = sorted(set(keys))
        wanted = sorted({key for key, wants in zip(keys, coded, strict=True) if wants})
        if self._ledger.missing(self.fingerprint, distinct) or self._ledger.uncoded(
            self.fingerprint, wanted
        ):
            with self.ahead() as ahead:
                for text, language in zip(passages, languages, strict=True):
                    ahead.add([text], language)
        self.total += len(keys)
        self._used.update(keys)
        known = self._ledger.embeddings(self.fingerprint, distinct)
        codes = self._ledger.codes(self.fingerprint, wanted)
        return (
            np.stack([known[key] for key in keys]),
            [codes[key] if wants else b"" for key, wants in zip(keys, coded, strict=True)],
        )

    def forget(self) -> None:
        """Drop whatever is stored of passages that were not asked for."""
        self._ledger.forget_embeddings(self._used)
