"""From a question to ranked candidates: both legs, what else is known of the best, their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.allowed import Allowed
from indexes.catalog import Catalog
from indexes.dense import DenseIndex, Rows, Scores
from indexes.forward import ForwardIndex
from indexes.fusion import Fusion, by_maximum, dense_weight, fuse, min_max
from indexes.lexical import LexicalIndex
from indexes.ranker import Feature, Features, rank, weights
from indexes.ranking import Ranking
from indexes.stopwatch import Stopwatch
from indexes.tokens import TokenIndex
from indexes.types import Mode

# Of the fused candidates, how many are looked at closely; 80 instead gain .002 in nDCG@10.
_HEAD = 30
# What stands so many passages before and behind a candidate says what it is about.
_REACH = 2
# The share of the largest possible BM25 that the best passage reaches where it answers in the
# question's language: at least .19 for 19 of 20 questions of six sets. Vietnamese questions reach
# .03 in English passages (median).
_ANSWERING = 0.15


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the legs take it, and where to look.

    ``words`` stand in their order, ``terms`` have weights; there is no ``vector`` where only words
    count, and no vectors of ``tokens`` where the embedder has none or does not read the language.
    """

    mode: Mode
    words: Sequence[str]
    terms: Mapping[str, float]
    vector: NDArray[np.float32] | None
    tokens: NDArray[np.float32] | None
    readable: bool
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class Retriever:
    """The parts of a snapshot that rank."""

    catalog: Catalog
    dense: DenseIndex
    lexical: LexicalIndex
    tokens: TokenIndex | None
    forward: ForwardIndex
    fusion: Fusion

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many passages each part holds: the same number, in a whole snapshot."""
        sizes = {
            "vectors": len(self.dense),
            "indexed passages": len(self.lexical),
            "passages of words": len(self.forward),
        }
        return sizes if self.tokens is None else sizes | {"passages of tokens": len(self.tokens)}

    def ranking(self, question: Question, depth: int, watch: Stopwatch) -> Ranking:
        """All candidates among the ``depth`` best of each leg, with their final scores."""
        fused = self._fused(question, depth, watch)
        if question.mode is not Mode.HYBRID:
            return fused
        ordered = fused.best(len(fused.rows))
        head, features = self._known(question, ordered.best(_HEAD), watch)
        weighted = weights(readable=question.readable, tokens=Feature.LATE in features)
        found = ordered.led_by(head, rank(features, weighted))
        found = found.diversified(self.catalog.owners(found.rows))
        watch.lap("rank")
        return found

    def features(self, question: Question, depth: int) -> tuple[Ranking, Features]:
        """The candidates that are looked at closely, as they were fused, and what is known."""
        watch = Stopwatch()
        fused = self._fused(question, depth, watch)
        return self._known(question, fused.best(_HEAD), watch)

    def _fused(self, question: Question, depth: int, watch: Stopwatch) -> Ranking:
        rows, scores = self.lexical.search(question.terms, depth, question.allowed)
        watch.lap("lexical")
        if question.vector is None:
            return Ranking(rows, scores, {"lexical": scores})
        found, cosines = self.dense.search(question.vector, depth, question.allowed)
        watch.lap("dense")
        if question.mode is Mode.DENSE:
            return Ranking(found, cosines, {"dense": cosines})
        weight = dense_weight(embedder_reads_query=question.readable, lexical_found=len(rows) > 0)
        # Each leg scores the other's candidates too, so that no candidate is judged by a gap.
        rows = np.union1d(found, rows)
        dense = self.dense.scores(question.vector, rows)
        lexical = self.lexical.scores(question.terms, rows)
        scores = fuse(self.fusion, dense, lexical, weight, self._least(question))
        watch.lap("fuse")
        return Ranking(rows, scores, {"dense": dense, "lexical": lexical})

    def _known(
        self, question: Question, head: Ranking, watch: Stopwatch
    ) -> tuple[Ranking, Features]:
        """``head`` with the raw score of every further leg, and its features."""
        legs = dict(head.legs)
        features = {
            Feature.DENSE: min_max(legs["dense"]),
            Feature.LEXICAL: by_maximum(legs["lexical"], self._least(question)),
        }
        if self.tokens is not None and question.tokens is not None:
            legs["late"] = self.tokens.scores(question.tokens, head.rows)
            features[Feature.LATE] = _where_known(legs["late"], head.scores)
            watch.lap("late")
        features |= self._evidence(question, head.rows)
        watch.lap("evidence")
        return Ranking(head.rows, head.scores, legs), features

    def _least(self, question: Question) -> float:
        """What BM25 has to give a passage so that the best one by words counts whole.

        Its scores stay below the sum of the terms' weights and idf. Where the best stays far below,
        as for a question in another language than the collection's, meaning knows better, unless
        the embedder does not read the question.
        """
        if not question.readable:
            return 0.0
        terms = question.terms.items()
        return _ANSWERING * sum(weight * self.lexical.idf(term) for term, weight in terms)

    def _evidence(self, question: Question, rows: Rows) -> Features:
        idf = {word: self.lexical.idf(word) for word in question.words}
        owners = self.catalog.owners(rows)
        found = self.forward.evidence(question.words, idf, rows, owners)
        around = self.forward.density(idf, self._around(rows, owners))
        least = _ANSWERING * sum(idf.values()) if question.readable else 0.0
        return {
            Feature.PHRASES: found.phrases,
            Feature.PROXIMITY: found.proximity,
            Feature.AROUND: by_maximum(around, least),
            Feature.DOCUMENT: found.document,
            Feature.TITLE: found.title,
        }

    def _around(self, rows: Rows, owners: Rows) -> Rows:
        """Each of ``rows`` amid its neighbours, -1 where another document stands.

        Shape (len(rows), 2 * _REACH + 1).
        """
        near = rows[:, None] + np.arange(-_REACH, _REACH + 1)
        inside = (near >= 0) & (near < self.catalog.chunk_count)
        same = self.catalog.owners(np.where(inside, near, 0)) == owners[:, None]
        return np.where(inside & same, near, -1)


def _where_known(late: Scores, otherwise: Scores) -> Scores:
    """Min-max of what is known; a candidate without codes stands where the fusion has it."""
    known = ~np.isnan(late)
    scaled = otherwise.copy()
    scaled[known] = min_max(late[known])
    return scaled
