"""Questions with what the ranking knows of their candidates, and which of these help."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case, Half, half_of
from evals.corpus import Corpus, scope_of
from evals.metrics import ndcg
from indexes.ranker import Feature, Features, Weights, rank
from indexes.search import LocalIndex
from indexes.types import Filters

K = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's candidates: their documents, features, and whether they are relevant.

    ``grades`` has the grade of each candidate's document, 0 for none; ``relevant`` those of all
    documents, found or not.
    """

    half: Half
    documents: tuple[str, ...]
    features: Features
    grades: NDArray[np.float64]
    relevant: Mapping[str, int]
    readable: bool

    def without(self, feature: Feature) -> "Judged":
        """The same question where nothing is known of ``feature``."""
        kept = {name: values for name, values in self.features.items() if name is not feature}
        return Judged(self.half, self.documents, kept, self.grades, self.relevant, self.readable)

    def ndcg(self, weighted: Weights) -> float:
        """nDCG at 10 of the documents, each at its best candidate, ranked by ``weighted``."""
        order = np.argsort(-rank(self.features, weighted), kind="stable")
        return self._ndcg(self.documents[place] for place in order)

    def fused(self) -> float:
        """The same of the candidates as the legs alone have them."""
        return self._ndcg(self.documents)

    def _ndcg(self, documents: Iterable[str]) -> float:
        return ndcg(tuple(dict.fromkeys(documents)), self.relevant, K)


def judge(cases: Iterable[Case], index: LocalIndex, corpus: Corpus) -> list[Judged]:
    """Ask every question that some document is relevant to."""
    return [_judged(case, index, corpus) for case in cases if case.relevant]


def _judged(case: Case, index: LocalIndex, corpus: Corpus) -> Judged:
    known = index.candidates(case.text, scope_of(case.groups), Filters())
    documents = tuple(corpus.record_id(document.path) for document in known.documents)
    grades = np.array([case.relevant.get(document, 0) for document in documents], np.float64)
    return Judged(
        half_of(case.id), documents, known.features, grades, case.relevant, known.readable
    )


def mean_ndcg(judged: Sequence[Judged], half: Half, weighted: Weights) -> float:
    """Over the questions of one half; nan where there is none."""
    scores = [each.ndcg(weighted) for each in judged if each.half is half]
    return float(np.mean(scores)) if scores else float("nan")


def mean_fused(judged: Sequence[Judged], half: Half) -> float:
    """The same of the legs alone."""
    scores = [each.fused() for each in judged if each.half is half]
    return float(np.mean(scores)) if scores else float("nan")
