"""A question taken apart: its terms and how rare they are, its tokens and how much each counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import TokenVectors
from indexes.language import analyze
from indexes.search import LocalIndex
from service.answering.expectation import Expectation, expects

# Words of five letters that begin alike are mostly forms of one word that the stemmer missed
# ("invasion", "invaded"), of four sometimes: (letters, what such a likeness counts).
_PREFIXES = ((5, 0.7), (4, 0.35))
# Function words carry little meaning of their own; content words count fully.
_FUNCTION_WORD = 0.25


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as index terms with their rarity (0 to 1) and, if readable, token vectors.

    ``token_weights`` tell content from function words, ``token_rarity`` is that of the term a token
    makes by itself; shapes: (tokens,).
    """

    text: str
    expectation: Expectation
    terms: tuple[str, ...]
    rarity: Mapping[str, float]
    vectors: TokenVectors | None
    token_weights: NDArray[np.float32]
    token_rarity: NDArray[np.float32]

    def coverage(self, terms: set[str], power: int = 1) -> float:
        """The share of the question's rarity, raised to ``power``, that ``terms`` hold."""
        return _share((rarity**power, float(term in terms)) for term, rarity in self.rarity.items())

    def soft_coverage(self, terms: set[str]) -> float:
        """The share that ``terms`` hold where another form of a word counts in part."""
        return _share((rarity, _likeness(term, terms)) for term, rarity in self.rarity.items())


def take_apart(
    question: str, language: str, index: LocalIndex, vectors: TokenVectors | None
) -> Asked:
    """The question as the collection of ``index`` sees it."""
    terms = analyze(question, language)
    rarity = {term: index.rarity(term) for term in dict.fromkeys(terms)}
    of_tokens = [
        analyze(question[start:end], language) for start, end in (vectors.spans if vectors else ())
    ]
    return Asked(
        text=question,
        expectation=expects(question),
        terms=tuple(terms),
        rarity=rarity,
        vectors=vectors,
        token_weights=np.array([1.0 if t else _FUNCTION_WORD for t in of_tokens], np.float32),
        token_rarity=np.array(
            [max((rarity.get(term, 0.0) for term in t), default=0.0) for t in of_tokens], np.float32
        ),
    )


def _share(weighted: Iterable[tuple[float, float]]) -> float:
    pairs = list(weighted)
    total = sum(weight for weight, _ in pairs)
    return sum(weight * part for weight, part in pairs) / total if total else 0.0


def _likeness(term: str, terms: set[str]) -> float:
    if term in terms:
        return 1.0
    if term.isascii():
        for length, likeness in _PREFIXES:
            prefix = term[:length]
            if len(prefix) == length and any(other.startswith(prefix) for other in terms):
                return likeness
    return 0.0
