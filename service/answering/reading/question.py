"""A question taken apart: its terms and how rare they are, its tokens and how much each counts."""

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

import numpy as np
from numpy.typing import NDArray

from indexes.embedder import TokenVectors
from indexes.language import analyze, chinese, vietnamese
from indexes.language.folding import without_marks
from indexes.language.terms import BARE
from indexes.search import LocalIndex
from service.answering.reading.crossing import crossings
from service.answering.reading.definitions import subject
from service.answering.reading.expectation import Expectation, expects, interrogatives
from service.answering.reading.quantity import quantity
from service.answering.reading.statements import Span

# Words of five letters that begin alike are mostly forms of one word that the stemmer missed
# ("invasion", "invaded"), of four sometimes: (letters, what such a likeness counts).
_PREFIXES = ((5, 0.7), (4, 0.35))
# Function words carry little meaning of their own; content words count fully.
_FUNCTION_WORD = 0.25
# The answer to such a question is often a list, or steps.
_SEVERAL = re.compile(
    r"(?i)\b(?:what|which|who) (?:are|were)\b|\bhow (?:do|does|can|should|to)\b|"
    r"\b(?:list|name|enumerate) (?:all|the|of)\b|"
    r"\b(?:steps|ways|types|kinds|examples|options|requirements|criteria|reasons|members|stages|"
    r"phases)\b|những|liệt kê|bao gồm|các bước|làm thế nào|哪些|列出|步骤|包括什么|怎么|如何|怎样"
)
# It asks about two things beside each other.
_JOINT = re.compile(
    r"(?i)\b(?:both|compare[ds]?|comparison|differ(?:s|ent|ences?)?|versus|vs|respectively|whereas|"
    r"while|between|similar(?:ly|ities)?|consisten(?:t|cy)|than)\b|so sánh|so với|"
    r"khác (?:nhau|biệt|gì)|cả hai|lẫn|比较|相比|区别|差异|分别|还是"
)

# Of each distinct term of a question, in their order: 1 for the very word, less for another form.
Likeness = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as index terms with their rarity (0 to 1) and, if readable, token vectors.

    ``subject`` is what it asks the meaning of, or empty; ``several`` says whether it asks for a
    list or for steps, ``joint`` whether about two things beside each other. ``token_weights`` tell
    content from function words, ``token_rarity`` is that of the term a token makes by itself;
    shapes: (tokens,). ``bare`` is Vietnamese that was typed without its marks; ``quantity`` finds
    numbers of what the question counts, if that is all it asks.
    """

    text: str
    expectation: Expectation
    subject: str
    several: bool
    joint: bool
    terms: tuple[str, ...]
    rarity: Mapping[str, float]
    vectors: TokenVectors | None
    token_weights: NDArray[np.float32]
    token_rarity: NDArray[np.float32]
    bare: bool = False
    quantity: re.Pattern[str] | None = None

    def words(self, text: str, language: str) -> list[str]:
        """The terms of a passage as the question would have them."""
        return analyze(self.read(text), language)

    def read(self, text: str) -> str:
        """A passage's text, without marks where the question was typed without them."""
        return without_marks(text.lower()) if self.bare else text

    def coverage(self, terms: Collection[str], power: int = 1) -> float:
        """The share of the question's rarity, raised to ``power``, that ``terms`` hold."""
        return self.share([float(term in terms) for term in self.rarity], power)

    def soft_coverage(self, terms: Collection[str]) -> float:
        """The share that ``terms`` hold where another form of a word counts in part."""
        return self.share(self.likeness(terms))

    def likeness(self, terms: Collection[str]) -> Likeness:
        """Of each distinct term of the question, how like it the nearest of ``terms`` is."""
        prefixes = {length: {term[:length] for term in terms} for length, _ in _PREFIXES}
        return tuple(1.0 if term in terms else _by_prefix(term, prefixes) for term in self.rarity)

    def share(self, likeness: Sequence[float], power: int = 1) -> float:
        """The mean likeness of its terms, weighted by rarity to the ``power``; 0 of nothing."""
        weights = [rarity**power for rarity in self.rarity.values()]
        total = sum(weights)
        return sum(map(mul, weights, likeness)) / total if total else 0.0


def take_apart(
    question: str, language: str, index: LocalIndex, vectors: TokenVectors | None
) -> Asked:
    """The question as the collection of ``index`` sees it."""
    bare = language == vietnamese.CODE and without_marks(question.lower()) == question.lower()
    asking = interrogatives(question)
    # English asks by stop words, and by what may be said of a thing: "how deep".
    only_asks = asking if language in {vietnamese.CODE, chinese.CODE} else []
    terms = analyze(_without(question, only_asks), language)
    if bare:
        terms = [term for term in terms if term not in vietnamese.BARE_STOP_WORDS]
    if chinese.occurs(question):
        spanning = crossings(question, lambda pair: index.rarity(pair) < 1)
        terms = [term for term in terms if term not in spanning]
    rarity = {term: _rarity(term, index, bare=bare) for term in dict.fromkeys(terms)}
    of_tokens = [
        analyze(question[start:end], language) for start, end in (vectors.spans if vectors else ())
    ]
    return Asked(
        text=question,
        expectation=expects(question),
        subject=subject(question),
        several=_SEVERAL.search(question) is not None,
        joint=_JOINT.search(question) is not None,
        terms=tuple(terms),
        rarity=rarity,
        vectors=vectors,
        token_weights=np.array([1.0 if t else _FUNCTION_WORD for t in of_tokens], np.float32),
        token_rarity=np.array(
            [max((rarity.get(term, 0.0) for term in t), default=0.0) for t in of_tokens], np.float32
        ),
        bare=bare,
        quantity=quantity(question) if _is_one(asking) else None,
    )


def _is_one(asking: Sequence[Span]) -> bool:
    """Whether nothing else is asked beside: of two things, neither goes before the other."""
    return all(later[0] < earlier[1] for earlier, later in pairwise(sorted(asking)))


def _without(question: str, spans: Sequence[Span]) -> str:
    """``question`` with a blank for what only asks: no passage that answers says "bao nhiêu"."""
    letters = list(question)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _rarity(term: str, index: LocalIndex, *, bare: bool) -> float:
    """A word typed without marks is as rare as the less rare of what it may stand for."""
    return min(index.rarity(term), index.rarity(f"{BARE}{term}")) if bare else index.rarity(term)


def _by_prefix(term: str, prefixes: Mapping[int, AbstractSet[str]]) -> float:
    if term.isascii():
        for length, likeness in _PREFIXES:
            if len(term) >= length and term[:length] in prefixes[length]:
                return likeness
    return 0.0
