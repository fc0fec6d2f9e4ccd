"""One search over both legs of a snapshot; who may see what is decided before any ranking."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import Catalog
from indexes.dense import DenseIndex, Rows, Scores
from indexes.embedder import Embedder
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.fusion import blend, dense_weight
from indexes.language import analyze, detect
from indexes.lexical import LexicalIndex
from indexes.passage import passage
from indexes.rerank import Reranker
from indexes.snapshot import CATALOG_FILE, LEXICAL_FOLDER, VECTORS_FILE, Manifest, verify
from indexes.types import Filters, Hit, Mode, Scope

# Candidates taken from each leg before they are merged.
_CANDIDATES = 100
# Of the merged list, how many a reranker reads, and its share of their final score.
_RERANKED = 50
_RERANKER_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits best first, the language the query was read as, and milliseconds by stage."""

    hits: tuple[Hit, ...]
    language: str
    timings_ms: Mapping[str, float]


class Index(Protocol):
    """Anything that finds chunks for a caller."""

    @property
    def snapshot_id(self) -> str:
        """The id of the one snapshot that it searches."""
        ...

    def search(
        self, query: str, scope: Scope, filters: Filters, k: int, mode: Mode
    ) -> SearchResult:
        """The at most ``k`` best chunks inside ``scope`` that pass ``filters``."""
        ...


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    language: str
    terms: list[str]


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Candidate rows, best first, their final scores, and what each leg gave them."""

    rows: Rows
    scores: Scores
    legs: Mapping[str, Scores]

    def best(self, k: int) -> "_Ranking":
        order = np.lexsort((self.rows, -self.scores))[:k]
        legs = {name: scores[order] for name, scores in self.legs.items()}
        return _Ranking(self.rows[order], self.scores[order], legs)


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now


class LocalIndex:
    """A snapshot on this machine's disk. Immutable, and safe to search from any thread."""

    def __init__(
        self, folder: Path, manifest: Manifest, embedder: Embedder, reranker: Reranker | None
    ) -> None:
        self.manifest = manifest
        self.embedder = embedder
        self.catalog = Catalog(folder / CATALOG_FILE)
        self._dense = DenseIndex(folder / VECTORS_FILE)
        self._lexical = LexicalIndex(folder / LEXICAL_FOLDER)
        self._reranker = reranker
        if not len(self._dense) == len(self._lexical) == manifest.chunks:
            raise SnapshotCorrupt(
                f"the snapshot {manifest.id} has {len(self._dense)} vectors, "
                f"{len(self._lexical)} indexed passages and {manifest.chunks} chunks; "
                "publish another snapshot or run the ingestion again"
            )

    @classmethod
    def open(
        cls, folder: Path, embedder: Embedder, reranker: Reranker | None = None
    ) -> "LocalIndex":
        """Verify the snapshot in ``folder`` and open it.

        SnapshotCorrupt when a file does not match its hash; SnapshotMismatch when another
        embedder made its vectors.
        """
        manifest = verify(folder)
        if manifest.embedder["fingerprint"] != embedder.fingerprint:
            raise SnapshotMismatch(
                f"the snapshot {manifest.id} of {manifest.collection!r} was embedded by "
                f"{manifest.embedder['model']!r} ({manifest.embedder['precision']}), the running "
                f"embedder is {embedder.description['model']!r} "
                f"({embedder.description['precision']}); set the embedder it was made with, or "
                "ingest the collection again"
            )
        return cls(folder, manifest, embedder, reranker)

    @property
    def snapshot_id(self) -> str:
        """The id that every answer from this index names."""
        return self.manifest.id

    def rarity(self, term: str) -> float:
        """How rare an index term is in the collection, 0 to 1: its idf over an unknown term's."""
        return self._lexical.idf(term) / self._lexical.largest_idf

    def search(
        self, query: str, scope: Scope, filters: Filters, k: int, mode: Mode
    ) -> SearchResult:
        """The at most ``k`` best chunks inside ``scope`` that pass ``filters``."""
        watch = _Stopwatch()
        language = detect(query)
        analyzed = _Query(query, language, analyze(query, language))
        watch.lap("analyze")
        allowed = self.catalog.allowed(scope, filters)
        watch.lap("scope")
        depth = max(k, _CANDIDATES)
        ranking = self._rank(analyzed, allowed, depth, mode, watch)
        if self._reranker is not None and mode is Mode.HYBRID:
            ranking = self._rerank(analyzed, ranking, self._reranker)
            watch.lap("rerank")
        hits = self._hits(ranking.best(k))
        watch.lap("load")
        return SearchResult(hits, language, watch.timings)

    def _rank(
        self,
        query: _Query,
        allowed: NDArray[np.bool_],
        depth: int,
        mode: Mode,
        watch: _Stopwatch,
    ) -> _Ranking:
        lexical_rows, lexical_scores = self._lexical.search(query.terms, depth, allowed)
        watch.lap("lexical")
        if mode is Mode.LEXICAL:
            return _Ranking(lexical_rows, lexical_scores, {"lexical": lexical_scores})
        weight = dense_weight(
            embedder_reads_query=self.embedder.reads(query.language),
            lexical_found=len(lexical_rows) > 0,
        )
        vector = self.embedder.embed_queries([query.text]).values[0]
        watch.lap("embed")
        dense_rows, dense_scores = self._dense.search(vector, depth, allowed)
        watch.lap("dense")
        if mode is Mode.DENSE:
            return _Ranking(dense_rows, dense_scores, {"dense": dense_scores})
        # Each leg scores the other's candidates too, so that no candidate is judged by a gap.
        rows = np.union1d(dense_rows, lexical_rows)
        dense = self._dense.scores(vector, rows)
        lexical = self._lexical.scores(query.terms)[rows]
        blended = blend(dense, lexical, weight)
        watch.lap("fuse")
        return _Ranking(rows, blended, {"dense": dense, "lexical": lexical})

    def _rerank(self, query: _Query, ranking: _Ranking, reranker: Reranker) -> _Ranking:
        head = ranking.best(_RERANKED)
        candidates = [
            analyze(passage(document, chunk.section, chunk.text), document.language)
            for chunk, document in self.catalog.chunks(head.rows.tolist())
        ]
        scores = blend(head.scores, reranker.scores(query.terms, candidates), 1 - _RERANKER_WEIGHT)
        return _Ranking(head.rows, scores, head.legs)

    def _hits(self, ranking: _Ranking) -> tuple[Hit, ...]:
        found = self.catalog.chunks(ranking.rows.tolist())
        return tuple(
            Hit(
                rank=i + 1,
                score=float(ranking.scores[i]),
                chunk=chunk,
                document=document,
                legs={name: float(scores[i]) for name, scores in ranking.legs.items()},
            )
            for i, (chunk, document) in enumerate(found)
        )
