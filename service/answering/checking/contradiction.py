"""What makes a sentence wrong however many of its words a span holds."""

import re
from collections import defaultdict

from service.answering.checking.alignment import NOWHERE, Alignment
from service.answering.checking.names import unnamed
from service.answering.checking.opposites import contradict
from service.answering.checking.quantities import missing
from service.answering.checking.statement import Statement

# Telling words on each side of a number that say what it counts.
_AROUND = 3
_AROUND_IDEOGRAPHS = 6
_CLAUSE_END = re.compile(r"[,;:.!?](?=\s)|[，；：。！？()（）\n]")
# Of the words that a negation in the span reaches, those that it surely denies.
_SURELY = 2


def contradicts(
    sentence: Statement, span: Statement, alignment: Alignment, context: Statement
) -> bool:
    """Whether a number, a name or a denial of ``sentence`` is not the span's.

    ``context`` is the title and the headings that the span stands under.
    """
    return (
        bool(missing(sentence.quantities, span.quantities))
        or misplaced(sentence, span)
        or other_names(sentence, span, context)
        or other_polarity(sentence, span, alignment)
        or contradict(sentence.sides, span.sides)
    )


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
    for claimed in sentence.quantities:
        same = [each for each in span.quantities if each.says(claimed)]
        rivals = [each for each in span.quantities if each.rivals(claimed)]
        if claimed.certain and same and rivals:
            around = _around(sentence, claimed.start, claimed.end)
            best = max(len(around & _around(span, each.start, each.end)) for each in same)
            if any(len(around & _around(span, each.start, each.end)) > best for each in rivals):
                return True
    return False


def swapped(sentence: Statement, span: Statement) -> bool:
    """Whether a name of the sentence stands where the span has another name."""
    theirs = _runs(span)
    for first, last in _runs(sentence):
        stems = _stems(sentence, first, last)
        same = [run for run in theirs if stems & _stems(span, *run)]
        rivals = [run for run in theirs if run not in same]
        if same and rivals:
            around = _around(sentence, sentence.words[first].start, sentence.words[last].end)
            best = max(len(around & _around_run(span, run)) for run in same)
            if any(len(around & _around_run(span, run)) > best + 1 for run in rivals):
                return True
    return False


def _runs(statement: Statement) -> list[tuple[int, int]]:
    """First and last place of each name."""
    runs: list[tuple[int, int]] = []
    for place in statement.names:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = runs[-1][0], place
        else:
            runs.append((place, place))
    return runs


def _stems(statement: Statement, first: int, last: int) -> set[str]:
    return {word.stem for word in statement.words[first : last + 1]}


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
