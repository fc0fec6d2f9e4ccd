"""Late interaction between a question and spans of a passage, over what the snapshot stores."""

import numpy as np
from numpy.typing import NDArray

from indexes.matches import Matches
from service.answering.reading.statements import Span

# For each token of a question the best cosine in some place, shape (question tokens,); minus
# infinity for all where no token of the passage stands there.
Closest = NDArray[np.float32]
NOWHERE: Closest = np.full(1, -np.inf, np.float32)


def closest(matches: Matches, span: Span) -> Closest:
    """The best cosines among the passage's tokens that stand whole inside ``span``."""
    start, end = span
    first = int(np.searchsorted(matches.starts, start))
    last = int(np.searchsorted(matches.ends, end, "right"))
    if first >= last:
        return NOWHERE
    return np.asarray(matches.cosines[:, first:last].max(axis=1), np.float32)


def anywhere(matches: Matches) -> Closest:
    """The best cosines among all tokens of the passage and its header."""
    return np.asarray(matches.cosines.max(axis=1), np.float32)


def maxsim(best: Closest, weights: NDArray[np.float32]) -> float:
    """MaxSim (Khattab and Zaharia 2020), as a weighted mean over the question's tokens.

    0 where there is no token or no weight.
    """
    total = float(weights.sum())
    if not total or best[0] == -np.inf:
        return 0.0
    return float(best @ weights) / total
