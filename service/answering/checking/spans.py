"""The spans of a passage that may be quoted, and where it holds words as they were written."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from indexes.language import sentences
from service.answering.checking.conditions import affirms, asks
from service.answering.checking.quotation import says_alone
from service.answering.checking.statement import Statement
from service.answering.checking.words import Word, read
from service.answering.types import Evidence

Span = tuple[int, int]

_CELL = " | "
_ITEM = re.compile(r"\s*(?:[-*•·–]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_LEAD = re.compile(r"[:：]\s*$")
# A header or a lead further above than this is cited by itself and not with all that lies between.
_NEAR_CHARS = 300
_MARKS_AFTER = re.compile(r"[.!?。！？…;；]*[\"'”’」』）)\]]*")
_ENDS_IN_MARK = re.compile(r"[.!?。！？…]\W*$")
_BETWEEN = "\x1f"
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Parts of a passage that are quoted together; one part as a rule."""

    parts: tuple[Span, ...]
    stems: frozenset[str]

    @property
    def length(self) -> int:
        """Characters that it quotes."""
        return sum(end - start for start, end in self.parts)

    def holds(self, other: "Candidate") -> bool:
        """Whether every part of ``other`` lies in one of its own."""
        return all(
            any(start <= first and last <= end for start, end in self.parts)
            for first, last in other.parts
        )


class Passage:
    """Evidence made ready to be searched, each part when it is first asked for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.language = evidence.document.language
        self._statements: dict[tuple[Span, ...], Statement] = {}

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """What may be quoted of it, in the order of the text."""
        text = self.evidence.text
        return tuple(_candidates(text, sentences(text), self._words))

    @cached_property
    def above(self) -> Statement:
        """The title of its document and the headings that it stands under."""
        headings = (heading for hit in self.evidence.hits for heading in hit.chunk.section)
        lines = dict.fromkeys([self.evidence.document.title, *headings])
        return Statement.of("\n".join(lines), self.language)

    def statement(self, candidate: Candidate) -> Statement:
        """What the parts of ``candidate`` say, taken apart once."""
        known = self._statements.get(candidate.parts)
        if known is None:
            known = Statement.of(self.text(candidate), self.language)
            self._statements[candidate.parts] = known
        return known

    def text(self, candidate: Candidate) -> str:
        """The parts of ``candidate``, one to a line."""
        return "\n".join(self.evidence.text[start:end] for start, end in candidate.parts)

    def verbatim(self, sentence: Statement) -> Span | None:
        """Where the passage holds the words of ``sentence``, whole and in their order.

        Case, width, script, spaces and marks may differ, but no symbol that tells something. What
        stands in a sentence that denies, asks or restricts it is no quote, and neither is what has
        no word.
        """
        if not sentence.words:
            return None
        return self._exactly(sentence.text) or self._in_other_type(sentence)

    def _exactly(self, sought: str) -> Span | None:
        """To the letter, no word cut: "15 days" does not say "5 days"."""
        text = self.evidence.text
        start = text.find(sought)
        while start >= 0:
            end = start + len(sought)
            if not _cuts_word(text, start, end) and says_alone(sought, text, (start, end)):
                return start, end
            start = text.find(sought, start + 1)
        return None

    def _in_other_type(self, sentence: Statement) -> Span | None:
        line, starts = self._line
        sought = _BETWEEN + "".join(word.form + _BETWEEN for word in sentence.words)
        at = line.find(sought)
        while at >= 0:
            first = bisect_left(starts, at + 1)
            start = self._words[first].start
            end = self._words[first + len(sentence.words) - 1].end
            if says_alone(sentence.text, self.evidence.text, (start, end)):
                return start, self._with_marks(sentence.text, end)
            at = line.find(sought, at + 1)
        return None

    def _with_marks(self, sought: str, end: int) -> int:
        """The end moved behind the marks that end a sentence, where ``sought`` ends in some too."""
        match = _MARKS_AFTER.match(self.evidence.text, end)
        return match.end() if match and _ENDS_IN_MARK.search(sought) else end

    @cached_property
    def _words(self) -> tuple[Word, ...]:
        return read(self.evidence.text, self.language)

    @cached_property
    def _line(self) -> tuple[str, list[int]]:
        """The forms of all words in one line, and where each begins in it."""
        line = _BETWEEN + "".join(word.form + _BETWEEN for word in self._words)
        lengths = (len(word.form) + 1 for word in self._words)
        return line, list(accumulate(lengths, initial=1))


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a word of ``text``, or a number with its points, goes on beyond an edge."""
    first = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    behind = _SPACE.search(text, end)
    words = read(text[first : behind.start() if behind else len(text)], "")
    return any(
        word.start + first < edge < word.end + first for word in words for edge in (start, end)
    )


def _candidates(text: str, units: Sequence[Span], words: Sequence[Word]) -> Iterator[Candidate]:
    stems = list(_stems_by_unit(units, words))
    header: int | None = None
    lead: int | None = None
    for place, (start, end) in enumerate(units):
        said = text[start:end]
        if not (asks(said) and affirms(text[end:])):  # which states it with the yes behind it
            yield Candidate((units[place],), stems[place])
        is_row = _CELL in said
        if not is_row:
            header = None
        elif header is None:
            header = place
        else:
            yield _with(text, units, stems, header, place)
        if _ITEM.match(text, _line_start(text, start), end) and lead is not None and not is_row:
            yield _with(text, units, stems, lead, place)
        elif _LEAD.search(said):
            lead = place
        if place + 1 < len(units) and not is_row:
            yield Candidate(
                (_join(units[place], units[place + 1]),), stems[place] | stems[place + 1]
            )


def _with(
    text: str, units: Sequence[Span], stems: Sequence[frozenset[str]], above: int, place: int
) -> Candidate:
    """A row with its header or an item with its lead: in one piece where they stand close."""
    both = _join(units[above], units[place])
    is_near = place == above + 1 or (
        both[1] - both[0] <= _NEAR_CHARS and text.count("\n", *both) <= 1
    )
    parts = (both,) if is_near else (units[above], units[place])
    return Candidate(parts, stems[above] | stems[place])


def _join(one: Span, other: Span) -> Span:
    return one[0], other[1]


def _line_start(text: str, start: int) -> int:
    return text.rfind("\n", 0, start) + 1


def _stems_by_unit(units: Sequence[Span], words: Sequence[Word]) -> Iterator[frozenset[str]]:
    place = 0
    for _, end in units:
        first = place
        while place < len(words) and words[place].start < end:
            place += 1
        yield frozenset(word.stem for word in words[first:place])
