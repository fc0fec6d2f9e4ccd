"""Whether a sentence gives the parts of a span to each other's roles: who did it, and to whom."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from service.answering.checking.alignment import NOWHERE, Alignment
from service.answering.checking.statement import Statement
from service.answering.checking.words import Word

# What stands before a word and says its part in a clause; "" is the beginning of the clause.
_BEGINNING = ""
_OF = "of"
# Where no word stands between both, this makes a noun of what the other text says with a verb.
_POSSESSIVE = frozenset({_OF, "của"})
_MARKERS = frozenset(
    "of by to from for in on at with than into onto over under through against via as about after "
    "before during until since without within toward towards between behind "
    "của bởi do được bị cho tại ở từ đến với hơn về trong qua trên dưới sau trước vào bằng "
    "被 由 给 从 到 在 于 比 对 向 为 把 将 至".split()
)
# After these stands who does it; before them who it is done to.
_AGENT = frozenset("by bởi do được bị 被 由".split())
# After these the verb follows the one who does it.
_VERB_LAST = _AGENT - {"by", "bởi"}
# Objects that stand before their verb.
_OBJECT = frozenset("把 将".split())
_CLAUSE_MARKS = frozenset(",;:.!?，；：。！？()（）、\n|")
_SUBORDINATORS = frozenset(
    "while whereas who which that where when because if mà nếu khi vì thì 若".split()
)
_COORDINATORS = frozenset("and or but nor và hoặc nhưng còn 和 与 及 或 但 而 并 且".split())
# What holds of one and another holds of both the other way round too.
_MUTUAL = frozenset(
    "marri meet met equal resembl border neighbour neighbor share differ compar versus "
    "gặp giáp cưới cùng giữa 婚 邻 交 同 等".split()
)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two words of a text in their order there, and what stands before each."""

    first: int
    later: int
    before_first: str
    before_later: str

    @property
    def is_passive(self) -> bool:
        """Whether the later one is marked as the one that acts."""
        return self.before_later in _AGENT and self.before_first != self.before_later

    @property
    def is_plain(self) -> bool:
        """Whether place alone tells that the first acts on the later one."""
        return self.begins and self.before_later in {_BEGINNING, *_OBJECT}

    @property
    def begins(self) -> bool:
        """Whether the first one stands at the beginning of its clause, without a marker."""
        return self.before_first == _BEGINNING

    @property
    def agent(self) -> int:
        """The one that acts on the other."""
        return self.later if self.is_passive else self.first


def is_turned_round(statement: Statement, first: int, last: int) -> bool:
    """Whether a passive or a possessive stands between two words: what it is comes first."""
    return any(
        word.form in _AGENT or _is_possessive(statement, word)
        for word in statement.words[first:last]
    )


def is_mutual(statement: Statement) -> bool:
    """Whether it says something that holds of two the other way round too."""
    return not _MUTUAL.isdisjoint(word.stem for word in statement.words)


def exchanged(sentence: Statement, span: Statement, alignment: Alignment) -> bool:
    """Whether two words of the sentence stand in each other's role in the span.

    A role is told by the word before it ("from", "bởi", "被"), and else by the side of what stands
    between both that it is on; a passive turns that round.
    """
    if is_mutual(sentence):
        return False
    back = {alignment.places[mine]: mine for mine in _once(sentence, span, alignment)}
    found = {mine: place for place, mine in back.items()}
    if len(found) < 2:  # noqa: PLR2004 (a pair)
        return False
    mine = _markers(sentence)
    theirs = _markers(span)
    clauses = [clause for _, clause in mine]
    for one, other in combinations(sorted(found), 2):
        if not _same_clause(mine, one, other):
            continue
        first, later = sorted((found[one], found[other]))
        if not _same_clause(theirs, first, later):
            continue
        here = _Pair(one, other, mine[one][0], mine[other][0])
        there = _Pair(back[first], back[later], theirs[first][0], theirs[later][0])
        if _marked_otherwise(here, there) and (
            _POSSESSIVE.isdisjoint({here.before_first, here.before_later})
            or any(one < verb < other and first < found[verb] < later for verb in found)
        ):
            return True
        if _acts_otherwise(here, there, found, clauses):
            return True
    return False


def _once(sentence: Statement, span: Statement, alignment: Alignment) -> Iterator[int]:
    """The telling words that both texts have once, and that are no number.

    An ideograph counts that has the same neighbour in both.
    """
    in_sentence = Counter(word.stem for word in sentence.words)
    in_span = Counter(word.stem for word in span.words)
    for place in sentence.told:
        word, there = sentence.words[place], alignment.places[place]
        if there == NOWHERE or place in alignment.turned or word.form[0].isdigit():
            continue
        if in_sentence[word.stem] != 1 or in_span[span.words[there].stem] != 1:
            continue
        if not word.ideograph or _bound(sentence.words, place, span.words, there):
            yield place


def _bound(words: Sequence[Word], place: int, others: Sequence[Word], there: int) -> bool:
    return any(
        0 <= place + step < len(words)
        and 0 <= there + step < len(others)
        and words[place + step].ideograph
        and words[place + step].stem == others[there + step].stem
        for step in (-1, 1)
    )


def _markers(statement: Statement) -> list[tuple[str, int]]:
    """For each word the nearest marker before it in its clause, and the number of its clause."""
    found: list[tuple[str, int]] = []
    marker, clause, end = _BEGINNING, 0, 0
    for word in statement.words:
        if not _CLAUSE_MARKS.isdisjoint(statement.text[end : word.start]):
            marker, clause = _BEGINNING, clause + 1
        if word.form in _SUBORDINATORS:
            marker, clause = _BEGINNING, clause + 1
        elif word.form in _COORDINATORS:
            marker = _BEGINNING
        elif word.form in _MARKERS:
            marker = word.form
        found.append((_OF if _is_possessive(statement, word) else marker, clause))
        end = word.end
    return found


def _is_possessive(statement: Statement, word: Word) -> bool:
    return statement.text[word.start : word.end].endswith(("'s", "’s"))


def _same_clause(markers: Sequence[tuple[str, int]], one: int, other: int) -> bool:
    return markers[one][1] == markers[other][1]


def _marked_otherwise(here: _Pair, there: _Pair) -> bool:
    """Whether each of two different markers stands before the other word."""
    mine = {here.first: here.before_first, here.later: here.before_later}
    theirs = {there.first: there.before_first, there.later: there.before_later}
    one, other = here.first, here.later
    return mine[one] != mine[other] and (mine[one], mine[other]) == (theirs[other], theirs[one])


def _acts_otherwise(
    here: _Pair, there: _Pair, found: Mapping[int, int], clauses: Sequence[int]
) -> bool:
    """Whether the other one of two words acts in the span, by the same verb."""
    if here.is_passive == there.is_passive and not (here.is_plain and there.is_plain):
        return False
    if not (here.begins and there.begins) or here.agent == there.agent:
        return False
    places = found[there.first], found[there.later]
    return any(
        _joins(here, verb, (here.first, here.later)) and _joins(there, stated, places)
        for verb, stated in found.items()
        if verb not in {here.first, here.later} and clauses[verb] == clauses[here.first]
    )


def _joins(pair: _Pair, verb: int, places: tuple[int, int]) -> bool:
    """Whether a word stands where the verb of both does."""
    first, later = places
    if (pair.is_passive and pair.before_later in _VERB_LAST) or pair.before_later in _OBJECT:
        return first < later < verb
    return first < verb < later
