"""Which words of a span say each word of a sentence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.answering.checking.negation import turned
from service.answering.checking.words import Word

NOWHERE = -1
# How much of a word another form of it holds: letters that both begin with, of a longer word.
_PREFIX = 5
_FORM = 0.8
# An ideograph without the neighbour that it has in the sentence says half of a word.
_ALONE = 0.5


@dataclass(frozen=True, slots=True)
class Lookup:
    """The words of a span by what finds them."""

    words: tuple[Word, ...]
    by_stem: Mapping[str, Sequence[int]]
    by_prefix: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, words: tuple[Word, ...]) -> "Lookup":
        """Every word by its stem, longer ones by their beginning too."""
        by_stem: dict[str, list[int]] = defaultdict(list)
        by_prefix: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            by_stem[word.stem].append(place)
            if len(word.stem) >= _PREFIX and word.stem.isalpha() and word.stem.isascii():
                by_prefix[word.stem[:_PREFIX]].append(place)
        return cls(words, dict(by_stem), dict(by_prefix))


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each word of a sentence: how well the span says it (0 to 1), where, and if turned round.

    ``turned`` are places in the sentence whose word stands in the span with a negating prefix, or
    without the one it has.
    """

    strengths: tuple[float, ...]
    places: tuple[int, ...]
    turned: frozenset[int]

    def is_disordered(self, places: Sequence[int]) -> bool:
        """Whether the span has these words of the sentence in another order."""
        found = [self.places[each] for each in places if self.places[each] != NOWHERE]
        return any(later <= first for first, later in pairwise(found))


def align(sentence: Sequence[Word], span: Lookup) -> Alignment:
    """Each word to the place nearest to where the word before it was found."""
    strengths: list[float] = []
    places: list[int] = []
    turned_round: set[int] = set()
    last = NOWHERE
    for place, word in enumerate(sentence):
        found, strength = _candidates(word, span)
        if not found and word.tells:
            found = next((span.by_stem[t] for t in turned(word.stem) if t in span.by_stem), ())
            if found:
                turned_round.add(place)
                strength = 1.0
        if not found:
            strengths.append(0.0)
            places.append(NOWHERE)
            continue
        nearest = min(found, key=lambda other: (abs(other - last - 1), other))
        strengths.append(strength)
        places.append(nearest)
        last = nearest
    return Alignment(
        tuple(
            _ALONE * strength if word.ideograph and not _beside(i, sentence, places) else strength
            for i, (word, strength) in enumerate(zip(sentence, strengths, strict=True))
        ),
        tuple(places),
        frozenset(turned_round),
    )


def _candidates(word: Word, span: Lookup) -> tuple[Sequence[int], float]:
    exact = span.by_stem.get(word.stem)
    if exact:
        return exact, 1.0
    if len(word.stem) >= _PREFIX:
        return span.by_prefix.get(word.stem[:_PREFIX], ()), _FORM
    return (), 0.0


def _beside(place: int, sentence: Sequence[Word], places: Sequence[int]) -> bool:
    """Whether a neighbour of an ideograph stands beside it in the span as it does here."""
    return any(
        0 <= place + step < len(sentence)
        and sentence[place + step].ideograph
        and places[place] != NOWHERE
        and places[place + step] == places[place] + step
        for step in (-1, 1)
    )
