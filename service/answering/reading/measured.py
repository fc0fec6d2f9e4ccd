"""What is measured of a passage and of each statement in it, before anything is judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from indexes.matches import Matches
from indexes.types import Hit
from service.answering.reading.definitions import defines
from service.answering.reading.expectation import offers
from service.answering.reading.quantity import counts
from service.answering.reading.question import Asked, Likeness
from service.answering.reading.similarity import NOWHERE, Closest, anywhere, closest, maxsim
from service.answering.reading.statements import (
    Span,
    Statement,
    denies,
    leads,
    names_columns,
    statements,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit as it is read: the chunk of ``hit``, which begins at ``offset`` of evidence ``number``.

    ``terms`` are those of its text and title. ``matches`` are its tokens' with the question's, None
    where the snapshot has none; ``similarity`` and ``rare_similarity`` its MaxSim, the question's
    tokens weighted plainly and by rarity, 0 without matches.
    """

    number: int
    offset: int
    hit: Hit
    terms: frozenset[str]
    matches: Matches | None
    similarity: float
    rare_similarity: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement, ``text[start:end]`` of its evidence, with what is measured of it.

    Each measure is about 0 to 1. ``coverage`` is the share of the question's rarity in it and what
    stands over it, ``soft_coverage`` the same with word forms, its title and the statement before;
    ``bigrams`` the share of the question's neighbouring terms; ``mismatch`` whether it lacks the
    kind of thing asked for. ``similarity`` is its MaxSim with what stands over it,
    ``context_similarity`` that with the statement before. ``defines`` tells that it says what the
    thing is whose meaning was asked, ``counts`` that it has a number of what the question counts.
    ``held`` are the question's terms that the soft coverage counts; ``lead`` is the line that leads
    to the list that it is an item of, the first row of its table, or a heading that denies, and
    ``within`` that list with its lead, where this line says of what was asked all that the item
    says: then no item answers without the others.
    """

    passage: Passage
    start: int
    end: int
    coverage: float
    soft_coverage: float
    bigrams: float
    mismatch: bool
    similarity: float
    context_similarity: float
    defines: bool
    counts: bool
    held: frozenset[str]
    lead: Span | None
    within: Span | None

    @property
    def score(self) -> float:
        """How well it answers, about 0 to 1.

        A softmax of some twenty times the score gives the statements that answer the greatest
        likelihood: where words alone are known, on the even halves of squad2-en, xquad-vi,
        cmrc2018-zh, handbook-sourcegraph and multihop-rag-evidence; where the tokens of question
        and passage are, on those of squad2-en, xquad-en and questions as people ask them, whose
        words are seldom the statement's. Each set counts the same. The passage's own part was then
        left as large as before, as it decides on the document. Definitions are too few there to
        weigh: theirs only decides between sentences that are nearly equal. The weight of ``counts``
        is what puts most right statements first there, of the questions that count something.
        """
        if self.passage.matches is None:
            words = 0.17 * self.coverage + 0.24 * self.soft_coverage
            kind = 0.03 * self.defines + 0.08 * self.counts - 0.12 * self.mismatch
            return words + kind + 0.32 * self.passage.hit.score
        words = 0.08 * self.coverage + 0.05 * self.soft_coverage
        meaning = 0.31 * self.similarity + 0.28 * self.context_similarity
        kind = 0.03 * self.defines + 0.05 * self.counts - 0.09 * self.mismatch
        return words + meaning + kind + 0.30 * self.passage.hit.score


def measure_passage(
    asked: Asked, hit: Hit, matches: Matches | None, number: int, offset: int
) -> Passage:
    """The chunk of ``hit`` as it is read for the question."""
    best = anywhere(matches) if matches else NOWHERE
    return Passage(
        number=number,
        offset=offset,
        hit=hit,
        terms=frozenset(
            asked.words(f"{hit.document.title}\n{hit.chunk.text}", hit.document.language)
        ),
        matches=matches,
        similarity=maxsim(best, asked.token_weights),
        rare_similarity=maxsim(best, asked.token_rarity),
    )


def measure_statements(asked: Asked, passage: Passage) -> Iterator[Candidate]:
    """The statements of a passage in order; a list as a whole where several things are asked."""
    pieces = _Pieces(asked, passage)
    stated = statements(passage.hit.chunk.text)
    wholes = [statement for statement in stated if statement.whole]
    before: list[Span] = []
    for statement in stated:
        if statement.whole:
            if asked.several:
                yield _measure(pieces, statement, [], [])
        else:
            yield _measure(pieces, statement, before, wholes)
            # A row says nothing of the one after it.
            before = [] if statement.row else [(statement.start, statement.end)]


class _Pieces:
    """What is measured of a passage's spans, each span once."""

    def __init__(self, asked: Asked, passage: Passage) -> None:
        self.asked = asked
        self.passage = passage
        self._language = passage.hit.document.language
        self.title = asked.likeness(asked.words(passage.hit.document.title, self._language))
        self._terms: dict[Span, list[str]] = {}
        self._likeness: dict[Span, Likeness] = {}
        self._closest: dict[Span, Closest] = {}

    def terms(self, spans: Sequence[Span]) -> list[str]:
        """The terms of the spans, in their order."""
        for span in spans:
            if span not in self._terms:
                text = self.passage.hit.chunk.text[slice(*span)]
                self._terms[span] = self.asked.words(text, self._language)
        return [term for span in spans for term in self._terms[span]]

    def likeness(self, spans: Sequence[Span]) -> Likeness:
        """How like the question's terms are the nearest in any of the spans."""
        for span in spans:
            if span not in self._likeness:
                self._likeness[span] = self.asked.likeness(set(self.terms([span])))
        return _nearest(*(self._likeness[span] for span in spans))

    def closest(self, spans: Sequence[Span]) -> Closest:
        """For each token of the question the best cosine in any of the spans."""
        if self.passage.matches is None:
            return NOWHERE
        best = NOWHERE
        for span in spans:
            if span not in self._closest:
                self._closest[span] = closest(self.passage.matches, span)
            best = np.maximum(best, self._closest[span])
        return best


def _nearest(*likenesses: Likeness) -> Likeness:
    return tuple(map(max, zip(*likenesses, strict=True)))


def _measure(
    pieces: _Pieces, statement: Statement, before: Sequence[Span], wholes: Sequence[Statement]
) -> Candidate:
    asked, passage = pieces.asked, pieces.passage
    own = (statement.start, statement.end)
    text = passage.hit.chunk.text[slice(*own)]
    spans = (own, *statement.above)
    said, near = pieces.likeness(spans), pieces.closest(spans)
    lead = _lead(passage, statement)
    known = _nearest(said, pieces.title, *(pieces.likeness([span]) for span in before))
    return Candidate(
        passage=passage,
        start=passage.offset + statement.start,
        end=passage.offset + statement.end,
        coverage=asked.share([float(likeness == 1) for likeness in said]),
        soft_coverage=asked.share(known),
        bigrams=_shared_bigrams(asked.terms, pieces.terms(spans)),
        mismatch=not offers(text, asked.expectation, asked.text),
        similarity=maxsim(near, asked.token_weights),
        context_similarity=maxsim(np.maximum(near, pieces.closest(before)), asked.token_weights),
        defines=bool(asked.subject) and defines(text, asked.subject),
        counts=asked.quantity is not None and counts(asked.read(text), asked.quantity, asked.text),
        held=frozenset(
            term for term, likeness in zip(asked.rarity, known, strict=True) if likeness
        ),
        lead=_in_evidence(passage, lead),
        within=_in_evidence(passage, _within(pieces, statement, lead, wholes)),
    )


def _lead(passage: Passage, statement: Statement) -> Span | None:
    line = statement.above[-1] if statement.above else None
    if line is None:
        return None
    text = passage.hit.chunk.text
    over, own = text[slice(*line)], text[statement.start : statement.end]
    heads = statement.row and names_columns(over, own)
    return line if leads(over) or heads or denies(over) else None


def _within(
    pieces: _Pieces, item: Statement, lead: Span | None, wholes: Sequence[Statement]
) -> Span | None:
    """The list that ``item`` is of, where its lead alone holds the item's terms of the question."""
    if lead is None or not wholes:
        return None
    known, said = pieces.likeness([lead]), pieces.likeness([(item.start, item.end)])
    if not any(known) or any(own > led for own, led in zip(said, known, strict=True)):
        return None
    around = (one for one in wholes if one.start <= lead[0] and item.end <= one.end)
    return next(((one.start, one.end) for one in around), None)


def _in_evidence(passage: Passage, span: Span | None) -> Span | None:
    return span and (passage.offset + span[0], passage.offset + span[1])


def _shared_bigrams(question: Sequence[str], sentence: Sequence[str]) -> float:
    """The share of the question's pairs of neighbouring terms that the sentence has too."""
    pairs = list(pairwise(question))
    known = set(pairwise(sentence))
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 0.0
