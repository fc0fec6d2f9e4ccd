"""Late interaction between a question and spans of a passage, over the encoder's token vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import TokenVectors
from service.answering.statements import Span


@dataclass(frozen=True, slots=True)
class Matches:
    """Cosines of a question's tokens (rows) and a passage's (columns), and where those stand."""

    cosines: NDArray[np.float32]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, question: TokenVectors, passage: TokenVectors) -> "Matches":
        """Every token of the question against every token of the passage."""
        return cls(np.asarray(question.values @ passage.values.T, np.float32), passage.spans)

    def maxsim(self, weights: NDArray[np.float32], spans: Sequence[Span] | None = None) -> float:
        """MaxSim (Khattab and Zaharia 2020), as a weighted mean over the question's tokens.

        For each token of the question, the best cosine among the passage's tokens inside
        ``spans`` (None: anywhere). 0 where there is no token or no weight.
        """
        inside = [
            spans is None or any(start <= a and b <= end for start, end in spans)
            for a, b in self.spans
        ]
        if not any(inside) or not weights.any():
            return 0.0
        return float(np.average(self.cosines[:, inside].max(axis=1), weights=weights))
