"""One ranking from two: the convex combination of both legs' scores, or their reciprocal ranks."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

# Share of the dense leg where the embedder reads the question's language, and where it does not:
# there it still knows names and numbers. Chosen on the even halves of the development sets; see
# docs/measurements.md.
READABLE_WEIGHT = 0.5
UNREADABLE_WEIGHT = 0.2
# What keeps the first ranks of one leg from deciding alone, as Cormack et al. chose it.
_RANKS = 60


class Fusion(StrEnum):
    """How the two legs become one ranking."""

    CONVEX = "convex"
    RECIPROCAL_RANK = "rrf"


def dense_weight(*, embedder_reads_query: bool, lexical_found: bool) -> float:
    """The share of the dense leg, 0 to 1.

    Where BM25 found nothing at all, only the embedder can have found anything.
    """
    if not lexical_found:
        return 1.0
    return READABLE_WEIGHT if embedder_reads_query else UNREADABLE_WEIGHT


def fuse(
    fusion: Fusion, dense: Scores, lexical: Scores, weight: float, least: float = 0.0
) -> Scores:
    """Both legs' scores of the same candidates as one, 0 to 1; ``weight`` is the dense leg's.

    ``least`` is what the best score by words has to reach to count whole; see ``by_maximum``.
    """
    if fusion is Fusion.RECIPROCAL_RANK:
        return reciprocal_ranks(dense, lexical, weight)
    return blend(dense, lexical, weight, least)


def blend(dense: Scores, lexical: Scores, weight: float, least: float = 0.0) -> Scores:
    """weight * min-max(dense) + (1 - weight) * lexical / max(lexical), both over the candidates.

    The convex combination of Bruch, Gai and Ingber (2023), each leg scaled to 0..1. BM25's own
    zero means "no term matches" and stays the zero of its scale; a cosine has no such zero, so
    the worst candidate's is taken. Shapes: (candidates,) each.
    """
    by_words = by_maximum(lexical, least)
    return np.asarray(weight * min_max(dense) + (1 - weight) * by_words, np.float32)


def reciprocal_ranks(dense: Scores, lexical: Scores, weight: float) -> Scores:
    """61 * (weight / (60 + dense rank) + (1 - weight) / (60 + lexical rank)), ranks from 1.

    Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009), weighted, and scaled so that the
    first of both has 1. What BM25 gives 0 is not in its ranking. Equal scores share a rank.
    """
    first = 1 + _RANKS
    by_meaning = first / (_RANKS + _ranks(dense))
    by_words = np.where(lexical > 0, first / (_RANKS + _ranks(lexical)), 0)
    return np.asarray(weight * by_meaning + (1 - weight) * by_words, np.float32)


def min_max(scores: Scores) -> Scores:
    """Scores between the worst candidate's 0 and the best one's 1; 1 for all that are equal."""
    low, high = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def by_maximum(scores: Scores, least: float = 0.0) -> Scores:
    """Scores of 0 and more over the largest of them, or over ``least`` if that is more.

    0 where there is none above 0.
    """
    high = max(float(scores.max(initial=0)), least)
    return scores / np.float32(high) if high > 0 else np.zeros_like(scores)


def _ranks(scores: Scores) -> NDArray[np.intp]:
    """From 1; how many scores are larger, and one."""
    return np.searchsorted(np.sort(-scores), -scores) + 1
