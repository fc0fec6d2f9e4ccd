"""Finds instructions to a machine inside the text of documents, as far as wording tells them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.language import sentences
from service.answering.guarding import chinese, english, vietnamese
from service.answering.guarding.concealment import comments, encoded, fold, unseen
from service.answering.guarding.wording import Kind, words

Span = tuple[int, int]

_WORDINGS = (*english.WORDINGS, *vietnamese.WORDINGS, *chinese.WORDINGS)
_PEOPLE = (english.PEOPLE, vietnamese.PEOPLE, chinese.PEOPLE)
# Sentences are looked for in so many characters at a time: longer ones are rows of data.
_BLOCK = re.compile(r"[^\n]{1,2000}")
# An order about an answer is read with so many characters of its sentence around it.
_NEAR = 120
_END = re.compile(r"[.!?。！？\n]")
_SEVERITY = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Instruction:
    """``text[start:end]``, whole sentences, tells a machine what to do."""

    start: int
    end: int
    kind: Kind


def find(text: str) -> tuple[Instruction, ...]:
    """The instructions in ``text``, in order; they never overlap.

    Found is what speaks of the machine's rules, role, tools, sources or own answer, and what is
    hidden. A plain request ("Recommend a good book") is worded as one to a person and not found;
    what is found was not necessarily meant to harm. Takes time by the length of ``text``.
    """
    spoken = list(_spoken(text))
    hidden = [(span, Kind.HIDDEN) for span in _hidden(text, [span for span, _ in spoken])]
    if not (spoken or hidden):
        return ()
    whole = _Sentences(text)
    return _apart(sorted((whole.around(*span), _SEVERITY[kind]) for span, kind in spoken + hidden))


def _spoken(text: str) -> Iterator[tuple[Span, Kind]]:
    """Where a wording of an instruction stands in ``text``."""
    folded = fold(text)
    present = words(folded.text)
    for wording in _WORDINGS:
        if wording.words and wording.words.isdisjoint(present):
            continue
        for match in wording.pattern.finditer(folded.text):
            if not _to_people(wording.kind, folded.text, match):
                yield folded.span(*match.span()), wording.kind


def _to_people(kind: Kind, text: str, match: re.Match[str]) -> bool:
    """Whether an order about an answer is one about what a person answers to a person."""
    if kind is not Kind.ANSWER:
        return False
    before = _END.split(text[max(match.start() - _NEAR, 0) : match.start()])[-1]
    after = _END.split(text[match.end() : match.end() + _NEAR])[0]
    sentence = f"{before}{match.group()}{after}"
    return any(people.search(sentence) for people in _PEOPLE)


def _hidden(text: str, spoken: Sequence[Span]) -> Iterator[Span]:
    yield from unseen(text)
    places = sorted(start for start, _ in spoken)
    for start, end in comments(text):
        if bisect_right(places, start) < bisect_left(places, end):
            yield start, end
    for span, plain in encoded(text):
        if any(_spoken(plain)):
            yield span


class _Sentences:
    """The sentences of a text, by what stands in them."""

    def __init__(self, text: str) -> None:
        self._spans = [
            (block.start() + start, block.start() + end)
            for block in _BLOCK.finditer(text)
            for start, end in sentences(block.group())
        ]
        self._starts = [start for start, _ in self._spans]

    def around(self, start: int, end: int) -> Span:
        """From the beginning of the sentence at ``start`` to the end of the one at ``end``."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        begins = self._spans[first][0] if first >= 0 else start
        ends = self._spans[last][1] if last >= 0 else end
        return min(begins, start), max(ends, end)


def _apart(found: Sequence[tuple[Span, int]]) -> tuple[Instruction, ...]:
    """``found`` in order of place, what overlaps joined under the more severe kind."""
    kinds = tuple(Kind)
    joined: list[tuple[int, int, int]] = []
    for (start, end), severity in found:
        if joined and start < joined[-1][1]:
            first, last, worst = joined[-1]
            joined[-1] = (first, max(last, end), min(worst, severity))
        else:
            joined.append((start, end, severity))
    return tuple(Instruction(start, end, kinds[severity]) for start, end, severity in joined)
