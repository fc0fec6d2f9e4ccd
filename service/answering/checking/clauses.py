"""The clauses of a text, and which of them says what a clause of another text says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.answering.checking.statement import Statement

_END = re.compile(
    r"[,;:.!?|](?=\s|$)|[，；：。！？()（）\n]"
    r"|\b(?:and|but|while|whereas|which|who|và|nhưng|còn|mà)\b|[而但并且]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """``text[start:end]``: the places of its telling words, and their stems."""

    start: int
    end: int
    places: tuple[int, ...]
    stems: frozenset[str]


def clauses(statement: Statement) -> Iterator[Clause]:
    """Those that have a telling word, in order; each part of an enumeration is one too."""
    ends = [match.end() for match in _END.finditer(statement.text)]
    start = 0
    told = iter(statement.told)
    place = next(told, None)
    for end in [*ends, len(statement.text)]:
        places: list[int] = []
        while place is not None and statement.words[place].start < end:
            places.append(place)
            place = next(told, None)
        if places:
            stems = frozenset(statement.words[each].stem for each in places)
            yield Clause(start, end, tuple(places), stems)
        start = end


def homes(clause: Clause, others: Sequence[Clause]) -> list[Clause]:
    """Those of ``others`` that say most of its words, and any at all."""
    shared = [len(clause.stems & other.stems) for other in others]
    most = max(shared, default=0)
    return [other for other, n in zip(others, shared, strict=True) if most and n == most]
