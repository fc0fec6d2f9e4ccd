"""One search over both legs of a snapshot; who may see what is decided before any ranking."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.catalog import Catalog
from indexes.copies import Versions
from indexes.dense import DenseIndex, Rows, Scores
from indexes.embedder import Embedder
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.fusion import blend, dense_weight
from indexes.language import analyze, detect
from indexes.lexical import LexicalIndex
from indexes.passage import passage
from indexes.rerank import Reranker
from indexes.snapshot import CATALOG_FILE, LEXICAL_FOLDER, VECTORS_FILE, Manifest, verify
from indexes.types import Chunk, DocumentInfo, Filters, Hit, Mode, Scope

# Candidates taken from each leg before they are merged; where versions of one passage fill
# them, this many times more, at most so often.
_CANDIDATES = 100
_DEEPER = 4
_DEEPEST = _CANDIDATES * _DEEPER**2
# Of the merged list, how many a reranker reads, and its share of their final score.
_RERANKED = 50
_RERANKER_WEIGHT = 0.3

Places = NDArray[np.intp]


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
    """A query as the legs take it, without a vector where only words count, and where to look."""

    mode: Mode
    language: str
    terms: list[str]
    vector: NDArray[np.float32] | None
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Candidate rows, best first, their final scores, and what each leg gave them."""

    rows: Rows
    scores: Scores
    legs: Mapping[str, Scores]

    def best(self, k: int) -> "_Ranking":
        order = np.lexsort((self.rows, -self.scores))[:k]
        return self.at(order, order)

    def at(self, places: Places, scored: Places) -> "_Ranking":
        """The candidates at ``places``, in that order, with the scores of those at ``scored``."""
        legs = {name: scores[places] for name, scores in self.legs.items()}
        return _Ranking(self.rows[places], self.scores[scored], legs)


class _Passages:
    """The chunks that one search looks at, each read from the catalog and analysed once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._read: dict[int, tuple[Chunk, DocumentInfo]] = {}
        self._terms: dict[int, list[str]] = {}

    def at(self, rows: Rows) -> list[tuple[Chunk, DocumentInfo]]:
        wanted: list[int] = rows.tolist()
        missing = [row for row in wanted if row not in self._read]
        if missing:
            self._read.update(zip(missing, self._catalog.chunks(missing), strict=True))
        return [self._read[row] for row in wanted]

    def terms(self, rows: Rows) -> list[list[str]]:
        """The index terms of the chunks in ``rows``, title and headings with them."""
        wanted: list[int] = rows.tolist()
        for row, (chunk, document) in zip(wanted, self.at(rows), strict=True):
            if row not in self._terms:
                text = passage(document, chunk.section, chunk.text)
                self._terms[row] = analyze(text, document.language)
        return [self._terms[row] for row in wanted]


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
        asked = self._read(query, scope, filters, mode, watch)
        passages = _Passages(self.catalog)
        if self._reranker is not None and mode is Mode.HYBRID:
            head = self._distinct(asked, _RERANKED, passages, watch)
            ranking = _rerank(asked, head, self._reranker, passages).best(k)
            watch.lap("rerank")
        else:
            ranking = self._distinct(asked, k, passages, watch)
        hits = _hits(ranking, passages)
        watch.lap("load")
        return SearchResult(hits, asked.language, watch.timings)

    def _read(
        self, query: str, scope: Scope, filters: Filters, mode: Mode, watch: _Stopwatch
    ) -> _Query:
        language = detect(query)
        terms = analyze(query, language)
        watch.lap("analyze")
        allowed = self.catalog.allowed(scope, filters)
        watch.lap("scope")
        vector = None
        if mode is not Mode.LEXICAL:
            vector = self.embedder.embed_queries([query]).values[0]
            watch.lap("embed")
        return _Query(mode, language, terms, vector, allowed)

    def _distinct(
        self, query: _Query, wanted: int, passages: _Passages, watch: _Stopwatch
    ) -> _Ranking:
        """The ``wanted`` best candidates that no newer version stands for, as far as there are."""
        depth = max(wanted, _CANDIDATES)
        while True:
            ranking = self._rank(query, depth, watch)
            found = _without_superseded(query, ranking, wanted, passages)
            watch.lap("load")
            exhausted = len(ranking.rows) < depth or depth >= _DEEPEST
            if len(found.rows) >= wanted or exhausted:
                return found
            depth *= _DEEPER

    def _rank(self, query: _Query, depth: int, watch: _Stopwatch) -> _Ranking:
        lexical_rows, lexical_scores = self._lexical.search(query.terms, depth, query.allowed.mask)
        watch.lap("lexical")
        if query.vector is None:
            return _Ranking(lexical_rows, lexical_scores, {"lexical": lexical_scores})
        dense_rows, dense_scores = self._dense.search(query.vector, depth, query.allowed.mask)
        watch.lap("dense")
        if query.mode is Mode.DENSE:
            return _Ranking(dense_rows, dense_scores, {"dense": dense_scores})
        weight = dense_weight(
            embedder_reads_query=self.embedder.reads(query.language),
            lexical_found=len(lexical_rows) > 0,
        )
        # Each leg scores the other's candidates too, so that no candidate is judged by a gap.
        rows = np.union1d(dense_rows, lexical_rows)
        dense = self._dense.scores(query.vector, rows)
        lexical = self._lexical.scores(query.terms)[rows]
        blended = blend(dense, lexical, weight)
        watch.lap("fuse")
        return _Ranking(rows, blended, {"dense": dense, "lexical": lexical})


def _without_superseded(
    query: _Query, ranking: _Ranking, wanted: int, passages: _Passages
) -> _Ranking:
    """The ``wanted`` best candidates, of the versions of one passage only the newest.

    It stands at the rank and with the score of the best of them.
    """
    head = ranking.best(wanted)
    if not any(document.family for _, document in passages.at(head.rows)):
        return head
    ordered = ranking.best(len(ranking.rows))
    rows = ordered.rows
    found = passages.at(rows)
    versions = Versions(found, lambda places: passages.terms(rows[places]), query.terms)
    best: dict[int, int] = {}
    for place in range(len(rows)):
        best.setdefault(versions.newest(place), place)
        if len(best) == wanted:
            break
    return ordered.at(np.array(list(best), np.intp), np.array(list(best.values()), np.intp))


def _rerank(query: _Query, head: _Ranking, reranker: Reranker, passages: _Passages) -> _Ranking:
    anew = reranker.scores(query.terms, passages.terms(head.rows))
    scores = blend(head.scores, anew, 1 - _RERANKER_WEIGHT)
    return _Ranking(head.rows, scores, head.legs)


def _hits(ranking: _Ranking, passages: _Passages) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            rank=i + 1,
            score=float(ranking.scores[i]),
            chunk=chunk,
            document=document,
            legs={name: float(scores[i]) for name, scores in ranking.legs.items()},
        )
        for i, (chunk, document) in enumerate(passages.at(ranking.rows))
    )
