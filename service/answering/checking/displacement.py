"""Whether a sentence puts a part of one clause of a span into the place of another clause's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.answering.checking.borrowing import points_back
from service.answering.checking.clauses import Clause, clauses, homes
from service.answering.checking.statement import Statement

# Words of its own that a clause must have, or a number, of which the sentence takes up less than
# this share.
_OWN = 2
_TAKEN_UP = 0.5
# How much of a clause of the sentence the clause of the span must say that it is compared with.
_HOME = 0.5
# How much of what a span and the sentence share another statement must say that is much like it.
_ALIKE = 0.67
# Ideographs between what was put in and what it is in the place of: "财务部" for "部门经理".
_NEAR_IDEOGRAPHS = 2


@dataclass(frozen=True, slots=True)
class _Texts:
    """Sentence and span, and the stems of all that the sentence tells."""

    sentence: Statement
    span: Statement
    told: frozenset[str]


def displaced(sentence: Statement, span: Statement) -> bool:
    """Whether a word of the sentence stands where its clause in the span has another word.

    The word itself is said in another clause, of which the sentence says little else.
    """
    theirs = list(clauses(span))
    if len(theirs) == 1:
        return False
    texts = _Texts(sentence, span, frozenset(_said(sentence, span)))
    return any(_has_displaced(mine, theirs, texts) for mine in clauses(sentence))


def belongs_to(other: Statement, sentence: Statement, span: Statement) -> bool:
    """Whether the sentence says of ``other``'s subject what the span says of its own.

    ``other`` is a statement beside the span that says something else in words much like it: "Staff
    get 25 days. Interns get 12 days." gives interns no 25 days.
    """
    told = frozenset(_said(sentence, span))
    here, there = _whole(span), _whole(other)
    own = there.stems - here.stems - told
    enough = len(own) >= _OWN or any(stem[0].isdigit() for stem in own)
    shared = told & here.stems
    if not enough or len(shared & there.stems) < _ALIKE * len(shared):
        return False
    mine, texts = _whole(sentence), _Texts(sentence, span, told)
    foreign = there.stems - here.stems
    return any(
        _displaces((place, place), mine, here, texts)
        for place, word in enumerate(sentence.told)
        if sentence.words[word].stem in foreign
    )


def _whole(statement: Statement) -> Clause:
    stems = frozenset(statement.words[place].stem for place in statement.told)
    return Clause(0, len(statement.text), statement.told, stems)


def _said(sentence: Statement, span: Statement) -> Iterator[str]:
    """The stems that the sentence tells, and those of the same numbers as the span writes them."""
    yield from (sentence.words[place].stem for place in sentence.told)
    for stated in span.quantities:
        if any(stated.says(claimed) for claimed in sentence.quantities):
            yield from (word.stem for word in span.words if stated.start <= word.start < stated.end)


def _has_displaced(mine: Clause, theirs: Sequence[Clause], texts: _Texts) -> bool:
    found = homes(mine, theirs)
    if not found or not _HOME <= len(mine.stems & found[0].stems) / len(mine.stems) < 1:
        return False
    return all(
        not points_back(texts.span.text[home.start : home.end])
        and any(_displaces(run, mine, home, texts) for run in _elsewhere(mine, home, theirs, texts))
        for home in found
    )


def _elsewhere(
    mine: Clause, home: Clause, theirs: Sequence[Clause], texts: _Texts
) -> Iterator[tuple[int, int]]:
    """Runs in ``mine.places`` that other clauses say and ``home`` does not.

    Those clauses say something else besides, and the sentence little of that.
    """
    foreign: set[str] = set()
    for clause in theirs:
        own = clause.stems - home.stems - mine.stems
        enough = len(own) >= _OWN or any(stem[0].isdigit() for stem in own)
        if enough and len(own & texts.told) < _TAKEN_UP * len(own):
            foreign |= clause.stems - home.stems
    start = 0
    for i, place in enumerate(mine.places):
        if texts.sentence.words[place].stem not in foreign:
            if start < i:
                yield start, i - 1
            start = i + 1
    if start < len(mine.places):
        yield start, len(mine.places) - 1


def _displaces(run: tuple[int, int], mine: Clause, home: Clause, texts: _Texts) -> bool:
    """Whether ``home`` has a word that the sentence has not, beside the neighbour of ``run``."""
    words, others = texts.sentence.words, texts.span.words
    for edge, step in ((run[0], -1), (run[1], 1)):
        for distance in range(1, 2 + _NEAR_IDEOGRAPHS):
            neighbour = edge + step * distance
            if not 0 <= neighbour < len(mine.places):
                break
            word = words[mine.places[neighbour]]
            if distance > 1 and not word.ideograph:
                break
            for i, place in enumerate(home.places):
                beside = i - step
                if others[place].stem == word.stem and 0 <= beside < len(home.places):
                    other = others[home.places[beside]]
                    if other.stem not in texts.told and not _is_manner(other.form):
                        return True
    return False


def _is_manner(form: str) -> bool:
    """Whether it says how: what is put in its place tells nothing of who did it."""
    return form.endswith("ly")
