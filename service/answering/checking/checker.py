"""Whether passages support a sentence: the cited ones first, alone or together, then the others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from indexes.embedder import Embedder
from indexes.entailment import EntailmentModel
from service.answering.checking.calibration import PARTIAL
from service.answering.checking.entailed import entailed_support
from service.answering.checking.signals import measure
from service.answering.checking.similarity import Similarity
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import (
    Support,
    best_support,
    closest,
    probability,
    verdict_of,
)
from service.answering.types import Method, Verdict

# Of two passages that support a sentence together, the telling words that each alone must hold.
_OWN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Checker:
    """What a sentence is held against its evidence with, beside its words.

    Each may be None: an embedder's token vectors, and a model that reads both and says whether the
    one follows from the other.
    """

    embedder: Embedder | None = None
    entailment: EntailmentModel | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What holding a sentence against the evidence gave.

    ``score`` (0 to 1) is that of all ``supports`` together, which may be more than each gives.
    """

    supports: tuple[Support, ...]
    score: float

    @property
    def verdict(self) -> Verdict:
        """By the calibrated thresholds."""
        return verdict_of(self.score)


@dataclass(frozen=True, slots=True)
class Examination:
    """The passages of one answer, and what sentences are held against them with."""

    passages: Sequence[Passage]
    language: str
    checker: Checker
    similarity: Similarity | None

    @classmethod
    def of(cls, passages: Sequence[Passage], language: str, checker: Checker) -> "Examination":
        """``language`` is that of the answer."""
        embedder = checker.embedder
        readable = embedder is not None and embedder.has_tokens and embedder.reads(language)
        return cls(
            passages, language, checker, Similarity(embedder) if embedder and readable else None
        )

    def examine(self, text: str, numbers: Collection[int]) -> Finding:
        """The support for a sentence that cites the passages of these ``numbers``.

        What the cited ones give, if that is full support; else what another gives in full; else
        what the cited ones give in part.
        """
        sentence = Statement.of(text, self.language)
        cited = [p for p in self.passages if p.evidence.number in numbers]
        found = [s for p in cited if (s := self._support(sentence, p)) and s.score >= PARTIAL]
        full = tuple(s for s in found if s.verdict is Verdict.SUPPORTED)
        if full:
            return Finding(full, max(s.score for s in full))
        together = self._together(sentence, cited)
        if together:
            return together
        others = (self._support(sentence, p) for p in self.passages if p not in cited)
        moved = max(
            (s for s in others if s and s.verdict is Verdict.SUPPORTED),
            key=lambda support: support.score,
            default=None,
        )
        if moved:
            return Finding((moved,), moved.score)
        return Finding(tuple(found), max((s.score for s in found), default=0.0))

    def _support(self, sentence: Statement, passage: Passage) -> Support | None:
        readable = self.similarity and self.similarity.embedder.reads(passage.language)
        support = best_support(sentence, passage, self.similarity if readable else None)
        if self.checker.entailment and not (support and support.method is Method.QUOTE):
            return entailed_support(sentence, passage, self.checker.entailment)
        return support

    def _together(self, sentence: Statement, cited: Sequence[Passage]) -> Finding | None:
        """Full support by two cited passages, each of which holds words that the other lacks."""
        told = {sentence.words[place].stem for place in sentence.told}
        found = [_fullest(sentence, passage) for passage in cited]
        best: Finding | None = None
        for one, other in combinations([support for support in found if support], 2):
            mine, theirs = one.candidate.stems & told, other.candidate.stems & told
            if min(len(mine - theirs), len(theirs - mine)) < _OWN_WORDS:
                continue
            span = Statement.of(f"{one.text}\n{other.text}", one.passage.language)
            score = probability(measure(sentence, span, one.passage.above))
            if verdict_of(score) is Verdict.SUPPORTED and (not best or score > best.score):
                best = Finding((one, other), score)
        return best


def _fullest(sentence: Statement, passage: Passage) -> Support | None:
    """The fewest words of a passage that hold most of the sentence, as one part of its support."""
    chosen = closest(sentence, passage.candidates)
    if not chosen:
        return None
    signals = measure(sentence, passage.statement(chosen[0]), passage.above)
    return Support(passage, chosen[0], probability(signals), Method.WORDS, is_part=True)
