"""Which sentences of the evidence answer the question, and whether any of them does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexes.embedder import TokenVectors
from indexes.language import analyze
from indexes.search import LocalIndex
from indexes.types import Hit
from service.answering.answerability import Signals, answers
from service.answering.expectation import Expectation, offers
from service.answering.question import Asked, take_apart
from service.answering.similarity import Matches
from service.answering.statements import Span, statements
from service.answering.types import Evidence, ReadSentence

# Passages read for an answer; of those behind them less than one in thirty holds it.
PASSAGES_READ = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbered evidence, and whether it answers the question."""

    evidence: tuple[Evidence, ...]
    answers: bool


@dataclass(frozen=True, slots=True)
class _Passage:
    """A hit, its tokens' matches if the embedder reads them, and its MaxSim: plain, by rarity."""

    hit: Hit
    terms: set[str]
    matches: Matches | None
    similarity: float
    rare_similarity: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A statement with what is measured of it."""

    passage: _Passage
    start: int
    end: int
    coverage: float
    soft_coverage: float
    bigrams: float
    mismatch: bool
    similarity: float
    context_similarity: float

    @property
    def score(self) -> float:
        """How well it answers; the weights were chosen on the even half of squad2-en."""
        meaning = 0.5 * self.coverage + 0.5 * self.similarity
        return meaning + 0.3 * self.passage.hit.score - 0.1 * self.mismatch

    def as_read(self) -> ReadSentence:
        """What a generator needs to know of it."""
        text = self.passage.hit.chunk.text[self.start : self.end]
        return ReadSentence(text, self.start, self.end, self.score)


def read(question: str, language: str, hits: Sequence[Hit], index: LocalIndex) -> Reading:
    """Number the hits, score the sentences of the first ones and judge whether they answer.

    ``language`` is the question's, as the search read it.
    """
    first = hits[:PASSAGES_READ]
    readable = index.embedder.reads(language)
    vectors: Sequence[TokenVectors | None] = [None] * (len(first) + 1)
    if readable and first:
        vectors = index.embedder.embed_tokens([question, *(hit.chunk.text for hit in first)])
    asked = take_apart(question, language, index, vectors[0])
    passages = [_passage(asked, hit, v) for hit, v in zip(first, vectors[1:], strict=True)]
    candidates = [c for passage in passages for c in _candidates(asked, passage)]
    evidence = tuple(
        Evidence(number, hit, tuple(c.as_read() for c in candidates if c.passage.hit is hit))
        for number, hit in enumerate(hits, 1)
    )
    if not candidates:
        return Reading(evidence, answers=False)
    signals = _signals(asked, passages, candidates, hits)
    return Reading(evidence, answers=answers(signals, readable=readable))


def _passage(asked: Asked, hit: Hit, vectors: TokenVectors | None) -> _Passage:
    language = hit.document.language
    terms = set(analyze(f"{hit.document.title}\n{hit.chunk.text}", language))
    if asked.vectors is None or vectors is None:
        return _Passage(hit, terms, None, 0.0, 0.0)
    matches = Matches.of(asked.vectors, vectors)
    plain, rare = matches.maxsim(asked.token_weights), matches.maxsim(asked.token_rarity)
    return _Passage(hit, terms, matches, plain, rare)


def _candidates(asked: Asked, passage: _Passage) -> Iterator[_Candidate]:
    text, language = passage.hit.chunk.text, passage.hit.document.language
    title = analyze(passage.hit.document.title, language)
    before: list[Span] = []
    for statement in statements(text):
        own = (statement.start, statement.end)
        spans = [own, *statement.above]
        terms = _terms(text, spans, language)
        yield _Candidate(
            passage=passage,
            start=statement.start,
            end=statement.end,
            coverage=asked.coverage(set(terms)),
            soft_coverage=asked.soft_coverage({*title, *terms, *_terms(text, before, language)}),
            bigrams=_shared_bigrams(asked.terms, terms),
            mismatch=not offers(text[slice(*own)], asked.expectation, asked.text),
            similarity=_maxsim(asked, passage, spans),
            context_similarity=_maxsim(asked, passage, [*before, *spans]),
        )
        before = [own]


def _terms(text: str, spans: Sequence[Span], language: str) -> list[str]:
    return [term for start, end in spans for term in analyze(text[start:end], language)]


def _maxsim(asked: Asked, passage: _Passage, spans: Sequence[Span]) -> float:
    return passage.matches.maxsim(asked.token_weights, spans) if passage.matches else 0.0


def _shared_bigrams(question: Sequence[str], sentence: Sequence[str]) -> float:
    """The share of the question's pairs of neighbouring terms that the sentence has too."""
    pairs = list(pairwise(question))
    known = set(pairwise(sentence))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0


def _signals(
    asked: Asked,
    passages: Sequence[_Passage],
    candidates: Sequence[_Candidate],
    hits: Sequence[Hit],
) -> Signals:
    best = max(candidates, key=lambda c: (c.score, -c.passage.hit.rank, -c.start))
    similarities = sorted((c.similarity for c in candidates), reverse=True)
    rarity = asked.rarity.values()
    lexical = [hit.legs.get("lexical", 0.0) for hit in hits]
    return Signals(
        soft_coverage=best.soft_coverage,
        rare_coverage=asked.coverage(best.passage.terms, power=2),
        bigrams=best.bigrams,
        mismatch=float(best.mismatch),
        asks_for_person=float(asked.expectation is Expectation.PERSON),
        mean_rarity=sum(rarity) / len(rarity) if rarity else 0.0,
        top_rarity=max(rarity, default=0.0),
        lexical_lead=_lead(lexical) / max(lexical) if max(lexical) > 0 else 0.0,
        context_similarity=max(c.context_similarity for c in candidates),
        rare_similarity=max(passage.rare_similarity for passage in passages),
        passage_lead=_lead([passage.similarity for passage in passages]),
        sentence_lead=similarities[0] - similarities[1] if len(similarities) > 1 else 0.0,
    )


def _lead(scores: list[float]) -> float:
    """How far the best score stands above the mean of the others."""
    best, *others = sorted(scores, reverse=True)
    return best - (sum(others) / len(others) if others else 0.0)
