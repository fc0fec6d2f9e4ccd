"""What makes a sentence wrong however many of its words a span holds."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from service.answering.checking.alignment import NOWHERE, Alignment
from service.answering.checking.bounds import bounded_otherwise
from service.answering.checking.clauses import Clause, clauses, homes
from service.answering.checking.conditions import unconditional
from service.answering.checking.marks import marked_otherwise
from service.answering.checking.names import unnamed
from service.answering.checking.opposites import contradict, telling_sides
from service.answering.checking.quantities import missing
from service.answering.checking.statement import Statement
from service.answering.checking.words import fold

# Telling words on each side of a number that say what it counts.
_AROUND = 3
_AROUND_IDEOGRAPHS = 6
_CLAUSE_END = re.compile(r"[,;:.!?](?=\s)|[，；：。！？()（）\n]|\b(?:and|but|và|nhưng)\b")
# Of the words that a negation in the span reaches, those that it surely denies.
_SURELY = 2


def contradicts(
    sentence: Statement, span: Statement, alignment: Alignment, context: Statement
) -> bool:
    """Whether a number, its bound, a name or a denial of ``sentence`` is not the span's.

    So is an operator, and a condition that it leaves out.

    ``context`` is the title and the headings that the span stands under.
    """
    return (
        bool(missing(sentence.quantities, span.quantities))
        or misplaced(sentence, span)
        or bounded_otherwise(sentence, span)
        or other_names(sentence, span, context)
        or other_polarity(sentence, span, alignment)
        or marked_otherwise(sentence.text, sentence.words, span.text, span.words)
        or unconditional(sentence, span)
    )


def opposed(sentence: Statement, span: Statement) -> bool:
    """Whether the sentence takes the other side of a pair of opposites than the span.

    Where the span has both sides, the clause counts that says most of the sentence's clause.
    """
    if contradict(sentence.sides, span.sides):
        return True
    if not sentence.sides or not span.sides:
        return False
    theirs = list(clauses(span))
    return any(
        all(contradict(sides, _sides(span, home)) for home in found)
        for mine in clauses(sentence)
        if (sides := _sides(sentence, mine)) and (found := homes(mine, theirs))
    )


def _sides(statement: Statement, clause: Clause) -> frozenset[str]:
    return telling_sides(fold(statement.text[clause.start : clause.end]))


def other_names(sentence: Statement, span: Statement, context: Statement) -> bool:
    """Whether the sentence names somebody or something that neither span nor context names."""
    if sentence.identifiers - span.identifiers - context.identifiers:
        return True
    named = [sentence.words[place] for place in sentence.names]
    return bool(named) and bool(unnamed(named, [*span.words, *context.words]))


def misplaced(sentence: Statement, span: Statement) -> bool:
    """Whether a number of the sentence counts what in the span another number counts.

    The words around it tell: those of the sentence stand nearer to the other one.
    """
    told = _stems(sentence, sentence.told)
    for claimed in sentence.quantities:
        same = [each for each in span.quantities if each.says(claimed)]
        rivals = [each for each in span.quantities if each.rivals(claimed)]
        if claimed.certain and same and rivals:
            around = _around(sentence, claimed.start, claimed.end)
            beside = [_around(span, each.start, each.end) for each in same]
            for rival in rivals:
                other = _around(span, rival.start, rival.end)
                # A sentence that says both numbers has the words beside both in any case.
                says_both = any(rival.says(each) for each in sentence.quantities)
                if _nearer(around, beside, other, set() if says_both else told):
                    return True
    return False


def swapped(sentence: Statement, span: Statement, alignment: Alignment) -> bool:
    """Whether a name of the sentence stands where the span has another name.

    Not where the words before and after it come in the same order in one clause of the span.
    """
    theirs = _runs(span)
    told = _stems(sentence, sentence.told)
    for first, last in _runs(sentence):
        stems = _stems(sentence, range(first, last + 1))
        same = [run for run in theirs if stems & _stems(span, range(run[0], run[1] + 1))]
        rivals = [run for run in theirs if run not in same]
        if same and rivals and not _in_order(sentence, span, alignment, (first, last)):
            around = _around(sentence, sentence.words[first].start, sentence.words[last].end)
            beside = [_around_run(span, run) for run in same]
            others = (_around_run(span, run) for run in rivals)
            if any(_nearer(around, beside, other, told, by=2) for other in others):
                return True
    return False


def _in_order(
    sentence: Statement, span: Statement, alignment: Alignment, run: tuple[int, int]
) -> bool:
    before = [place for place in sentence.told if place < run[0]][-1:]
    after = [place for place in sentence.told if place > run[1]][:1]
    places = [alignment.places[place] for place in (*before, *run, *after)]
    return (
        NOWHERE not in places
        and places == sorted(places)
        and any(
            set(places) <= set(range(each.places[0], each.places[-1] + 1)) for each in clauses(span)
        )
    )


def _nearer(
    around: set[str], beside: Sequence[set[str]], other: set[str], told: set[str], *, by: int = 1
) -> bool:
    """Whether ``around`` has more of ``other`` than of any in ``beside``, by so many words.

    Not where what is told has a word that stands beside the one and not the other.
    """
    best = max(len(around & each) for each in beside)
    own = set[str]().union(*beside) - other
    return len(around & other) >= best + by and not any(
        word in told for word in own if not word[0].isdigit()
    )


def _runs(statement: Statement) -> list[tuple[int, int]]:
    """First and last place of each name."""
    runs: list[tuple[int, int]] = []
    for place in statement.names:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs


def _stems(statement: Statement, places: Iterable[int]) -> set[str]:
    return {statement.words[place].stem for place in places}


def _around_run(statement: Statement, run: tuple[int, int]) -> set[str]:
    return _around(statement, statement.words[run[0]].start, statement.words[run[1]].end)


def _around(statement: Statement, start: int, end: int) -> set[str]:
    """Stems of the telling words next to ``text[start:end]``, in the same clause."""
    marks = [mark.start() for mark in _CLAUSE_END.finditer(statement.text)]
    first = max((mark for mark in marks if mark < start), default=0)
    last = min((mark for mark in marks if mark >= end), default=len(statement.text))
    told = [statement.words[place] for place in statement.told]
    before = [word for word in told if first <= word.start and word.end <= start]
    after = [word for word in told if end <= word.start < last]
    width = _AROUND_IDEOGRAPHS if any(w.ideograph for w in (*before[-1:], *after[:1])) else _AROUND
    return {word.stem for word in (*before[-width:], *after[:width])}


def other_polarity(sentence: Statement, span: Statement, alignment: Alignment) -> bool:
    """Whether one of the two denies what the other says.

    Each denial of the sentence needs one of its own in the span, so that a double one is none.
    """
    in_sentence = {place for reached in sentence.denied for place in reached}
    in_span = {place for reached in span.denied for place in reached}
    left = [set(reached) for reached in span.denied]
    for reached in sentence.denied:
        if not alignment.turned.isdisjoint(reached):
            continue
        there = {alignment.places[place] for place in reached}
        answer = next((each for each in left if there & each), None)
        if answer is None:
            return True
        left.remove(answer)
    from_span: dict[int, list[int]] = defaultdict(list)
    for place in sentence.told:
        if alignment.places[place] != NOWHERE:
            from_span[alignment.places[place]].append(place)
    for reached in span.denied:
        said = [mine for place in reached[:_SURELY] for mine in from_span[place]]
        if said and not any(mine in in_sentence or mine in alignment.turned for mine in said):
            return True
    return any(
        place not in in_sentence and alignment.places[place] not in in_span
        for place in alignment.turned
    )
