"""One search over both legs of a snapshot; who may see what is decided before any ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.catalog import CATALOG_FILE, Catalog
from indexes.copies import Versions
from indexes.dense import DenseIndex, Rows, Scores
from indexes.embedder import Embedder, TokenVectors
from indexes.errors import SnapshotCorrupt, SnapshotMismatch
from indexes.forward import ForwardIndex
from indexes.fusion import Fusion, blend
from indexes.indexing import FORWARD_FOLDER, LEXICAL_FOLDER, TOKENS_FOLDER, VECTORS_FOLDER
from indexes.language import analyze, detect, query_terms
from indexes.lexical import LexicalIndex
from indexes.matches import Matches, TokenPlaces, matches
from indexes.passage import passage
from indexes.ranker import Features
from indexes.ranking import Ranking
from indexes.rerank import ReadText, Reranker
from indexes.retrieval import Question, Retriever
from indexes.snapshot import Manifest, verify
from indexes.stopwatch import Stopwatch
from indexes.tokens import TokenIndex
from indexes.types import Chunk, DocumentInfo, Filters, Hit, Mode, Scope

# Candidates taken from each leg before they are merged; where versions of one passage fill
# them, this many times more, at most so often.
_CANDIDATES = 100
_DEEPER = 4
_DEEPEST = _CANDIDATES * _DEEPER**2
# Of the merged list, how many a reranker reads.
_RERANKED = 50


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits best first, the language the query was read as, and milliseconds by stage.

    ``rows`` are the catalog's rows of the hits. ``tokens`` and ``vector`` are the query's, as the
    search encoded it; None where the embedder has none or does not read the language.
    """

    hits: tuple[Hit, ...]
    language: str
    timings_ms: Mapping[str, float]
    rows: tuple[int, ...]
    tokens: TokenVectors | None
    vector: NDArray[np.float32] | None = None


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
class _How:
    """What looks at the best candidates again, how the legs are merged, where vectors are."""

    reranker: Reranker | None
    fusion: Fusion
    device: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the learned ranking is given: candidates best first as the legs were fused.

    ``readable`` says whether the embedder reads the question's language.
    """

    documents: tuple[DocumentInfo, ...]
    fused: Scores
    features: Features
    readable: bool


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


class LocalIndex:
    """A snapshot on this machine's disk. Immutable, and safe to search from any thread."""

    def __init__(self, folder: Path, manifest: Manifest, embedder: Embedder, how: _How) -> None:
        self.manifest = manifest
        self.embedder = embedder
        self.catalog = Catalog(folder / CATALOG_FILE)
        tokens = folder / TOKENS_FOLDER
        self._retriever = Retriever(
            catalog=self.catalog,
            dense=DenseIndex(folder / VECTORS_FOLDER, how.device),
            lexical=LexicalIndex(folder / LEXICAL_FOLDER),
            tokens=TokenIndex(tokens) if tokens.is_dir() else None,
            forward=ForwardIndex(folder / FORWARD_FOLDER),
            fusion=how.fusion,
        )
        self._places = TokenPlaces(embedder)
        self._reranker = how.reranker
        self._check()

    def _check(self) -> None:
        parts, chunks = self._retriever.sizes, self.manifest.chunks
        if any(size != chunks for size in parts.values()):
            held = ", ".join(f"{size} {name}" for name, size in parts.items())
            raise SnapshotCorrupt(
                f"the snapshot {self.manifest.id} has {held} and {chunks} chunks; "
                "publish another snapshot or run the ingestion again"
            )

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder,
        reranker: Reranker | None = None,
        *,
        fusion: Fusion = Fusion.CONVEX,
        device: str = "cpu",
    ) -> "LocalIndex":
        """Verify the snapshot in ``folder`` and open it.

        SnapshotCorrupt when a file does not match its hash; SnapshotMismatch when another
        embedder made its vectors.
        """
        manifest = verify(folder)
        if manifest.embedder["space"] != embedder.space:
            raise SnapshotMismatch(
                f"the snapshot {manifest.id} of {manifest.collection!r} was embedded by "
                f"{manifest.embedder['model']!r}, the running embedder is "
                f"{embedder.description['model']!r} with other weights, prefixes or dimensions; "
                "set the embedder it was made with, or ingest the collection again"
            )
        return cls(folder, manifest, embedder, _How(reranker, fusion, device))

    @property
    def snapshot_id(self) -> str:
        """The id that every answer from this index names."""
        return self.manifest.id

    def rarity(self, term: str) -> float:
        """How rare an index term is in the collection, 0 to 1."""
        return self._retriever.lexical.rarity(term)

    def search(
        self, query: str, scope: Scope, filters: Filters, k: int, mode: Mode
    ) -> SearchResult:
        """The at most ``k`` best chunks inside ``scope`` that pass ``filters``."""
        watch = Stopwatch()
        question, language, tokens = self._read(query, scope, filters, mode, watch)
        passages = _Passages(self.catalog)
        if self._reranker is not None and mode is Mode.HYBRID:
            head = self._distinct(question, _RERANKED, passages, watch)
            ranking = _reranked(query, language, head, self._reranker, passages).best(k)
            watch.lap("rerank")
        else:
            ranking = self._distinct(question, k, passages, watch)
        hits = _hits(ranking, passages)
        watch.lap("load")
        return SearchResult(
            hits=hits,
            language=language,
            timings_ms=watch.timings,
            rows=tuple(ranking.rows.tolist()),
            tokens=tokens,
            vector=question.vector if question.readable else None,
        )

    def matches(
        self, tokens: TokenVectors, hits: Sequence[Hit], rows: Sequence[int]
    ) -> list[Matches | None]:
        """How the ``tokens`` of a question meet those of each hit, from what the snapshot stores.

        ``rows`` are the hits' own, as a search gave them. None where nothing is stored.
        """
        if self._retriever.tokens is None:
            return [None] * len(hits)
        return matches(tokens, hits, rows, self._retriever.tokens, self._places)

    def candidates(self, query: str, scope: Scope, filters: Filters) -> Candidates:
        """What the learned ranking knows of the candidates that it looks at: to learn it from."""
        watch = Stopwatch()
        question, _, _ = self._read(query, scope, filters, Mode.HYBRID, watch)
        head, features = self._retriever.features(question, _CANDIDATES)
        documents = tuple(document for _, document in _Passages(self.catalog).at(head.rows))
        return Candidates(documents, head.scores, features, question.readable)

    def _read(
        self, query: str, scope: Scope, filters: Filters, mode: Mode, watch: Stopwatch
    ) -> tuple[Question, str, TokenVectors | None]:
        language = detect(query)
        words, terms = analyze(query, language), query_terms(query, language)
        readable = self.embedder.reads(language)
        watch.lap("analyze")
        allowed = self.catalog.allowed(scope, filters)
        watch.lap("scope")
        vector = tokens = None
        if mode is not Mode.LEXICAL:
            encoded = self.embedder.encode_queries([query])
            vector = encoded.vectors.values[0]
            tokens = encoded.tokens[0] if encoded.tokens and readable else None
            watch.lap("embed")
        values = None if tokens is None else tokens.values
        question = Question(mode, words, terms, vector, values, readable, allowed)
        return question, language, tokens

    def _distinct(
        self, question: Question, wanted: int, passages: _Passages, watch: Stopwatch
    ) -> Ranking:
        """The ``wanted`` best candidates that no newer version stands for, as far as there are."""
        depth = max(wanted, _CANDIDATES)
        while True:
            ranking = self._retriever.ranking(question, depth, watch)
            found = self._without_superseded(question, ranking, wanted, passages)
            watch.lap("load")
            exhausted = len(ranking.rows) < depth or depth >= _DEEPEST
            if len(found.rows) >= wanted or exhausted:
                return found
            depth *= _DEEPER

    def _without_superseded(
        self, question: Question, ranking: Ranking, wanted: int, passages: _Passages
    ) -> Ranking:
        """The ``wanted`` best candidates, of the versions of one passage only the newest.

        It stands at the rank and with the score of the best of them.
        """
        head = ranking.best(wanted)
        if not self.catalog.in_family(head.rows).any():
            return head
        ordered = ranking.best(len(ranking.rows))
        rows = ordered.rows
        found = passages.at(rows)
        versions = Versions(found, lambda places: passages.terms(rows[places]), question.words)
        best: dict[int, int] = {}
        for place in range(len(rows)):
            best.setdefault(versions.newest(place), place)
            if len(best) == wanted:
                break
        return ordered.at(np.array(list(best), np.intp), np.array(list(best.values()), np.intp))


def _reranked(
    query: str, language: str, head: Ranking, reranker: Reranker, passages: _Passages
) -> Ranking:
    texts = [
        ReadText(passage(document, chunk.section, chunk.text), document.language)
        for chunk, document in passages.at(head.rows)
    ]
    anew = reranker.scores(ReadText(query, language), texts)
    read = head.best(len(anew))
    scores = blend(read.scores, anew, 1 - reranker.share)
    return head.led_by(read, scores)


def _hits(ranking: Ranking, passages: _Passages) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            rank=i + 1,
            score=float(ranking.scores[i]),
            chunk=chunk,
            document=document,
            legs={
                name: float(scores[i])
                for name, scores in ranking.legs.items()
                if not np.isnan(scores[i])
            },
        )
        for i, (chunk, document) in enumerate(passages.at(ranking.rows))
    )
