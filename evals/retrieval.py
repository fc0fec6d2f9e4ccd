"""Searches for every judged question and measures the ranking of documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.bootstrap import ratio
from evals.cases import Case
from evals.corpus import Corpus, scope_of
from evals.metrics import ndcg, recall, reciprocal_rank
from evals.results import Measurement, Row, present, stages
from indexes.search import Index, SearchResult
from indexes.types import Filters, Mode

# Chunks asked for per wanted document: a long document fills several places with its chunks.
_CHUNKS_PER_DOCUMENT = 8
_MOST_CHUNKS = 100  # what POST /search gives out at most


@dataclass(frozen=True, slots=True)
class Ranked:
    """The documents found for a question, each once, at the rank of its best chunk."""

    case: Case
    documents: tuple[str, ...]
    timings_ms: Mapping[str, float]


def chunks_asked(k: int) -> int:
    """How many chunks are searched for so that about ``k`` documents are among them."""
    return max(k, min(k * _CHUNKS_PER_DOCUMENT, _MOST_CHUNKS))


def rank(cases: Iterable[Case], index: Index, corpus: Corpus, mode: Mode, k: int) -> list[Ranked]:
    """Search for the questions that some document is relevant to."""
    chunks = chunks_asked(k)
    ranked = []
    for case in cases:
        if case.relevant:
            scope = scope_of(case.groups)
            result = index.search(case.text, scope, Filters(), chunks, mode)
            ranked.append(Ranked(case, _fold(result, corpus), result.timings_ms))
    return ranked


def _fold(result: SearchResult, corpus: Corpus) -> tuple[str, ...]:
    paths = (hit.document.path for hit in result.hits)
    return tuple(dict.fromkeys(corpus.record_id(path) for path in paths))


def measure_retrieval(ranked: Sequence[Ranked], mode: Mode, k: int) -> Measurement:
    """Recall at 1, 5 and ``k``, MRR and nDCG at ``k``, and the search's timings."""
    scores = [_scores(found, k) for found in ranked]
    names = scores[0] if scores else ()
    return Measurement(
        name=mode.value,
        metrics=present({name: ratio([(score[name], 1) for score in scores]) for name in names}),
        timings_ms=stages(found.timings_ms for found in ranked),
    )


def retrieval_rows(ranked: Iterable[Ranked], mode: Mode, k: int) -> list[Row]:
    """One row per question: what was relevant, what was found, how it scores."""
    return [
        {
            "measurement": mode.value,
            "id": found.case.id,
            "question": found.case.text,
            "relevant": dict(found.case.relevant),
            "found": list(found.documents[:k]),
            **_scores(found, k),
        }
        for found in ranked
    ]


def _scores(found: Ranked, k: int) -> dict[str, float]:
    documents, relevant = found.documents, found.case.relevant
    recalls = {f"recall@{n}": recall(documents, relevant, n) for n in sorted({1, 5, k}) if n <= k}
    return recalls | {
        f"mrr@{k}": reciprocal_rank(documents, relevant, k),
        f"ndcg@{k}": ndcg(documents, relevant, k),
    }
