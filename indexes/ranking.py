"""Candidates of one search in the order of their scores."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.dense import Rows, Scores

Places = NDArray[np.intp]

# Of one document, so many passages stand at their own score; each further one is worth so much of
# it for every passage more, so that a long document does not fill the list.
_UNDIMINISHED = 3
_DIMINISHED = 0.8


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidate rows, their final scores, and what each leg gave them."""

    rows: Rows
    scores: Scores
    legs: Mapping[str, Scores]

    def best(self, k: int) -> "Ranking":
        """The ``k`` best candidates, best first, equal ones by row."""
        order = np.lexsort((self.rows, -self.scores))[:k]
        return self.at(order, order)

    def at(self, places: Places, scored: Places) -> "Ranking":
        """The candidates at ``places``, in that order, with the scores of those at ``scored``."""
        legs = {name: scores[places] for name, scores in self.legs.items()}
        return Ranking(self.rows[places], self.scores[scored], legs)

    def led_by(self, head: "Ranking", anew: Scores) -> "Ranking":
        """The same candidates, of which the first are ``head``, now with the scores ``anew``.

        The others keep their order and distances, the best of them level with the last of these; a
        leg that only ``head`` has is nan there.
        """
        rest = len(self.rows) - len(head.rows)
        below = self.scores[len(head.rows) :]
        if len(anew) and rest:
            below = below - (below.max() - anew.min())
        nothing = np.full(rest, np.nan, np.float32)
        legs = {
            name: np.concatenate((scores, self.legs[name][len(scores) :]))
            if name in self.legs
            else np.concatenate((scores, nothing))
            for name, scores in head.legs.items()
        }
        return Ranking(self.rows, np.concatenate((anew, below)), legs)

    def diversified(self, owners: Rows) -> "Ranking":
        """The same candidates, further passages of one document behind those of others.

        ``owners`` has the same number for candidates of the same document. The first passages of a
        document keep their scores, so the order in which documents first appear stays the same.
        """
        order = np.lexsort((self.rows, -self.scores))
        held: dict[int, int] = {}
        scores = self.scores.copy()
        for place, owner in zip(order.tolist(), owners[order].tolist(), strict=True):
            before = held.get(owner, 0)
            held[owner] = before + 1
            if before >= _UNDIMINISHED:
                worth = _DIMINISHED ** (before + 1 - _UNDIMINISHED)
                scores[place] -= abs(scores[place]) * (1 - worth)
        return Ranking(self.rows, scores, self.legs)
