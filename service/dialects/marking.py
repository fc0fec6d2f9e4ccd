"""The answer's text with its inline marks, piece by piece as it is written, and where each stands.

Dialects without sentences show one text: every sentence as it stands in ``Answer.text``, each
followed by its marks, as in "Trains are booked at the desk. [1][2] The allowance is forty euros.
[3]". All offsets here are Unicode code points of that text, half open.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from indexes.language.chinese import is_ideograph
from service.answering.types import Answer, Citation, Event, Nearest, SentenceReady
from service.dialects.links import title

# Code points of a quotation where there is no answer.
_MOST_QUOTED = 300
_MARK = re.compile(r" ?\[(?:doc)?\d{1,4}\]")


@dataclass(frozen=True, slots=True)
class Style:
    """How a mark is written: ``[``, ``prefix``, the label, ``]``.

    ``recognised`` says that front ends find marks by their look alone. Then brackets of a document
    that look like one are made full-width, lest they pass for a footnote that nobody checked.
    """

    prefix: str = ""
    recognised: bool = False

    def mark(self, label: int) -> str:
        """The mark of the footnote ``label``."""
        return f"[{self.prefix}{label}]"

    def own(self, text: str) -> str:
        """``text``, of the same length, without anything that would be taken for a mark."""
        if not self.recognised or "[" not in text:
            return text
        return re.sub(rf"\[(\s*{self.prefix}\d[^\[\]]*)\]", "［\\1］", text, flags=re.IGNORECASE)


BRACKETS = Style()


@dataclass(frozen=True, slots=True)
class Mark:
    """``content[start:end] == text``, which stands for ``citation``."""

    citation: Citation
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What follows in the content: ``text`` from ``start`` on, and the marks in it.

    ``introduced`` are the footnotes that no piece before it had.
    """

    text: str
    start: int
    marks: tuple[Mark, ...] = ()
    introduced: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """The whole content and its marks, in order."""

    content: str
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class _Writer:
    """Puts sentences one behind the other, as far as they have come."""

    style: Style
    length: int = 0
    # Where the last sentence ended in Answer.text.
    ended: int = 0
    citations: dict[int, Citation] = field(default_factory=dict)

    def sentence(self, ready: SentenceReady) -> Piece:
        self.citations.update((citation.label, citation) for citation in ready.citations)
        sentence = ready.sentence
        gap = sentence.start - self.ended
        text = ("\n\n" if gap > 1 else " " * gap) + self.style.own(sentence.text)
        self.ended = sentence.end
        if sentence.citations and not _runs_on(sentence.text):
            text += " "
        marks: list[Mark] = []
        for label in sentence.citations:
            mark = self.style.mark(label)
            start = self.length + len(text)
            marks.append(Mark(self.citations[label], mark, start, start + len(mark)))
            text += mark
        return self._append(text, tuple(marks), ready.citations)

    def abstention(self, answer: Answer) -> Piece:
        """The reason, then what comes nearest: the title of each document, and its words."""
        items = [_item(found) for found in answer.nearest]
        parts = [answer.reason or "", "\n".join(items)]
        return self._append(self.style.own("\n\n".join(part for part in parts if part)))

    def _append(
        self, text: str, marks: tuple[Mark, ...] = (), introduced: tuple[Citation, ...] = ()
    ) -> Piece:
        piece = Piece(text, self.length, marks, introduced)
        self.length += len(text)
        return piece


def pieces(events: Iterable[Event], style: Style = BRACKETS) -> Iterator[Piece | Answer]:
    """The content as it is written, and the Answer when it is whole."""
    writer = _Writer(style)
    for event in events:
        match event:
            case SentenceReady():
                yield writer.sentence(event)
            case Answer():
                if event.abstained:
                    yield writer.abstention(event)
                yield event


def marked(answer: Answer, style: Style = BRACKETS) -> Marked:
    """The whole content of an answer: the pieces of its events, joined."""
    known = {citation.label: citation for citation in answer.citations}
    writer = _Writer(style, citations=known)
    told = [writer.sentence(SentenceReady(sentence, ())) for sentence in answer.sentences]
    if answer.abstained:
        told.append(writer.abstention(answer))
    marks = tuple(mark for piece in told for mark in piece.marks)
    return Marked("".join(piece.text for piece in told), marks)


def unmarked(content: str) -> str:
    """An earlier answer as it was before its marks, for the history of a conversation."""
    return _MARK.sub("", content)


def _runs_on(sentence: str) -> bool:
    """Whether it is written without spaces between words, as Chinese and Japanese are."""
    letters = [character for character in sentence if character.isalpha()]
    return 2 * sum(map(is_ideograph, letters)) > len(letters)


def _item(found: Nearest) -> str:
    """A line of its own, however the quotation is laid out; of a long one the beginning."""
    words = " ".join(found.quote.split())
    if len(words) > _MOST_QUOTED:
        words = words[: _MOST_QUOTED - 1].rstrip() + "…"
    return f"- {title(found.document)}" + (f": “{words}”" if words else "")
