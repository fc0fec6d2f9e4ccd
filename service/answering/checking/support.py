"""How well passages support a sentence: the narrowest words that say it, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.answering.checking.calibration import MEANING, PARTIAL, SUPPORTED, WORDS
from service.answering.checking.displacement import belongs_to
from service.answering.checking.signals import Signals, measure
from service.answering.checking.similarity import Similarity
from service.answering.checking.spans import Candidate, Passage
from service.answering.checking.statement import Statement
from service.answering.types import Method, Verdict

# Candidates of a passage that are looked at closely, those that hold most of the words.
_CLOSELY = 4
# Below this no similarity makes up for the words that are missing.
_HOPELESS = 0.05
# Less than this share of the telling words is support for nothing.
_SHARED = 0.3
# Other sentences of the passage that the words are looked for in which a candidate lacks.
_BESIDE = 2
# So few; a sentence that lacks more of a candidate is not near to support. Two ideographs are one.
_LACKING = 2
# A wrong number, name or denial is never partly right.
AT_MOST_WHEN_WRONG = PARTIAL - 0.01


@dataclass(frozen=True, slots=True)
class Support:
    """What of a passage comes nearest to a sentence, and how near; ``score`` is 0 to 1.

    ``is_part`` says that the sentence has full support from this and another passage together.
    """

    passage: Passage
    candidate: Candidate
    score: float
    method: Method
    is_part: bool = False

    @property
    def text(self) -> str:
        """What it quotes."""
        return self.passage.text(self.candidate)

    @property
    def verdict(self) -> Verdict:
        """By the calibrated thresholds; partial where it supports with another what it says."""
        return Verdict.PARTIAL if self.is_part else verdict_of(self.score)

    @property
    def rank(self) -> tuple[float, int, int]:
        """Full support first, there by the fewest characters; else the score decides."""
        score = 1.0 if self.verdict is Verdict.SUPPORTED else self.score
        return score, -self.candidate.length, -self.candidate.parts[0][0]


def verdict_of(score: float) -> Verdict:
    """By the calibrated thresholds."""
    if score >= SUPPORTED:
        return Verdict.SUPPORTED
    return Verdict.PARTIAL if score >= PARTIAL else Verdict.UNSUPPORTED


def best_support(
    sentence: Statement, passage: Passage, similarity: Similarity | None
) -> Support | None:
    """The support that one passage gives; None where it shares no telling word with the sentence.

    ``similarity`` is None where no embedder reads both. It is asked only where words alone neither
    support the sentence nor leave it hopeless.
    """
    found = passage.verbatim(sentence)
    if found:
        quoted = Candidate((found,), frozenset())
        return Support(passage, quoted, 1.0, Method.QUOTE)
    chosen = closest(sentence, passage.candidates)
    if not chosen:
        return None
    pairs = examined(sentence, passage, chosen)
    chosen = [candidate for candidate, _ in pairs]
    spans = [passage.statement(candidate) for candidate in chosen]
    measured = [signals for _, signals in pairs]
    supports = [
        Support(passage, candidate, probability(signals), Method.WORDS)
        for candidate, signals in zip(chosen, measured, strict=True)
    ]
    best = max(supports, key=lambda support: support.rank)
    if similarity is None or not _HOPELESS < best.score < SUPPORTED:
        return best
    worst = similarity.worst(sentence, spans)
    return max(
        (
            Support(
                passage,
                candidate,
                probability(replace(signals, worst=cosine), meaning=True),
                Method.MEANING,
            )
            for candidate, signals, cosine in zip(chosen, measured, worst, strict=True)
        ),
        key=lambda support: support.rank,
    )


def examined(
    sentence: Statement, passage: Passage, candidates: Sequence[Candidate]
) -> list[tuple[Candidate, Signals]]:
    """Each with its signals, but none that holds another one and says no more by that.

    What is wrong of a sentence of the passage would be hidden by the one beside it.
    """
    found: list[tuple[Candidate, Signals]] = []
    for candidate in sorted(candidates, key=lambda each: each.length):
        signals = measure(sentence, passage.statement(candidate), passage.above)
        if _is_said_of_another(sentence, passage, candidate, signals):
            signals = replace(signals, displaced=1.0)
        if not any(
            candidate.holds(narrow) and signals.coverage <= known.coverage
            for narrow, known in found
        ):
            found.append((candidate, signals))
    return found


def _is_said_of_another(
    sentence: Statement, passage: Passage, candidate: Candidate, signals: Signals
) -> bool:
    """Whether a word that the candidate lacks is another sentence's, which says something else."""
    if signals.coverage >= 1 or signals.wrong or signals.displaced:
        return False
    told = {sentence.words[place].stem for place in sentence.told}
    lacking = told - candidate.stems
    if len(lacking) > _LACKING:
        return False
    beside = [
        each for each in passage.candidates if lacking & each.stems and not each.holds(candidate)
    ]
    beside.sort(key=lambda each: (-len(told & each.stems), each.length, each.parts))
    span = passage.statement(candidate)
    return any(belongs_to(passage.statement(each), sentence, span) for each in beside[:_BESIDE])


def probability(signals: Signals, *, meaning: bool = False) -> float:
    """How probably the span supports the sentence; what is wrong stays below partial support."""
    found = (MEANING if meaning else WORDS).probability(signals)
    return min(found, AT_MOST_WHEN_WRONG) if signals.wrong else found


def closest(sentence: Statement, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that hold most of the telling words, and enough; of equals the shortest, the first."""
    told = {sentence.words[place].stem for place in sentence.told}
    ranked = sorted(
        (-len(told & candidate.stems), candidate.length, i)
        for i, candidate in enumerate(candidates)
    )
    least = _SHARED * len(told)
    return [candidates[i] for shared, _, i in ranked[:_CLOSELY] if shared and -shared >= least]
