"""A sentence or a span taken apart: words, numbers, names, what it denies, which sides it takes."""

from dataclasses import dataclass

from service.answering.checking.alignment import Lookup
from service.answering.checking.names import identifiers, names
from service.answering.checking.negation import denied
from service.answering.checking.opposites import telling_sides
from service.answering.checking.quantities import Quantity, quantities
from service.answering.checking.words import Word, fold, read


@dataclass(frozen=True, slots=True)
class Statement:
    """``text`` with everything that is compared.

    ``told`` are the places of words that tell something; ``names`` those of names; ``denied`` those
    that each negation reaches. ``identifiers`` are names with figures in them, ``sides`` words that
    have an opposite.
    """

    text: str
    lookup: Lookup
    told: tuple[int, ...]
    quantities: tuple[Quantity, ...]
    names: tuple[int, ...]
    identifiers: frozenset[str]
    denied: tuple[tuple[int, ...], ...]
    sides: frozenset[str]

    @classmethod
    def of(cls, text: str, language: str) -> "Statement":
        """``language`` says which words tell little, and how figures are grouped."""
        words = read(text, language)
        numbers = quantities(text, language)
        return cls(
            text=text,
            lookup=Lookup.of(words),
            told=tuple(place for place, word in enumerate(words) if word.tells),
            quantities=numbers,
            names=names(text, words),
            identifiers=identifiers(text, [(each.start, each.end) for each in numbers]),
            denied=denied(text, words),
            sides=telling_sides(fold(text)),
        )

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words in order."""
        return self.lookup.words
