"""Whether the end of a line of plain text is one that an editor put there: hard-wrapped lines."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Self

from ingestion.layout.lines import runs_on

_NARROW = 40  # columns; what is narrower is an address or a poem, unless it reads on as a sentence
_WIDEST = 130  # columns; nobody wraps lines that are longer, each is a paragraph of its own
_TITLE = 56  # columns; a line that is shorter may be a title above others
_FEW = 3  # lines; of so few, none may happen to go on in lower case
_OUTLIER = 0.85  # of the widest line: a width that no other line comes near tells nothing
_UNEVEN = 1.15  # times the usual width of a block that others of its lines reach
_RAGGED = 0.6  # of the width that a line wrapped by hand has at least
# Of the lines of wrapped prose that end within a sentence, so many go on in lower case.
_GOING_ON = 0.4

_SENTENCE_END = re.compile(r"[.!?:;…。！？：；][\"'”’»)\]）」』*_]*$")
_FULL_STOP = re.compile(r"[.!?…。！？][\"'”’»)\]）」』*_]*(?:\s|$)|[。！？]")
_CLAUSE_END = re.compile(r"[,，、]$")
_HYPHENED = re.compile(r"[^\W\d_]-$")
_CONJUNCTIONS = {"and", "or", "und", "oder", "bis", "et", "ou"}
_FIRST_WORD = re.compile(r"\S+")
# In scripts without spaces a line may end behind any character, but not before such marks.
_FIRST_CHARACTER = re.compile(r"[⺀-〿぀-ヿ㐀-鿿豈-﫿！-｠][、。，．：；！？）」』】》]*")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its indent; ``indent`` and ``right``, where it ends, are in columns.

    ``mark`` is what it begins with where that marks an item or a heading, ``quote`` the signs of a
    quotation before it.
    """

    text: str
    indent: int
    right: int
    mark: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How the lines of one block are wrapped.

    ``width`` is where its lines are taken to be wrapped, ``own`` the width that they show, both in
    columns. ``within`` counts the lines that reach it within a sentence, ``going_on`` those of
    them after which the sentence seems to go on. ``prose`` is whether any sentence ends in the
    block, ``ended`` whether one does at its end.
    """

    width: int
    own: int = 0
    lines: int = 0
    within: int = 0
    going_on: int = 0
    prose: bool = False
    ended: bool = False

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Self:
        """What the lines of a block show of it."""
        width = _width(lines)
        full = [
            (above, line)
            for above, line in pairwise(lines)
            if not line.mark and not _fits(above, line, width) and not ends_a_sentence(above)
        ]
        return cls(
            width,
            width,
            len(lines),
            len(full),
            sum(_goes_on(above, line) for above, line in full),
            any(_FULL_STOP.search(line.text) for line in lines),
            ends_a_sentence(lines[-1]),
        )

    @property
    def certain(self) -> bool:
        """Whether the lines are wrapped beyond doubt."""
        return self.going_on > 1 and self.going_on >= _GOING_ON * self.within

    def doubtful_in(self, others: "Wrapping") -> "Wrapping":
        """The same where it is certain, or else as ``others``, the document's, has it."""
        if self.certain or not others.certain:
            return self
        width = max(self.width, others.width)
        return replace(self, width=width, within=others.within, going_on=others.going_on)


def usual(wrappings: Iterable[Wrapping]) -> Wrapping:
    """How most of a document is wrapped, if it is."""
    certain = [each for each in wrappings if each.certain]
    return Wrapping(
        max((each.width for each in certain), default=0),
        within=sum(each.within for each in certain),
        going_on=sum(each.going_on for each in certain),
    )


def goes_on(above: Line, line: Line, wrapping: Wrapping) -> bool:
    """Whether ``line`` goes on with the sentence or the paragraph of the line ``above`` it."""
    ended = ends_a_sentence(above)
    far = above.right >= _RAGGED * wrapping.own
    narrow = wrapping.own < _NARROW
    if narrow or not wrapping.prose:
        full = narrow and not _fits(above, line, wrapping.own)
        on = line.text[:1].islower() or (full and _goes_on(above, line))
        return not ended and on and (wrapping.ended or (far and not narrow))
    if _fits(above, line, wrapping.width):
        return _visibly(above, line) and (far or bool(_CLAUSE_END.search(above.text)))
    if ended:
        return wrapping.certain
    few = wrapping.lines <= _FEW and _TITLE <= wrapping.width <= _WIDEST
    return wrapping.certain or _goes_on(above, line) or few


def ends_a_sentence(line: Line) -> bool:
    """Whether a line ends as a sentence or the lead of a list does."""
    return bool(_SENTENCE_END.search(line.text))


def columns(text: str) -> int:
    """How wide a text stands in a font of one width, in which an ideograph takes two columns."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def joined(texts: Iterable[str]) -> str:
    """Lines as one text: with a space between them, but none where their script has none."""
    whole = ""
    for text in texts:
        if whole and not runs_on(whole, text) and not _compound(whole, text):
            whole += " "
        whole += text
    return whole


def _compound(before: str, text: str) -> bool:
    """Whether the two are parts of a word that its hyphen let break."""
    word = text.split(maxsplit=1)[0]
    hyphened = _HYPHENED.search(before) and word[:1].islower()
    return bool(hyphened) and word not in _CONJUNCTIONS


def _width(lines: Sequence[Line]) -> int:
    """Where lines are wrapped: at the widest, unless it is one such as holds a long address."""
    widest, *rest = sorted((line.right for line in lines), reverse=True)
    if len(rest) > 2 and rest[0] < _OUTLIER * widest and rest[1] >= _OUTLIER * rest[0]:  # noqa: PLR2004
        widest = rest[0]
    wrapped = [above.right for above, line in pairwise(lines) if _visibly(above, line)]
    if len(wrapped) > _FEW and widest > _UNEVEN * median(wrapped):
        return int(median(wrapped))  # as it differs along the block
    return widest


def _fits(above: Line, line: Line, width: int) -> bool:
    """Whether the first word of a line would have found room in the line above."""
    first = _FIRST_CHARACTER.match(line.text) or _FIRST_WORD.match(line.text)
    space = 0 if runs_on(above.text, line.text) else 1
    return first is not None and above.right + space + columns(first[0]) <= width


def _goes_on(above: Line, line: Line) -> bool:
    """Whether a sentence seems to go on from one line to the next, if the line above is full."""
    if _visibly(above, line):
        return True
    sides = above.text[-1:], line.text[:1]
    return all(map(str.isalnum, sides)) and any(runs_on(side, side) for side in sides)


def _visibly(above: Line, line: Line) -> bool:
    """Whether a sentence goes on in lower case, or behind a comma."""
    if line.mark or ends_a_sentence(above):
        return False
    return line.text[:1].islower() or bool(_CLAUSE_END.search(above.text))
