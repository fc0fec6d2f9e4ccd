"""rank_bm25 as its first page has it: BM25Okapi over texts split at spaces, all in memory.

It saves nothing, so it is built again when it is opened.
"""

from pathlib import Path

import numpy as np
from rank_bm25 import BM25Okapi

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve


class RankBM25:
    """BM25Okapi over the passages that Footnote cut, as it brings no splitter."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._texts: list[str] = []
        self._index: BM25Okapi = None

    def build(self, given: Given, folder: Path) -> int:  # noqa: ARG002 (a Contestant's)
        """Index every passage."""
        passages = list(given.passages())
        self._documents = [document for document, _ in passages]
        self._texts = [text for _, text in passages]
        self._index = BM25Okapi([_words(text) for text in self._texts])
        return len(passages)

    def open(self, given: Given, folder: Path) -> None:
        """Build it, as there is nothing to read."""
        self.build(given, folder)

    def search(self, question: str, k: int) -> Found:
        """The documents of the ``k`` best passages."""
        scores = self._index.get_scores(_words(question))
        best = np.argsort(scores)[::-1][:k]
        return Found([self._documents[row] for row in best])


def _words(text: str) -> list[str]:
    return text.lower().split(" ")


if __name__ == "__main__":
    serve(answers(RankBM25()))
