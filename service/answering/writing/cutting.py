"""Cuts what a model writes as text into sentences, each with the passages that it cites."""

import re
from collections.abc import Iterator

from indexes.language import sentences
from service.answering.types import Draft

_ONE_OR_MORE_NUMBERS = r"\d{1,3}(?:\s*[,;，、–-]\s*\d{1,3})*"
# Some models add what they were trained to: 【1†source】.
_MARK = re.compile(
    rf"[\[【［]\s*(?P<numbers>{_ONE_OR_MORE_NUMBERS})\s*(?:†[^\]】］\n]{{0,60}})?[\]】］]"
    r"(?:\s+(?=[.,;:!?。，；：！？]))?"
)
_UNFINISHED_MARK = re.compile(r"[\[【［][\s\d,;，、–-]*(?:†[^\]】］\n]{0,60})?$")
_SENTENCE_STARTS_AFTER = re.compile(r"(?:\A|\n|[.!?…。！？][\"'”’»)\]】］]*)\s*$")
_SENTENCE_ENDS_WITH = re.compile(r"\s*(?:[\[【［.!?…。！？\n]|$)")
_MAY_END = re.compile(r"[.!?…。！？；\n]")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)]*$")
# Not yet a sentence: "1." in front of a step, and a Chinese clause before its semicolon.
_CONTINUES = re.compile(r"\W*\d{1,3}\.|.*；", re.DOTALL)
_BULLET = re.compile(r"^(?:[-*•–]|#{1,6})\s+")
# Some servers leave a reasoning model's thoughts in front of its answer.
_THOUGHTS = re.compile(
    r"^\s*<(?P<tag>think(?:ing)?|thought|reasoning)>.*?(?:</(?P=tag)>|\Z)", re.DOTALL
)


def without_thoughts(text: str) -> str:
    """What a model says after its thoughts, which may not have ended yet."""
    return _THOUGHTS.sub("", text)


class Cutter:
    """Cuts a stream of characters into Drafts; they do not depend on how it arrives in pieces.

    A sentence is ready once the next one has begun, so that marks behind its full stop are its own.
    ``count`` is how many were ready so far. Of the numbers only those in ``known`` are kept.
    """

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        self._text = ""
        self._end_seen = False
        self.count = 0

    def feed(self, text: str) -> list[Draft]:
        """The Drafts that ``text`` completes."""
        self._text += text
        ends = _MAY_END.search(text) is not None
        # Cutting the whole text at every token would take time by the square of its length.
        if not (ends or self._end_seen):
            return []
        ready = self._ready(cut(self._text, self._known)[:-1])
        self._end_seen = ends or not ready
        return ready

    def close(self, *, cut_short: bool) -> list[Draft]:
        """The Drafts left at the end; an unfinished sentence only if it was not cut short."""
        drafts = cut(self._text, self._known)
        if cut_short and drafts and not _ENDED.search(drafts[-1].text):
            drafts.pop()
        return self._ready(drafts)

    def _ready(self, drafts: list[Draft]) -> list[Draft]:
        new = drafts[self.count :]
        self.count = len(drafts)
        return new


def cut(text: str, known: frozenset[int]) -> list[Draft]:
    """The sentences of an answer, each with the numbers in ``known`` that its marks hold.

    A mark belongs to the sentence that it stands in or behind; before the first, to the first.
    """
    visible = _UNFINISHED_MARK.sub("", without_thoughts(text))
    plain, marks = _without_marks(visible, known)
    spans = _spans(plain)
    numbers: list[dict[int, None]] = [{} for _ in spans]
    for place, found in marks:
        owner = max(sum(start < place for start, _ in spans) - 1, 0)
        if spans:
            numbers[owner].update(dict.fromkeys(found))
    return [
        Draft(_BULLET.sub("", " ".join(plain[start:end].split())), tuple(own))
        for (start, end), own in zip(spans, numbers, strict=True)
    ]


def _without_marks(text: str, known: frozenset[int]) -> tuple[str, list[tuple[int, list[int]]]]:
    """``text`` without its citation marks, and each mark's place in what is left.

    A bracketed number that no evidence has is a mark only at a sentence's end; elsewhere it may
    be anything ("error [404] means") and stays.
    """
    plain, done = "", 0
    marks: list[tuple[int, list[int]]] = []
    for match in _MARK.finditer(text):
        found = [number for number in _numbers(match["numbers"]) if number in known]
        before = plain + text[done : match.start()]
        behind = _SENTENCE_ENDS_WITH.match(text, match.end())
        if not (found or behind or _SENTENCE_STARTS_AFTER.search(before)):
            continue
        plain, done = before.rstrip(), match.end()
        marks.append((len(plain), found))
        if plain.endswith((".", "!", "?")) and text[done : done + 1].isalnum():
            plain += " "
    return plain + text[done:], marks


def _numbers(listed: str) -> Iterator[int]:
    """The integers of a list such as "1, 2" or "1-3"."""
    for part in re.split(r"[,;，、]", listed):
        ends = [int(number) for number in re.split("[–-]", part)]
        yield from range(ends[0], ends[-1] + 1)


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand that say something, whole steps and Chinese sentences joined."""
    spans: list[tuple[int, int]] = []
    unfinished = False
    for start, end in sentences(text):
        piece = text[start:end]
        if unfinished:
            spans[-1] = (spans[-1][0], end)
        elif any(map(str.isalnum, piece)):
            spans.append((start, end))
        else:
            continue
        unfinished = _CONTINUES.fullmatch(piece) is not None
    return spans
