"""How the tokens of a question meet those of a passage, and where these stand in its text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder, TokenVectors
from indexes.passage import passage
from indexes.tokens import TokenIndex, words
from indexes.types import Hit

# Passages whose tokens' places are remembered, about 2 kB each.
_REMEMBERED = 4096

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Matches:
    """Estimated cosines, shape (question tokens, passage tokens), and the tokens' places.

    ``starts`` and ``ends``, ascending, are places in the chunk's text. Tokens of the header that a
    chunk is embedded under stand before it, at negative places.
    """

    cosines: NDArray[np.float32]
    starts: Places
    ends: Places


class TokenPlaces:
    """Where the tokens stand that passages have codes of, by the tokenizer alone.

    What was found for a row is remembered; safe to use from any thread.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[int, Places] = {}

    def of(self, hits: Sequence[Hit], rows: Sequence[int]) -> list[Places]:
        """Starts and ends of the tokens of each hit, shape (2, tokens), in the chunk's text."""
        known = {row: self._known[row] for row in rows if row in self._known}
        missing = {row: hit for row, hit in zip(rows, hits, strict=True) if row not in known}
        if missing:
            known |= zip(missing, self._find(list(missing.values())), strict=True)
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known.update(known)
        return [known[row] for row in rows]

    def _find(self, hits: Sequence[Hit]) -> list[Places]:
        texts = [passage(hit.document, hit.chunk.section, hit.chunk.text) for hit in hits]
        found = []
        for hit, text, spans in zip(hits, texts, self._embedder.token_spans(texts), strict=True):
            coded = np.array([spans[i] for i in words(text, spans)], np.int32).reshape(-1, 2)
            found.append(coded.T - (len(text) - len(hit.chunk.text)))
        return found


def matches(
    question: TokenVectors,
    hits: Sequence[Hit],
    rows: Sequence[int],
    tokens: TokenIndex,
    places: TokenPlaces,
) -> list[Matches | None]:
    """The matches of each of ``hits``, which have the codes at ``rows``; no model runs.

    None where a passage has no codes, or others than its tokens now: a guess at where a code
    belongs would be worse than none.
    """
    cosines = tokens.cosines(question.values, np.array(rows, np.int64))
    return [
        Matches(np.ascontiguousarray(values.T), *of_passage)
        if len(values) == of_passage.shape[1] > 0
        else None
        for values, of_passage in zip(cosines, places.of(hits, rows), strict=True)
    ]
