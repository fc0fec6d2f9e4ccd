"""bm25s as its first page has it: English stop words, a stemmer, an index that is saved."""

import json
from pathlib import Path

import bm25s
import Stemmer

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve

_INDEX_FOLDER = "index"
_DOCUMENTS_FILE = "documents.json"


class BM25S:
    """BM25 over the passages that Footnote cut, as it brings no splitter; the index holds them."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("english")
        self._index = bm25s.BM25()
        self._documents: list[str] = []

    def build(self, given: Given, folder: Path) -> int:
        """Index every passage, and save index and texts."""
        passages = list(given.passages())
        texts = [text for _, text in passages]
        index = bm25s.BM25(corpus=texts)
        index.index(self._terms(texts), show_progress=False)
        index.save(folder / _INDEX_FOLDER, corpus=texts, show_progress=False)
        documents = [document for document, _ in passages]
        (folder / _DOCUMENTS_FILE).write_text(json.dumps(documents), "utf-8")
        return len(passages)

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002 (a Contestant's)
        """Load what was saved."""
        self._index = bm25s.BM25.load(folder / _INDEX_FOLDER, load_corpus=True, show_progress=False)
        self._documents = json.loads((folder / _DOCUMENTS_FILE).read_text("utf-8"))

    def search(self, question: str, k: int) -> Found:
        """The documents of the ``k`` best passages."""
        found, _ = self._index.retrieve(
            self._terms([question]), k=min(k, len(self._documents)), show_progress=False
        )
        return Found([self._documents[passage["id"]] for passage in found[0]])

    def _terms(self, texts: list[str]) -> object:
        return bm25s.tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)


if __name__ == "__main__":
    serve(answers(BM25S()))
