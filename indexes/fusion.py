"""One ranking from two: the convex combination of both legs' normalised scores."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

# Share of the dense leg where the embedder reads the question's language, and where it does not:
# there it still knows names and numbers. Chosen on the even halves of the development sets; see
# docs/measurements.md.
READABLE_WEIGHT = 0.5
UNREADABLE_WEIGHT = 0.2


def dense_weight(*, embedder_reads_query: bool, lexical_found: bool) -> float:
    """The share of the dense leg, 0 to 1.

    Where BM25 found nothing at all, only the embedder can have found anything.
    """
    if not lexical_found:
        return 1.0
    return READABLE_WEIGHT if embedder_reads_query else UNREADABLE_WEIGHT


def blend(dense: Scores, lexical: Scores, weight: float) -> Scores:
    """weight * min-max(dense) + (1 - weight) * lexical / max(lexical), both over the candidates.

    The convex combination of Bruch, Gai and Ingber (2023), each leg scaled to 0..1. BM25's own
    zero means "no term matches" and stays the zero of its scale; a cosine has no such zero, so
    the worst candidate's is taken. Shapes: (candidates,) each.
    """
    return np.asarray(weight * _min_max(dense) + (1 - weight) * _by_maximum(lexical), np.float32)


def _min_max(scores: Scores) -> Scores:
    low, high = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def _by_maximum(scores: Scores) -> Scores:
    high = scores.max(initial=0)
    return scores / high if high > 0 else np.zeros_like(scores)
