"""How near the embedder finds the words of a sentence in a span, where it reads both."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import Embedder, TokenVectors
from service.answering.checking.statement import Statement


@dataclass(slots=True)
class Similarity:
    """Token vectors of the texts of one answer, each encoded once."""

    embedder: Embedder
    known: dict[str, TokenVectors] = field(default_factory=dict)

    def reads(self, *languages: str) -> bool:
        """Whether there are token vectors that mean something in all of these languages."""
        return self.embedder.has_tokens and all(map(self.embedder.reads, languages))

    def worst(self, sentence: Statement, spans: list[Statement]) -> list[float]:
        """For each span, the cosine of the telling word of ``sentence`` that it says least.

        A word is the mean of its tokens, each at its best match (MaxSim; Khattab and Zaharia 2020).
        0 where there is nothing to compare.
        """
        new = dict.fromkeys(
            text for text in (sentence.text, *(s.text for s in spans)) if text not in self.known
        )
        self.known.update(zip(new, self.embedder.embed_tokens(list(new)), strict=True))
        mine = self.known[sentence.text]
        return [_worst(sentence, mine, self.known[span.text]) for span in spans]


def _worst(sentence: Statement, mine: TokenVectors, other: TokenVectors) -> float:
    if not len(mine.values) or not len(other.values):
        return 0.0
    best: NDArray[np.float32] = (mine.values @ other.values.T).max(axis=1)
    words = (sentence.words[place] for place in sentence.told)
    by_word = (
        [
            float(cosine)
            for cosine, (start, end) in zip(best, mine.spans, strict=True)
            if start < word.end and word.start < end
        ]
        for word in words
    )
    return min((sum(tokens) / len(tokens) for tokens in by_word if tokens), default=0.0)
