"""Which documents of a family are newer than which, by what their names tell and by their dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from indexes.editions import edition
from indexes.types import DocumentInfo


@dataclass(frozen=True, slots=True)
class Age:
    """How new a document is among those of its family: the greater ``order`` is the newer.

    Between two, the order tells something where one is ``old`` and the other is not; else where
    both are ``numbered`` or neither is, and of the older something is ``known``.
    """

    order: tuple[bool, bool, int, str, str]
    old: bool
    numbered: bool
    known: bool


def ages(documents: Iterable[DocumentInfo]) -> dict[str, Age]:
    """How new each of the documents of one family is, by their ids.

    A year in a name counts before any date; without one, the date's year is taken. The numbers of
    versions count before both. Where the dates agree with them, dates alone are compared, so that
    they also tell of a document without a number.
    """
    read = [(document, edition(document)) for document in documents]
    moments = [(each.year or document.dated[:4], document.dated) for document, each in read]
    numbers = [each.number for _, each in read]
    if _agree(list(zip(numbers, moments, strict=True))):
        numbers = [0] * len(read)
    return {
        document.id: Age(
            order=(not each.old, number > 0, number, *moment),
            old=each.old,
            numbered=number > 0,
            known=number > 0 or moment > ("", ""),
        )
        for (document, each), moment, number in zip(read, moments, numbers, strict=True)
    }


def _agree(dated: Iterable[tuple[int, tuple[str, str]]]) -> bool:
    """Whether of every two that are numbered differently, the higher number has the later date."""
    numbered = sorted(each for each in dated if each[0])
    return all(
        low == high or earlier < later
        for (low, earlier), (high, later) in combinations(numbered, 2)
    )


def newest_first(documents: Iterable[DocumentInfo]) -> list[DocumentInfo]:
    """The documents of one family, the newest first; equally old ones by their paths."""
    by_path = sorted(documents, key=lambda document: (document.path, document.id))
    found = ages(by_path)
    return sorted(by_path, key=lambda document: found[document.id].order, reverse=True)
