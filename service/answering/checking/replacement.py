"""Whether a sentence has something in the very place where a span has something else."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from service.answering.checking.alignment import NOWHERE, Alignment
from service.answering.checking.clauses import clauses
from service.answering.checking.names import unnamed
from service.answering.checking.roles import is_mutual, is_turned_round
from service.answering.checking.statement import Statement

# Telling words that stand in one place: of ideographs more make a name.
_LONGEST = 4
_LONGEST_IDEOGRAPHS = 6
_NAME, _NUMBER, _OTHER = "name", "number", ""

Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    """Words of the sentence, where the span has them, and what it has in their place.

    ``between`` says that both neighbours tell the place, and not one at the edge of a clause.
    """

    mine: Places
    taken: Places
    theirs: Places
    between: bool


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Both texts, and of each the clause that a telling word is in."""

    sentence: Statement
    span: Statement
    alignment: Alignment
    mine: Mapping[int, int]
    theirs: Mapping[int, int]

    def slots(self) -> Iterator[_Slot]:
        """Every short run of words that the span has elsewhere, with what it has there."""
        told, places = self.sentence.told, self.alignment.places
        for first, place in enumerate(told):
            for last in range(first, min(first + _longest(self.sentence, place), len(told))):
                if places[told[last]] == NOWHERE and told[last] not in self.sentence.names:
                    break
                before, after = self._beside(first, -1), self._beside(last, 1)
                gap = self._gap(before, after)
                run = told[first : last + 1]
                taken = tuple(places[each] for each in run)
                if gap and not any(gap[0] <= each <= gap[-1] for each in taken):
                    yield _Slot(run, taken, gap, before is not None and after is not None)

    def is_replaced(self, slot: _Slot) -> bool:
        """Whether the sentence has nowhere what it has other words of the same kind for.

        At the edge of a clause only a name replaces a name, out of another clause, and a number a
        number.
        """
        kind = _kind(slot.mine, self.sentence)
        if kind != _kind(slot.theirs, self.span) or not self._is_unsaid(slot.theirs):
            return False
        return slot.between or (kind != _OTHER and self._is_from_afar(slot))

    def are_exchanged(self, one: _Slot, other: _Slot) -> bool:
        """Whether two runs that stand in each other's place do so by no change of voice."""
        mine, theirs = sorted((*one.mine, *other.mine)), sorted((*one.taken, *other.taken))
        return not is_mutual(self.sentence) and is_turned_round(
            self.sentence, mine[0], mine[-1]
        ) == is_turned_round(self.span, theirs[0], theirs[-1])

    def _is_from_afar(self, slot: _Slot) -> bool:
        """Whether it is out of other clauses, of which the sentence says nothing else."""
        home = self.theirs[slot.theirs[0]]
        sources = {self.theirs.get(place) for place in slot.taken}
        at_home = self._stems({home})
        said = {self.sentence.words[place].stem for place in self.sentence.told}
        said -= {self.sentence.words[place].stem for place in slot.mine}
        return home not in sources and said.isdisjoint(self._stems(sources) - at_home)

    def _stems(self, clauses_of_span: Container[int | None]) -> set[str]:
        """Of the telling words in these clauses of the span."""
        return {
            self.span.words[place].stem
            for place, number in self.theirs.items()
            if number in clauses_of_span
        }

    def _beside(self, position: int, step: int) -> int | None:
        """Where the span has the next telling word; None at the edge of a clause."""
        told = self.sentence.told
        if not 0 <= position + step < len(told):
            return None
        other = told[position + step]
        same_clause = self.mine[other] == self.mine[told[position]]
        return self.alignment.places[other] if same_clause else None

    def _gap(self, before: int | None, after: int | None) -> Places:
        """The telling words of the span in that place, none where that cannot be told."""
        told = self.span.told
        if NOWHERE in {before, after} or before == after:
            return ()
        if before is None:
            end = bisect_left(told, after or 0)
            gap, neighbour = told[max(0, end - 1) : end], after
        elif after is None:
            start = bisect_right(told, before)
            gap, neighbour = told[start : start + 1], before
        else:
            gap, neighbour = told[bisect_right(told, before) : bisect_left(told, after)], None
        homes = {self.theirs[place] for place in gap}
        if neighbour is not None:
            homes.add(self.theirs.get(neighbour, NOWHERE))
        is_short = bool(gap) and len(gap) <= _longest(self.span, gap[0])
        return gap if is_short and len(homes) == 1 else ()

    def _is_unsaid(self, gap: Places) -> bool:
        """Whether the sentence has none of these words of the span, in any form."""
        words = [self.span.words[place] for place in gap]
        return len(unnamed(words, self.sentence.words)) == len(words) and not any(
            each.says(claimed)
            for each in self.span.quantities
            if each.start <= words[0].start < each.end
            for claimed in self.sentence.quantities
        )


def replaced(sentence: Statement, span: Statement, alignment: Alignment) -> bool:
    """Whether what stands between two words of the sentence is not what stands there in the span.

    Either what it replaced stands nowhere in the sentence, or both stand in each other's place.
    """
    if not alignment.is_disordered(sentence.told) and not sentence.names:
        return False
    both = _Comparison(sentence, span, alignment, _clause_of(sentence), _clause_of(span))
    found = {(slot.taken, slot.theirs): slot for slot in both.slots()}
    for slot in found.values():
        other = found.get((slot.theirs, slot.taken))
        if both.is_replaced(slot) or (other and both.are_exchanged(slot, other)):
            return True
    return False


def _clause_of(statement: Statement) -> dict[int, int]:
    return {
        place: number for number, clause in enumerate(clauses(statement)) for place in clause.places
    }


def _longest(statement: Statement, place: int) -> int:
    return _LONGEST_IDEOGRAPHS if statement.words[place].ideograph else _LONGEST


def _kind(places: Places, statement: Statement) -> str:
    if any(place in statement.names for place in places):
        return _NAME
    return _NUMBER if any(statement.words[p].form[0].isdigit() for p in places) else _OTHER
