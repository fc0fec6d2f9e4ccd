"""Which sentences of the evidence answer the question, and whether any of them does."""

from collections.abc import Mapping, Sequence

from indexes.matches import Matches
from indexes.search import LocalIndex, SearchResult
from indexes.types import Hit
from service.answering.reading.answerability import judge
from service.answering.reading.joining import complements
from service.answering.reading.measured import (
    Candidate,
    Passage,
    measure_passage,
    measure_statements,
)
from service.answering.reading.question import Asked, take_apart
from service.answering.reading.statements import Span
from service.answering.types import Evidence, Reading, ReadSentence

# Passages read for an answer; of those behind them less than one in thirty holds it.
PASSAGES_READ = 5
# Enough to come after the sentence that it leads to, and before any other.
_AFTER = 1e-6


def read(
    question: str, result: SearchResult, evidence: Sequence[Evidence], index: LocalIndex
) -> Reading:
    """Score the statements of the best hits in the evidence and judge whether they answer.

    ``question`` is what ``result`` was found for. No model runs: the tokens of the question were
    encoded for the search, those of the passages when they were ingested.
    """
    asked = take_apart(question, result.language, index, result.tokens)
    passages = _passages(asked, result, evidence, index)
    candidates = [c for passage in passages for c in measure_statements(asked, passage)]
    return Reading(
        sentences=_sentences(asked, candidates, evidence),
        judgement=judge(
            asked,
            passages,
            candidates,
            result.hits,
            readable=index.embedder.reads(result.language),
        ),
    )


def _passages(
    asked: Asked, result: SearchResult, evidence: Sequence[Evidence], index: LocalIndex
) -> list[Passage]:
    """The chunks of the best hits that lie in the evidence, best first."""
    rows = {hit.chunk.id: row for hit, row in zip(result.hits, result.rows, strict=True)}
    found: list[tuple[Hit, Evidence]] = sorted(
        ((hit, item) for item in evidence for hit in item.hits), key=lambda pair: pair[0].rank
    )[:PASSAGES_READ]
    hits = [hit for hit, _ in found]
    matches: Sequence[Matches | None] = [None] * len(hits)
    if asked.vectors is not None:
        matches = index.matches(asked.vectors, hits, [rows[hit.chunk.id] for hit in hits])
    return [
        measure_passage(asked, hit, of_hit, item.number, hit.chunk.start - item.start)
        for (hit, item), of_hit in zip(found, matches, strict=True)
    ]


def _sentences(
    asked: Asked, candidates: Sequence[Candidate], evidence: Sequence[Evidence]
) -> tuple[ReadSentence, ...]:
    """The candidates as a generator reads them.

    Of a question about two things beside each other, one that tells what the best leaves open
    answers as well as that. Where the best is an item of a list whose lead was asked for, the list
    stands before it; else what leads to the best, such as whom it is true of, follows it.
    """
    if not candidates:
        return ()
    texts = {item.number: item.text for item in evidence}
    best = max(candidates, key=lambda c: (c.score, -c.passage.hit.rank, -c.start))
    beside = complements(asked, candidates) if asked.joint else ()
    read = []
    for each in candidates:
        score = best.score if any(each is other for other in beside) else each.score
        read.append(_sentence(texts, each.passage.number, (each.start, each.end), score))
    if best.within:
        read.append(_sentence(texts, best.passage.number, best.within, best.score))
    elif best.lead:
        read.append(_sentence(texts, best.passage.number, best.lead, best.score - _AFTER))
    return tuple(read)


def _sentence(texts: Mapping[int, str], number: int, span: Span, score: float) -> ReadSentence:
    return ReadSentence(number, texts[number][slice(*span)], *span, score)
