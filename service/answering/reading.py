"""Which sentences of the evidence answer the question, and whether any of them does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import TokenVectors
from indexes.language import analyze
from indexes.search import LocalIndex
from indexes.types import Hit
from service.answering.answerability import Signals, answerability
from service.answering.expectation import expects, offers
from service.answering.statements import Span, statements
from service.answering.types import Evidence, ReadSentence

# Passages read for an answer; of those behind them less than one in thirty holds it.
PASSAGES_READ = 5
# Words of five letters that begin alike are mostly forms of one word that a stemmer missed
# ("invasion", "invaded"), of four sometimes.
_LONG_PREFIX, _SHORT_PREFIX = (5, 0.7), (4, 0.35)
# Question words carry little meaning of their own; content words count fully.
_FUNCTION_WORD_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbered evidence, and the probability (0 to 1) that it answers the question."""

    evidence: tuple[Evidence, ...]
    answerability: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question as terms with weights and, where the embedder reads it, as token vectors."""

    text: str
    terms: list[str]
    weights: dict[str, float]
    vectors: TokenVectors | None
    token_weights: NDArray[np.float32]

    def coverage(self, terms: set[str]) -> float:
        """The share of the question's weight that ``terms`` hold, 0 to 1."""
        return self._share(float(term in terms) for term in self.weights)

    def soft_coverage(self, terms: set[str]) -> float:
        """The same, where another form of a word counts in part."""
        return self._share(_likeness(term, terms) for term in self.weights)

    def _share(self, matches: Iterator[float]) -> float:
        total = sum(self.weights.values())
        found = sum(m * weight for m, weight in zip(matches, self.weights.values(), strict=True))
        return found / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence with everything that is measured of it."""

    hit: Hit
    start: int
    end: int
    coverage: float
    soft_coverage: float
    bigrams: float
    mismatch: bool
    similarity: float
    context_similarity: float
    passage_similarity: float

    @property
    def score(self) -> float:
        meaning = 0.5 * self.similarity
        return 0.5 * self.coverage + meaning + 0.3 * self.hit.score - 0.1 * self.mismatch

    def as_read(self) -> ReadSentence:
        """What a generator needs to know of it."""
        text = self.hit.chunk.text[self.start : self.end]
        return ReadSentence(text, self.start, self.end, self.score)


def read(question: str, language: str, hits: Sequence[Hit], index: LocalIndex) -> Reading:
    """Number the hits, score the sentences of the first ones and judge whether they answer.

    ``language`` is the question's, as the search read it.
    """
    first = hits[:PASSAGES_READ]
    readable = index.embedder.reads(language)
    vectors = (
        index.embedder.embed_tokens([question, *(hit.chunk.text for hit in first)])
        if readable and first
        else [None] * (len(first) + 1)
    )
    asked = _ask(question, language, index, vectors[0])
    candidates = [
        candidate
        for hit, tokens in zip(first, vectors[1:], strict=True)
        for candidate in _candidates(asked, hit, tokens)
    ]
    evidence = tuple(
        Evidence(number, hit, tuple(c.as_read() for c in candidates if c.hit is hit))
        for number, hit in enumerate(hits, 1)
    )
    if not candidates:
        return Reading(evidence, 0.0)
    candidates.sort(key=lambda c: (-c.score, c.hit.rank, c.start))
    signals = _signals(asked, candidates, hits)
    return Reading(evidence, answerability(signals, readable=readable))


def _ask(question: str, language: str, index: LocalIndex, vectors: TokenVectors | None) -> _Asked:
    terms = analyze(question, language)
    weights = {term: index.idf(term) for term in dict.fromkeys(terms)}
    token_weights = np.empty(0, np.float32)
    if vectors is not None:
        content = [bool(analyze(question[start:end], language)) for start, end in vectors.spans]
        token_weights = np.where(content, 1.0, _FUNCTION_WORD_WEIGHT).astype(np.float32)
    return _Asked(question, terms, weights, vectors, token_weights)


def _likeness(term: str, terms: set[str]) -> float:
    if term in terms:
        return 1.0
    if term.isascii():
        for length, likeness in (_LONG_PREFIX, _SHORT_PREFIX):
            prefix = term[:length]
            if len(prefix) == length and any(other.startswith(prefix) for other in terms):
                return likeness
    return 0.0


def _candidates(asked: _Asked, hit: Hit, tokens: TokenVectors | None) -> Iterator[_Candidate]:
    text, language = hit.chunk.text, hit.document.language
    title = set(analyze(hit.document.title, language))
    matches = _token_matches(asked, tokens)
    expectation = expects(asked.text)
    whole = _similarity(asked, tokens, matches, [(0, len(text))])
    before: list[Span] = []
    for statement in statements(text):
        own = (statement.start, statement.end)
        spans = [own, *statement.above]
        terms = [term for start, end in spans for term in analyze(text[start:end], language)]
        nearby = [term for start, end in before for term in analyze(text[start:end], language)]
        yield _Candidate(
            hit=hit,
            start=statement.start,
            end=statement.end,
            coverage=asked.coverage(set(terms)),
            soft_coverage=asked.soft_coverage(title.union(terms, nearby)),
            bigrams=_shared_bigrams(asked.terms, terms),
            mismatch=not offers(text[slice(*own)], expectation, asked.text),
            similarity=_similarity(asked, tokens, matches, spans),
            context_similarity=_similarity(asked, tokens, matches, [*before, *spans]),
            passage_similarity=whole,
        )
        before = [own]


def _shared_bigrams(question: list[str], sentence: list[str]) -> float:
    """The share of the question's pairs of neighbouring terms that the sentence has too."""
    pairs = list(pairwise(question))
    known = set(pairwise(sentence))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0


def _token_matches(asked: _Asked, tokens: TokenVectors | None) -> NDArray[np.float32] | None:
    """Cosines of the question's tokens (rows) and the passage's (columns)."""
    if asked.vectors is None or tokens is None:
        return None
    return np.asarray(asked.vectors.values @ tokens.values.T, np.float32)


def _similarity(
    asked: _Asked,
    tokens: TokenVectors | None,
    matches: NDArray[np.float32] | None,
    spans: Sequence[Span],
) -> float:
    """MaxSim (Khattab and Zaharia 2020) of the question and some spans of a passage.

    The weighted mean, over the question's tokens, of the best cosine among the spans' tokens.
    """
    if tokens is None or matches is None:
        return 0.0
    inside = [any(a <= start and end <= b for a, b in spans) for start, end in tokens.spans]
    if not any(inside) or not len(asked.token_weights):
        return 0.0
    best = matches[:, inside].max(axis=1)
    return float(np.average(best, weights=asked.token_weights))


def _signals(asked: _Asked, ranked: Sequence[_Candidate], hits: Sequence[Hit]) -> Signals:
    best = ranked[0]
    passages = {c.hit.chunk.id: c.passage_similarity for c in ranked}
    return Signals(
        soft_coverage=best.soft_coverage,
        bigrams=best.bigrams,
        mismatch=float(best.mismatch),
        similarity=max(c.similarity for c in ranked),
        context_similarity=max(c.context_similarity for c in ranked),
        passage_lead=_lead(list(passages.values())),
        lexical_lead=_lead([hit.legs.get("lexical", 0.0) for hit in hits], relative=True),
        dense=max((hit.legs.get("dense", 0.0) for hit in hits), default=0.0),
        terms=min(len(asked.weights), 12) / 12,
    )


def _lead(scores: list[float], *, relative: bool = False) -> float:
    """How far the best score stands above the mean of the others."""
    ordered = sorted(scores, reverse=True)
    if not ordered:
        return 0.0
    lead = ordered[0] - (sum(ordered[1:]) / len(ordered[1:]) if ordered[1:] else 0.0)
    return lead / ordered[0] if relative and ordered[0] > 0 else lead
